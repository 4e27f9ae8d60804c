"""OpenStreetMap files → records of places.

classes    what tags say: the class, whether it is kept without a name, whether a closed way is an area
read       a file → rows: relations first, then nodes, ways and the areas that osmium assembles
shapes     geometries → what is measured on them: point, area, length, and repairs
merge      rows of one thing → one row: segments of a street, a boundary and its place node, a file and the next
hierarchy  rows → what each lies in: boundaries, settlements, natural features; neighbours
routes     relations of routes → their stops in order
cells      rows → how many of each class are around: counts by geohash
names      tags → names, and which of them are looked for in running text
importer   files → records → store
"""

from __future__ import annotations

from omnimodal.encoders.place.osm.importer import Report, import_osm, osm_records

__all__ = ["Report", "import_osm", "osm_records"]
