"""A dossier must show who answers and what is overdue, and nothing of persons or places that the viewer may not see."""

import pytest
from sqlalchemy import Engine, text

from data.access import HIDDEN, LOCAL, NOBODY, Viewer
from data.dossier import Dossier, read_dossier
from tests.data.desk_city import NOW, TODAY, build


@pytest.fixture
def ids(db: Engine) -> dict[str, int]:
    return build(db)


def dossier(db: Engine, place: int, viewer: Viewer = LOCAL) -> Dossier | None:
    with db.connect() as conn:
        return read_dossier(conn, viewer, place, TODAY, NOW)


def must(found: Dossier | None) -> Dossier:
    assert found is not None
    return found


def test_who_answers_from_the_place_up_and_only_those_still_on_duty(db: Engine, ids: dict[str, int]) -> None:
    duties = must(dossier(db, ids["红星化工"])).duties
    assert [(d["subject"], d["subject_name"], d["role"]) for d in duties] == [
        ("place", None, "police_officer"), ("region", "格1", "grid_officer"), ("region", "东区", "leader"),
    ]  # fmt: skip
    ended = must(dossier(db, ids["橙光机械"])).duties
    assert [d["subject_name"] for d in ended] == ["东区"]


def test_zones_over_the_place_bring_their_duties(db: Engine, ids: dict[str, int]) -> None:
    with db.begin() as conn:
        conn.execute(text(
            "INSERT INTO zone (name, kind, geom, source, source_key) VALUES ('化工园区', 'chemical_park',"
            " ST_MakeEnvelope(120.0, 36.0, 120.1, 36.1, 4326), 't', 'z')"))  # fmt: skip
        conn.execute(text(
            "INSERT INTO duty (officer_id, role, zone_id, source, source_key) SELECT o.id, 'patrol', z.id, 't', 'd'"
            " FROM officer o, zone z"))  # fmt: skip
    found = must(dossier(db, ids["红星化工"]))
    assert [z["name"] for z in found.zones] == ["化工园区"]
    assert ("zone", "化工园区") in [(d["subject"], d["subject_name"]) for d in found.duties]
    assert must(dossier(db, ids["老王川菜馆"])).zones == ()


def test_persons_are_masked_without_the_right(db: Engine, ids: dict[str, int]) -> None:
    planner = Viewer("规划", "planner", 1, None)
    for name in ("红星化工", "老王川菜馆", "橙光机械"):
        seen = repr(must(dossier(db, ids[name], planner)))
        for person in ("张三", "李警官", "王五", "赵六", "13800000000", "13900000000"):
            assert person not in seen
        assert HIDDEN in seen
    assert "李警官" in repr(must(dossier(db, ids["红星化工"])))


def test_unknown_and_out_of_scope_are_the_same_answer(db: Engine, ids: dict[str, int]) -> None:
    west = Viewer("西区账号", "supervisor", 1, (ids["990102"],))
    assert dossier(db, ids["红星化工"], west) is None
    assert dossier(db, 999_999, west) is None
    assert dossier(db, ids["西区旅馆"], NOBODY) is None
    assert must(dossier(db, ids["西区旅馆"], west)).place["name"] == "西区旅馆"


def test_overdue_hazards_come_first_with_their_days(db: Engine, ids: dict[str, int]) -> None:
    found = must(dossier(db, ids["橙光机械"]))
    assert [h["days_overdue"] for h in found.hazards] == [3, None]
    assert (found.hazard_count, found.open_hazards, found.overdue) == (2, 2, 1)


def test_a_sensor_that_went_quiet_does_not_look_alive(db: Engine, ids: dict[str, int]) -> None:
    working = must(dossier(db, ids["老王川菜馆"])).sensors[0]
    silent = must(dossier(db, ids["小李面馆"])).sensors[0]
    assert (working.state, silent.state) == ("working", "silent")
    assert [value for _, value in working.readings] == [4.0, 3.0, 2.0]


def test_schemes_stand_side_by_side_the_worst_first(db: Engine, ids: dict[str, int]) -> None:
    found = must(dossier(db, ids["老王川菜馆"]))
    assert [a.scheme for a in found.assessments] == ["gas_shop", "place"]
    assert found.worst is not None
    assert (found.worst["layer"], found.worst["severity"]) == ("gas_shop", 2)


def test_the_reason_shown_is_of_the_scheme_that_colours_the_map(db: Engine, ids: dict[str, int]) -> None:
    with db.begin() as conn:  # another scheme says worse of it, but does not colour it
        conn.execute(text(
            "INSERT INTO assessment (place_id, scheme, rule_version, as_of, grade, severity, at_least, sentence,"
            " contributions, run_id) SELECT p.id, 'place', 'v', :d, 'red', 4, 4, 's', '[]', r.id"
            " FROM place p, risk_run r WHERE p. name = '红星化工'"), {"d": TODAY})  # fmt: skip
    found = must(dossier(db, ids["红星化工"]))
    assert found.colouring is not None
    assert found.colouring.scheme == "hazchem_enterprise"
    assert [a.scheme for a in found.others] == ["place"]
    never = must(dossier(db, ids["海上平台"]))
    assert (never.colouring, never.others) == (None, ())


def test_a_superseded_assessment_is_not_shown(db: Engine, ids: dict[str, int]) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE assessment SET superseded_at = now() WHERE scheme = 'place'"))
    assert [a.scheme for a in must(dossier(db, ids["老王川菜馆"])).assessments] == ["gas_shop"]


def test_units_carry_their_holdings_and_their_own_assessment(db: Engine, ids: dict[str, int]) -> None:
    place = ids["红星化工"]
    with db.begin() as conn:
        unit = conn.execute(text(
            "INSERT INTO unit (place_id, name, kind, source, source_key) VALUES (:p, '罐区', 'storage', 't', 'u')"
            " RETURNING id"), {"p": place}).scalar_one()  # fmt: skip
        for key, of in (("a", unit), ("b", None)):
            conn.execute(text("INSERT INTO holding (place_id, unit_id, substance, design_max_t, source, source_key)"
                              " VALUES (:p, :u, '液氯', 10, 't', :k)"), {"p": place, "u": of, "k": key})  # fmt: skip
        conn.execute(text(
            "INSERT INTO assessment (place_id, unit_id, scheme, rule_version, as_of, grade, severity, at_least,"
            " sentence, contributions, run_id) VALUES (:p, :u, 'major_hazard', 'v', :d, 'level_3', 2, 2, 's', '[]',"
            " (SELECT min(id) FROM risk_run))"), {"p": place, "u": unit, "d": TODAY})  # fmt: skip
    found = must(dossier(db, place))
    assert len(found.units) == len(found.loose_holdings) == len(found.units[0].holdings) == 1
    assert found.units[0].assessed is not None
    assert found.units[0].assessed.scheme == "major_hazard"
