"""A wrong parent hides a street's total; a code read as a number loses its zeros."""

import numpy as np
import pytest

from geo import codes


def test_levels_and_parents_of_a_grid():
    grid = "370203022001013"
    assert [codes.level_of(c) for c in [grid, *codes.ancestors(grid)]] == [5, 4, 3, 2, 1]
    assert codes.ancestors(grid) == ["370203022001", "370203022", "370203", "370200"]
    assert codes.parent_code("370200") is None


def test_rest_child_belongs_to_its_parent():
    assert codes.rest_code("370203022") == "370203022X"
    assert codes.parent_code("370203022X") == "370203022"
    assert codes.level_of("370203022X") == 4
    assert codes.level_of("370200X") == 2
    for none in ("370203022001013", "370203022X"):
        with pytest.raises(codes.CodeError, match="未落格"):
            codes.rest_code(none)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" 370203022 ", "370203022"),
        (370203022, "370203022"),
        ("370203022.0", "370203022"),
        ("370203022000", "370203022"),
        ("370203000000", "370203"),
        ("370200000000", "370200"),
        ("370203022x", "370203022X"),
    ],
)
def test_usual_spellings_mean_the_same_region(text, code):
    assert codes.clean_region_code(text) == code


@pytest.mark.parametrize("text", [None, "", "nan", "37020", "3702030221", "3.70203E+11", "市北区", "000000"])
def test_what_is_no_code_is_refused_with_a_sentence(text):
    with pytest.raises(codes.CodeError, match="区划代码"):
        codes.clean_region_code(text)


def test_children_are_numbered_within_their_room():
    assert codes.child_code("370203022", 7) == "370203022007"
    with pytest.raises(codes.CodeError, match="1000"):
        codes.child_code("370203022", 1000)
    with pytest.raises(codes.CodeError):
        codes.child_code("370203022001013", 1)


def test_grids_are_numbered_west_to_east_then_southward():
    lon, lat = np.meshgrid([1.0, 2.0, 3.0], [9.0, 8.0, 7.0])
    assert codes.number_grids(lon.ravel(), lat.ravel()).tolist() == list(range(1, 10))
    shuffled = np.random.default_rng(1).permutation(9)
    numbers = codes.number_grids(lon.ravel()[shuffled], lat.ravel()[shuffled])
    assert numbers.tolist() == (shuffled + 1).tolist()
    assert codes.number_grids([5.0, 4.0], [1.0, 1.0]).tolist() == [2, 1]
    assert codes.number_grids([], []).tolist() == []


def test_uscc_check_character():
    for real in ("91350100M000100Y43", "91110000600037341L"):
        assert codes.check_uscc(real).ok, codes.check_uscc(real).reason
    assert "校验位" in codes.check_uscc("91350100M000100Y44").reason
    assert "18 位" in codes.check_uscc("9135").reason
    assert "18 位" in codes.check_uscc(None).reason
    assert not codes.check_uscc("91350100I000100Y43").ok
