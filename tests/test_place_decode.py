"""From vectors back to positions, areas and boxes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from omnimodal.encoders.place import Place
from omnimodal.encoders.place.decode import CELLS, PlaceDecoder, lattice
from omnimodal.encoders.place.shape import one_piece
from omnimodal.encoders.place.sphere import unit_vectors
from omnimodal.errors import InvalidEntityError

PLACES = [
    Place(geometry=(2.3488, 48.85341)),
    Place(geometry=(-74.00597, 40.71427)),
    Place(geometry=(179.99, -17.7)),
    Place(geometry=(12.0, -89.5)),
    Place(geometry=shapely.box(10, 50, 12, 51)),
    Place(geometry="POLYGON ((178 -19, -178 -19, -178 -16, 178 -16, 178 -19))"),
    Place(geometry="LINESTRING (30 10, 31 10.5)"),
]


@pytest.mark.slow
def test_the_decoder_learns_to_read_positions_areas_and_boxes_back():
    torch.manual_seed(0)
    vectors, decoder = torch.randn(len(PLACES), 2, 32), PlaceDecoder(32, hidden=64)
    optimiser = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    for _ in range(250):
        optimiser.zero_grad()
        decoder.loss(vectors, PLACES).backward()
        optimiser.step()
    for place, found in zip(PLACES, decoder.decode(vectors), strict=True):
        middle = shapely.centroid(one_piece([place.geometry])[0][0])
        away = Geod(ellps="WGS84").inv(found.lon, found.lat, middle.x, middle.y)[2]
        assert away < 2_000
        assert found.area == pytest.approx(place.area, rel=0.2, abs=1e6)
        assert np.array(found.box)[[1, 3]] == pytest.approx(one_piece([place.geometry])[0][0].bounds[1::2], abs=0.1)
        assert found.box[2] - found.box[0] == pytest.approx(
            one_piece([place.geometry])[0][0].bounds[2] - one_piece([place.geometry])[0][0].bounds[0], abs=0.2
        )
        assert 0.0 < found.share <= 1.0
        nearest = (lattice(CELLS) @ unit_vectors(np.array([[found.lon, found.lat]]))[0]).argmax()
        assert found.cell == nearest
    assert decoder.decode(torch.zeros(0, 2, 32)) == []
    with pytest.raises(InvalidEntityError, match="Atlantis"):
        decoder.loss(vectors[:1], [Place("Atlantis")])


@given(st.integers(0, 1000))
def test_whatever_is_decoded_is_on_the_globe(seed):
    torch.manual_seed(seed)
    for found in PlaceDecoder(8).decode(torch.randn(4, 2, 8) * 100):
        assert -180 <= found.lon <= 180
        assert -90 <= found.lat <= 90
        assert 0 <= found.area < 1e18
        assert found.box[0] <= found.lon <= found.box[2]
        assert found.box[1] <= found.lat <= found.box[3]


def test_the_cells_are_spread_evenly():
    cells = lattice(CELLS)
    assert np.linalg.norm(cells, axis=1) == pytest.approx(np.ones(CELLS))
    nearest = np.sort(cells @ cells.T, axis=1)[:, -2]
    assert np.degrees(np.arccos(nearest)).min() > 0.8 * np.degrees(np.arccos(nearest)).mean()
    assert np.abs(cells.mean(axis=0)).max() < 1e-2
