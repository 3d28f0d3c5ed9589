"""Harm: a name or a telephone number on a screen of somebody who may not see it."""

from data.access import HIDDEN, LOCAL, NOBODY, Viewer, mask_person, masked, visible_fields

SUPERVISOR = Viewer("张", "supervisor", 1, (2,))
PLANNER = Viewer("李", "planner", 2, (2,))
NO_REGION = Viewer("赵", "leader", 3, ())
ROW = {"name": "某某饭店", "contact_name": "孙", "contact_phone": None, "officer_name": "钱", "n": 3}


def test_persons_show_only_with_the_right() -> None:
    for viewer in (LOCAL, SUPERVISOR):
        assert masked(viewer, ROW) == ROW
        assert mask_person(viewer, "孙") == "孙"
    for viewer in (PLANNER, NOBODY, NO_REGION, Viewer("大屏", "wall", 4, None)):
        assert masked(viewer, ROW) == ROW | {"contact_name": HIDDEN, "officer_name": HIDDEN}
        assert mask_person(viewer, "孙") == HIDDEN


def test_nobody_named_stays_nobody_named() -> None:
    assert mask_person(PLANNER, None) is None


def test_columns_are_left_out_of_the_read_itself() -> None:
    assert visible_fields(PLANNER, ["name", "contact_phone", "n"]) == ["name", "n"]
    assert visible_fields(SUPERVISOR, ["name", "contact_phone", "n"]) == ["name", "contact_phone", "n"]
