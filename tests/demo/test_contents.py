"""A demo city that contradicts itself or the field would teach its users to distrust every screen."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pandas as pd
import pytest

from data.demo import firms, flaws, gas
from data.demo.amounts import FULL, SMALL
from data.demo.contents import City, make
from data.demo.devices import HIGH_LEL, HOURS, LOW_LEL, moment
from data.demo.dice import spread
from data.demo.geography import CHARACTERS, Geography, invent
from data.demo.names import SMALL_CATEGORIES
from data.demo.places import KINDS, SETTLE
from data.tables.places import PLACE_KINDS
from geo.codes import check_uscc

AS_OF = date(2026, 11, 22)
TODAY = np.datetime64(AS_OF)


@pytest.fixture(scope="module")
def geography() -> Geography:
    return invent(seed=7, size="small")


@pytest.fixture(scope="module")
def city(geography: Geography) -> City:
    return make(geography, 7, "small", AS_OF)


def fingerprint(city: City) -> str:
    digest = hashlib.sha256()
    for name, frame in city.frames.items():
        digest.update(name.encode())
        plain = name == "reading"  # numbers only, and many
        digest.update(frame.to_numpy().tobytes() if plain else frame.to_csv(index=False).encode())
    return digest.hexdigest()


def test_the_same_seed_and_day_give_the_same_city_and_others_another(geography, city):
    assert fingerprint(make(geography, 7, "small", AS_OF)) == fingerprint(city)
    assert fingerprint(make(geography, 8, "small", AS_OF)) != fingerprint(city)
    assert fingerprint(make(geography, 7, "small", date(2026, 11, 23))) != fingerprint(city)


def test_numbers_are_those_of_the_practice():
    assert (FULL.high_hazard, FULL.above_scale, FULL.small_firms, FULL.gas_shops) == (503, 9_394, 120_000, 20_000)
    assert FULL.firms_in_business_street == 12_000
    assert len(firms.chains()) == 12


def test_everything_knows_where_to_settle():
    assert set(firms.industries()["where"]) <= set(SETTLE)
    assert {character for factors in SETTLE.values() for character in factors} <= set(CHARACTERS)


def test_counts_of_places_are_those_planned(city):
    place = city.frames["place"]
    assert (place["scale"] == "high_hazard").sum() == SMALL.high_hazard
    assert (place["scale"] == "above_scale").sum() == SMALL.above_scale
    assert (place["scale"] == "small").sum() == SMALL.small_firms
    assert place["gas_shop"].sum() == SMALL.gas_shops
    assert KINDS == PLACE_KINDS
    assert all(place[kind].any() for kind in KINDS), "a kind of place is missing"
    assert set(SMALL_CATEGORIES) <= set(place.loc[place["small_place"], "category"])


def test_the_dense_street_is_as_known(city):
    ground = city.ground
    own = ground.grids[ground.in_street(ground.dense_street)]
    assert (own["community"].nunique(), len(own)) == (5, 53)
    assert own["area_m2"].sum() < 1e6
    assert own["population_night"].sum() > 40_000
    inside = ground.in_street(ground.dense_street)[city.frames["place"]["grid"].to_numpy()]
    assert inside.sum() >= 700


def test_no_point_lies_outside_the_grid_it_hangs_on(city):
    assert len(flaws.in_grids(city.ground, city.frames["place"])) == 0


def test_places_stand_along_streets_not_like_noise(city):
    place = city.frames["place"]
    shops = place[place["part"] == "gas"]
    assert (shops["road"] >= 0).mean() > 0.9
    busiest = shops.groupby("road").size().sort_values(ascending=False)
    assert busiest.head(len(busiest) // 5).sum() > 0.4 * len(shops)


def test_codes_are_valid_but_for_the_planted_slips(city):
    codes = city.frames["place"]["uscc"].dropna()
    wrong = sum(not check_uscc(code).ok for code in codes)
    assert 0 < wrong < 0.03 * len(codes)
    firm = city.frames["place"].query("part == 'firm'")["uscc"].dropna()
    assert firm.duplicated().any(), "one code owns several places in life"


def test_no_telephone_can_be_a_real_one(city):
    for phones in (city.frames["place"]["contact_phone"], city.frames["officer"]["phone"]):
        assert phones.dropna().str.fullmatch(r"199-0000-\d{4}").all()


def test_no_grade_can_fall_on_a_real_firm(city):
    firm = city.frames["place"].query("part == 'firm' and not petrol_station and not hazmat_parking")
    assert firm["name"].str.startswith("示例").all()


def test_flaws_are_there(city):
    place = city.frames["place"]
    unmapped = place["lon"].isna()
    assert 0.01 < unmapped.mean() < 0.06
    assert place.loc[unmapped, "named_region"].notna().all()
    assert place.loc[unmapped, "leaf"].str.endswith("X").all()
    assert (place["datum_evidence"] == "unverified").sum() == SMALL.unshifted
    assert {"gcj02", "bd09"} <= set(place["datum"].dropna())
    assert place[["lon", "lat"]].dropna().duplicated().sum() >= 4, "stacked points"
    assert place["list"].value_counts().reindex(["market", "supplier", "street"]).eq(SMALL.triples).all()


def test_one_restaurant_in_three_lists_is_near_and_differs_in_name(city):
    place = city.frames["place"]
    lists = {name: own.sort_index() for name, own in place[place["list"] != "demo"].groupby("list")}
    names = set(lists["market"]["name"]) & set(lists["supplier"]["name"]) & set(lists["street"]["name"])
    assert not names
    assert set(lists["market"]["address"]) == set(lists["supplier"]["address"]) == set(lists["street"]["address"])


def test_a_good_shop_has_no_fault_and_a_severe_one_is_prohibited(city):
    shop = city.frames["shop"].reset_index(drop=True)
    installed = city.frames["gas_installation"].set_index("shop")
    good = installed.loc[installed.index.intersection(shop.index[shop["sort"] == "good"])]
    assert len(good)
    assert good["hose_m"].max() <= 2.0
    assert not good["hose_joint"].any()
    assert good["alarm_working"].all()
    total = pd.to_numeric(good["cylinder_total_kg"])
    assert not ((total > 100) & ~good["has_room"].eq(True)).any()
    severe = installed.loc[shop.index[shop["sort"] == "severe"]]
    total = pd.to_numeric(severe["cylinder_total_kg"])
    prohibited = severe["cylinder_in_dining"].eq(True) | severe["in_basement"].eq(True) | (total > 100)
    assert prohibited.all()
    assert set(shop["sort"]) == set(gas.SORTS)


def test_cylinders_add_up_to_what_the_installation_says(city):
    installed, cylinder = city.frames["gas_installation"], city.frames["cylinder"]
    total = cylinder.groupby("installation")["mass_kg"].sum().reindex(range(len(installed))).fillna(0.0)
    said = pd.to_numeric(installed["cylinder_total_kg"])
    assert (total[said.notna()] == said[said.notna()]).all()
    assert set(cylinder["mass_kg"]) == {15.0, 50.0}


def test_only_a_reinspection_closes_a_hazard(city):
    hazard, visit = city.frames["hazard"], city.frames["inspection"]
    closed = hazard[hazard["state"] == "closed"]
    assert len(closed)
    again = visit[visit["type"] == "reinspection"]
    seen = set(zip(again["place"], again["inspected_on"], strict=True))
    assert set(zip(closed["place"], closed["reinspected_on"], strict=True)) <= seen
    assert hazard.loc[hazard["state"] != "closed", "reinspected_on"].isna().all()
    assert set(hazard["state"]) >= {"assigned", "rectified", "closed"}
    overdue = (hazard["deadline_on"] < TODAY) & (hazard["state"] != "closed")
    assert 0 < overdue.sum() < 0.2 * len(hazard)


def test_steps_of_a_hazard_are_in_order_and_none_in_the_future(city):
    hazard, visit = city.frames["hazard"], city.frames["inspection"]
    mended = hazard[hazard["rectified_on"].notna()]
    assert (mended["rectified_on"] >= mended["found_on"]).all()
    closed = hazard[hazard["reinspected_on"].notna()]
    assert (closed["reinspected_on"] >= closed["rectified_on"]).all()
    assert (hazard["deadline_on"] > hazard["found_on"]).all()
    for column in ("found_on", "rectified_on", "reinspected_on"):
        assert (hazard[column].dropna() <= TODAY).all()
    assert (visit["inspected_on"] <= TODAY).all()
    assert (hazard["found_on"].to_numpy() == visit["inspected_on"].to_numpy()[hazard["visit"]]).all()


def test_some_places_were_never_inspected_and_key_firms_rarely_missed(city):
    visit = city.frames["inspection"]
    seen = visit[visit["type"].ne("supplier_visit")]["place"]
    never = ~city.frames["place"].index.isin(seen)
    assert 0.02 < never.mean() < 0.12
    assert not never[(city.frames["place"]["scale"] == "high_hazard").to_numpy()].any()


def test_every_grid_has_one_officer_but_for_the_gaps(city):
    duty = city.frames["duty"]
    today = duty[(duty["role"] == "grid_officer") & (duty["until"].isna() | (duty["until"] > TODAY))]
    assert not today["region"].duplicated().any()
    missing = len(city.ground.grids) - len(today)
    assert 0 < missing < 0.1 * len(city.ground.grids)


def test_every_user_of_precursors_has_a_police_officer_of_its_own(city):
    place, duty = city.frames["place"], city.frames["duty"]
    own = duty[(duty["role"] == "police_officer") & duty["place"].notna()]
    users = place.index[place[["drug_precursor", "explosive_precursor", "highly_toxic"]].any(axis=1)]
    assert sorted(own["place"]) == sorted(users)
    assert own["officer"].is_unique


def test_readings_are_hourly_to_the_moment_and_silent_sensors_fall_silent(city):
    sensor, reading = city.frames["sensor"], city.frames["reading"]
    last = reading.groupby("sensor")["at"].max()
    now = int(moment(AS_OF).astype(int))
    working = sensor.index[sensor["silent_h"] == 0]
    assert (last[working] == now).all()
    assert (reading.groupby("sensor").size()[working] == HOURS).all()
    silent = sensor.index[sensor["silent_h"] > 0]
    assert len(silent)
    assert (last.reindex(silent).dropna() < now - 24).all()
    assert (sensor["last_seen_at"].dropna() <= pd.Timestamp(AS_OF, tz="UTC")).all()


def test_every_alarm_stands_in_the_readings_and_a_few_are_open(city):
    alarm, reading, sensor = (city.frames[name] for name in ("alarm", "reading", "sensor"))
    value = reading.set_index(["sensor", "at"])["value"]
    hour = alarm["raised_at"].dt.tz_localize(None).to_numpy().astype("datetime64[h]").astype(np.int64)
    read = value.loc[list(zip(alarm["sensor"], hour, strict=True))].to_numpy()
    assert np.allclose(read, alarm["value"], atol=0.06)
    assert (alarm["level"] == np.where(alarm["value"] >= HIGH_LEL, 2, 1)).all()
    high = reading.loc[reading["value"] >= LOW_LEL, "sensor"].unique()
    assert set(high[sensor["kind"].to_numpy()[high] == "gas"]) <= set(alarm["sensor"])
    assert 0 < (alarm["state"] != "closed").sum() < len(alarm)


def test_sharing_out_loses_nothing():
    assert spread([1, 1, 1], 10).tolist() == [4, 3, 3]
    assert spread([0.0, 5.0], 7).tolist() == [0, 7]
    with pytest.raises(ValueError, match="weights"):
        spread([0.0], 1)
