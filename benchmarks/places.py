"""How fast OpenStreetMap files are imported: CPU seconds and peak memory beside `osmium export`, osm2pgsql and pyrosm.

    python benchmarks/places.py [FILE…] [--copies 1 2 4] [--runs 3]

Each file is also imported in copies: ids renumbered, places shifted, so that growth can be seen. `osmium export` writes
all tagged objects as GeoJSON text sequences and relates nothing: it is the yardstick, 1.00. Every tool runs as a
process of its own; times are user + system of all its threads, the best of the runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import osmium
from rich.console import Console
from rich.table import Table

STEP = 20_000_000_000  # between the ids of copies; OpenStreetMap's are below 2e10
SHIFT = 0.7  # degrees of longitude between copies
MEASURE = """
import json, os, resource, subprocess, sys
done = subprocess.run(json.loads(sys.argv[1]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.stderr[-500:]]))
"""
IMPORT = "import sys; from omnimodal.encoders.place.osm import import_osm; import_osm(sys.argv[1], sys.argv[2])"
PYROSM = (
    "import sys, pyrosm; osm = pyrosm.OSM(sys.argv[1]); osm.get_pois(); osm.get_boundaries(); osm.get_network('all')"
)


def copied(source: Path, n: int, target: Path) -> None:
    """n copies of a file in one, sorted by type and id, each a bit farther east than the one before."""
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for bits in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for copy in range(n):
                step = copy * STEP
                for thing in osmium.FileProcessor(str(source), bits):
                    match thing.type_str():
                        case "n":
                            at = thing.location
                            lon = (at.lon + copy * SHIFT + 180) % 360 - 180
                            writer.add_node(thing.replace(id=thing.id + step, location=(lon, at.lat)))
                        case "w":
                            writer.add_way(thing.replace(id=thing.id + step, nodes=[n.ref + step for n in thing.nodes]))
                        case _:
                            members = [(m.type, m.ref + step, m.role) for m in thing.members]
                            writer.add_relation(thing.replace(id=thing.id + step, members=members))


def tools(file: Path, room: Path) -> dict[str, list[str]]:
    """{name: command} of what can be run here."""
    found = {"omnimodal": [sys.executable, "-c", IMPORT, str(file), str(room / "places.sqlite")]}
    if path := shutil.which("osmium"):
        found["osmium export"] = [path, "export", "-f", "geojsonseq", "-O", "-o", str(room / "out"), str(file)]
    url = os.environ.get("OMNIMODAL_POSTGIS")
    if url and (path := shutil.which("osm2pgsql")):
        found["osm2pgsql"] = [path, "-d", url, "--slim", "--drop", str(file)]
    if find_spec("pyrosm") and file.name.endswith(".pbf"):
        found["pyrosm"] = [sys.executable, "-c", PYROSM, str(file)]
    return found


def measured(command: list[str], room: Path) -> tuple[float, float]:
    """CPU seconds and peak megabytes of a command. Raises SystemExit with what it said where it fails."""
    import json

    for left in room.iterdir():
        left.unlink()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, json.dumps(command)],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    code, seconds, megabytes, said = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{' '.join(command)[:200]} failed: {said}")
    return seconds, megabytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    real = Path(os.environ.get("OMNIMODAL_REAL_DATA", "../shared/data")) / "osm"
    parser.add_argument("files", nargs="*", type=Path, help=f"by default those of {real}")
    parser.add_argument("--copies", nargs="*", type=int, default=[1, 2, 4])
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    files = args.files or sorted(real.glob("*.osm*"))
    if not files:
        raise SystemExit(f"No files at {real}; name some")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    table = Table(
        "file", "MB", "tool", "CPU s", "÷ export", "µs/object", "peak MB", title="Importing OpenStreetMap files"
    )
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder) / "out"
        room.mkdir()
        for source in files:
            for n in args.copies:
                file = source
                if n > 1:
                    file = Path(folder) / f"copied-{n}.osm.pbf"
                    copied(source, n, file)
                rows = {name: _best(command, room, args.runs) for name, command in tools(file, room).items()}
                yard = rows.get("osmium export", (float("nan"), 0))[0]
                objects = sum(1 for _ in osmium.FileProcessor(str(source))) * n
                for name, (seconds, megabytes) in rows.items():
                    size = f"{file.stat().st_size / 1e6:.1f}"
                    cells = (f"{seconds:.2f}", f"{seconds / yard:.2f}", f"{1e6 * seconds / objects:.2f}")
                    table.add_row(f"{source.name} × {n}", size, name, *cells, f"{megabytes:.0f}")
                table.add_section()
    Console(width=110).print(table)


def _best(command: list[str], room: Path, runs: int) -> tuple[float, float]:
    results = [measured(command, room) for _ in range(runs)]
    return min(seconds for seconds, _ in results), max(megabytes for _, megabytes in results)


if __name__ == "__main__":
    main()
