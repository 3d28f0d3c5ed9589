"""Grids with gaps lose places, grids with overlaps count them twice."""

import numpy as np
import pytest
import shapely

from geo.grid import SplitError, Style, densify, mass, split

STYLE = Style(spacing=12.0, bend=0.03, orientation=0.3)
BLOCK = densify(shapely.box(0, 0, 1000, 930), 12.0)


def rng(seed=1):
    return np.random.default_rng(seed)


def ragged(seed, holes=0, corners=90):
    """A star-shaped polygon with a ragged outline about 1 km across, with round holes in it."""
    random = rng(seed)
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = 500 + 180 * np.sin(3 * angle + seed) + random.uniform(-25, 25, corners)
    shape = shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    for hole in range(holes):
        shape = shape.difference(shapely.Point(-120 + 150 * hole, 30).buffer(40))
    return densify(shape, 12.0)


def assert_tiles(pieces, whole):
    assert shapely.is_valid(pieces).all()
    assert shapely.coverage_is_valid(pieces)
    assert shapely.coverage_union_all(pieces).symmetric_difference(whole).area < 1e-6
    assert shapely.area(pieces).sum() == pytest.approx(whole.area, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("holes", [0, 2])
def test_pieces_tile_a_ragged_polygon_exactly(seed, holes):
    whole = ragged(seed, holes)
    pieces = split(whole, 17, rng=rng(seed), style=STYLE).polygons
    assert len(pieces) == 17
    assert_tiles(pieces, whole)


def test_a_hole_that_lies_in_one_piece_stays_a_hole():
    whole = ragged(3, holes=1)
    for seed in range(4):
        pieces = split(whole, [8.0, 1.0], rng=rng(seed), style=STYLE).polygons
        assert_tiles(pieces, whole)


def test_pieces_of_pieces_still_tile_the_whole():
    communities = split(BLOCK, 5, rng=rng(), style=STYLE).polygons
    grids = [g for c in communities for g in split(c, 11, rng=rng(2), style=STYLE).polygons]
    assert len(grids) == 55
    assert_tiles(grids, BLOCK)


def test_equal_parts_are_about_equal_and_weights_are_met():
    areas = shapely.area(split(BLOCK, 53, rng=rng(), style=STYLE).polygons)
    assert 0.8 < areas.min() / areas.mean() < areas.max() / areas.mean() < 1.25
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    shares = shapely.area(split(BLOCK, weights, rng=rng(), style=STYLE).polygons) / BLOCK.area
    assert shares == pytest.approx(weights / 10, abs=0.03)


def test_density_makes_pieces_small_where_many_people_are():
    def potential(xy):  # density falls from 11 at the western edge to 1 at the eastern
        return 11 * xy[:, 0] - 0.005 * xy[:, 0] ** 2

    pieces = split(BLOCK, 12, rng=rng(), style=STYLE, potential=potential).polygons
    masses = mass(pieces, potential)
    assert masses.sum() == pytest.approx(mass(BLOCK, potential), rel=1e-9)
    assert masses.max() / masses.min() < 1.5
    by_x = sorted(pieces, key=lambda p: p.centroid.x)
    assert by_x[0].area * 2 < by_x[-1].area


def test_same_seed_same_pieces_other_seed_others():
    first, again, other = (
        shapely.to_wkb(split(BLOCK, 20, rng=rng(s), style=STYLE).polygons).tolist() for s in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_islands_too_small_for_a_piece_go_with_the_nearest():
    whole = shapely.MultiPolygon([BLOCK, densify(shapely.box(1100, 400, 1130, 430), 12.0)])
    pieces = split(whole, 6, rng=rng(), style=STYLE).polygons
    assert_tiles(pieces, whole)
    assert sorted(p.geom_type for p in pieces).count("MultiPolygon") == 1


def test_neighbours_get_the_same_vertices_on_their_shared_edge():
    left, right = shapely.box(0, 0, 100, 97.3), shapely.box(100, 0, 200, 97.3)
    both = [densify(left, 7.0), densify(right, 7.0)]
    shared = [{tuple(c) for c in shapely.get_coordinates(p) if c[0] == 100} for p in both]
    assert shared[0] == shared[1]
    assert len(shared[0]) == 15
    assert_tiles([g for p in both for g in split(p, 9, rng=rng(), style=STYLE).polygons], shapely.box(0, 0, 200, 97.3))


def test_densify_keeps_holes_parts_lines_and_old_vertices():
    ring = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    two = shapely.MultiPolygon([ring, shapely.box(200, 0, 230, 30)])
    lines = shapely.MultiLineString([[(0, 0), (100, 0)], [(0, 5), (0, 6)]])
    for shape, count in [(ring, 60), (two, 60 + 17), (lines, 11 + 2), (lines.geoms[0], 11)]:
        dense = densify(shape, 8.0)
        assert dense.geom_type == shape.geom_type
        assert dense.is_valid
        assert shapely.get_num_coordinates(dense) == pytest.approx(count, abs=12)
        old = {tuple(c) for c in shapely.get_coordinates(shape)}
        assert old <= {tuple(c) for c in shapely.get_coordinates(dense)}
        assert dense.symmetric_difference(shape).length < 1e-9


@pytest.mark.parametrize("parts", [0, [], [1.0, 0.0], [1.0, -2.0], [float("nan")]])
def test_no_parts_and_bad_weights_are_refused(parts):
    with pytest.raises(SplitError, match="weights"):
        split(BLOCK, parts, rng=rng(), style=STYLE)


def test_what_cannot_be_split_is_refused():
    tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for bad in (tie, shapely.Polygon()):
        with pytest.raises(SplitError, match="valid"):
            split(bad, 3, rng=rng(), style=STYLE)
    with pytest.raises(SplitError, match="densify"):
        split(shapely.Polygon([(0, 0), (1, 0), (0, 1)]), 3, rng=rng(), style=STYLE)
