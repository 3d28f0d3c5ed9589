"""From the frames of the city to the rows of the tables: references become ids, every row gets its source key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.demo.contents import City
from data.demo.dice import Objects, where_known
from data.demo.places import kind_lists
from data.regions import RegionIndex


@dataclass
class Made:
    """What stands already: the city's frames, the region index, leaf ids of places, the first id of written tables."""

    city: City
    index: RegionIndex
    leaf: Any
    first: dict[str, int]

    def frame(self, name: str) -> pd.DataFrame:
        """Return the city's frame of that name."""
        return self.city.frames[name]

    def ids(self, table: str, rows: pd.Series) -> pd.Series:
        """Return ids for row numbers of a table that was written before; −1 and nothing become null."""
        known = rows.where(rows >= 0).astype("Float64")
        return (known + self.first[table]).astype("Int64").reset_index(drop=True)

    def region_ids(self, codes: pd.Series | Objects) -> pd.Series:
        """Return ids for region codes; null for none."""
        return pd.Series(codes).map(self.index.by_code).astype("Int64").reset_index(drop=True)


def _keys(prefix: str, n: int) -> Objects:
    number = pd.Series(np.arange(1, n + 1)).astype(str).str.zfill(7)
    return (prefix + "-" + number).to_numpy(dtype=object)


def _points(lon: pd.Series, lat: pd.Series) -> Objects:
    x, y = lon.to_numpy(dtype=float), lat.to_numpy(dtype=float)
    known = np.isfinite(x)
    out = np.full(len(x), None, dtype=object)
    out[known] = shapely.points(x[known], y[known])
    return out


def _located(frame: pd.DataFrame) -> dict[str, Any]:
    """Return point, original pair and datum of rows whose coordinates are the demo's own."""
    known = frame["lon"].notna()
    return {
        "geom": _points(frame["lon"], frame["lat"]), "orig_x": frame["lon"], "orig_y": frame["lat"],
        "orig_crs": where_known(known, "EPSG:4326"), "datum": where_known(known, "wgs84"),
        "datum_evidence": where_known(known, "demo"),
    }  # fmt: skip


def _road(made: Made) -> pd.DataFrame:
    roads = made.city.ground.geography.roads
    kept = ("u", "v", "road_class", "name", "length_m", "speed_kmh")
    frame = pd.DataFrame({name: roads[name].to_numpy() for name in kept})
    frame["oneway"] = roads["oneway"].to_numpy() if "oneway" in roads else False
    frame["geom"] = roads.geometry.to_numpy()
    return frame.assign(source_key=_keys("road", len(frame)))


def _zone(made: Made) -> pd.DataFrame:
    zones = made.frame("zone")
    return pd.DataFrame({
        "name": zones["name"], "kind": zones["kind"], "geom": zones["geometry"], "source_key": _keys("zone", len(zones))
    })  # fmt: skip


def _population_cell(made: Made) -> pd.DataFrame:
    cells = made.frame("population_cell")
    return pd.DataFrame({
        "day": cells["day"], "night": cells["night"], "region_id": made.region_ids(cells["region"]),
        "geom": cells["geometry"], "source_key": "cell-" + cells["region"],
    })  # fmt: skip


_PLACE_COLUMNS = (
    "name", "state", "uscc", "licence_no", "address", "industry", "scale", "category", "employees", "floor_area_m2",
    "capacity", "contact_name", "contact_phone", "facts", "named_region", "datum", "datum_evidence", "orig_x", "orig_y",
)  # fmt: skip


def _place(made: Made) -> pd.DataFrame:
    place = made.frame("place")
    frame = place[list(_PLACE_COLUMNS)].copy()
    frame["kinds"] = kind_lists(place)
    chained = place["chained"].eq(True).to_numpy()
    frame["chains"] = where_known(chained, "{" + place["chain"].fillna("").astype(object) + "}")
    frame["region_id"] = made.leaf
    frame["geom"] = _points(place["lon"], place["lat"])
    frame["orig_crs"] = where_known(place["lon"].notna(), "EPSG:4326")
    frame["source_key"] = place["list"] + ":" + _keys("place", len(place))
    return frame


def _unit(made: Made) -> pd.DataFrame:
    unit = made.frame("unit")
    return pd.DataFrame({
        "place_id": made.ids("place", unit["place"]), "name": unit["name"], "kind": unit["kind"],
        "exposed_people": unit["exposed_people"], "boundary": unit["boundary"], "source_key": _keys("unit", len(unit)),
    })  # fmt: skip


def _holding(made: Made) -> pd.DataFrame:
    holding = made.frame("holding")
    frame = holding.drop(columns=["place", "unit"])
    frame["place_id"], frame["unit_id"] = made.ids("place", holding["place"]), made.ids("unit", holding["unit"])
    return frame.assign(source_key=_keys("holding", len(frame)))


def _gas_installation(made: Made) -> pd.DataFrame:
    gas = made.frame("gas_installation")
    frame = gas.drop(columns=["place", "shop"])
    frame["place_id"] = made.ids("place", gas["place"])
    return frame.assign(source_key=_keys("gas", len(frame)))


def _cylinder(made: Made) -> pd.DataFrame:
    cylinder = made.frame("cylinder")
    frame = cylinder.drop(columns=["shop", "installation"])
    frame["installation_id"] = made.ids("gas_installation", cylinder["installation"])
    return frame.assign(source_key=_keys("cylinder", len(frame)))


def _station(made: Made) -> pd.DataFrame:
    station = made.frame("station")
    frame = station[["name", "station_class", "engines", "crew", "address"]].assign(**_located(station))
    frame["region_id"] = made.region_ids(made.city.ground.of("code", station["grid"].to_numpy()))
    return frame.assign(source_key=_keys("station", len(frame)))


def _officer(made: Made) -> pd.DataFrame:
    officer = made.frame("officer")[["name", "phone", "organisation", "title"]]
    return officer.assign(source_key=_keys("officer", len(officer)))


def _duty(made: Made) -> pd.DataFrame:
    duty = made.frame("duty")
    return pd.DataFrame({
        "officer_id": made.ids("officer", duty["officer"]), "role": duty["role"],
        "region_id": made.region_ids(duty["region"]), "zone_id": made.ids("zone", duty["zone"].fillna(-1)),
        "place_id": made.ids("place", duty["place"].fillna(-1)), "since": duty["since"], "until": duty["until"],
        "source_key": _keys("duty", len(duty)),
    })  # fmt: skip


def _inspection(made: Made) -> pd.DataFrame:
    visit = made.frame("inspection")
    frame = visit[["inspected_on", "type", "result", "organisation", "checklist"]].copy()
    frame["place_id"], frame["officer_id"] = made.ids("place", visit["place"]), made.ids("officer", visit["officer"])
    return frame.assign(source_key=_keys("visit", len(frame)))


def _hazard(made: Made) -> pd.DataFrame:
    hazard = made.frame("hazard")
    frame = hazard[["level", "state", "category", "description", "clause", "owner", "found_on", "deadline_on",
                    "rectified_on", "reinspected_on"]].rename(columns={"deadline_on": "deadline"})  # fmt: skip
    frame["place_id"] = made.ids("place", hazard["place"])
    frame["inspection_id"] = made.ids("inspection", hazard["visit"])
    return frame.assign(source_key=_keys("hazard", len(frame)))


def _order_sheet(made: Made) -> pd.DataFrame:
    order = made.frame("order_sheet")
    frame = order[["number", "issued_on", "due_on", "issuer", "receiver"]].copy()
    frame["region_id"] = made.region_ids(order["region"])
    first = made.first["hazard"]
    frame["hazard_ids"] = ["{" + ",".join(str(int(row) + first) for row in rows) + "}" for rows in order["hazards"]]
    return frame.assign(source_key=_keys("order", len(frame)))


def _act(made: Made) -> pd.DataFrame:
    act = made.frame("act")
    frame = act[["kind", "on_date", "document_no", "amount_yuan"]].copy()
    frame["place_id"], frame["hazard_id"] = made.ids("place", act["place"]), made.ids("hazard", act["hazard"])
    return frame.assign(source_key=_keys("act", len(frame)))


def _incident(made: Made) -> pd.DataFrame:
    incident = made.frame("incident")
    frame = incident[["happened_at", "kind", "description", "deaths", "injured"]].assign(**_located(incident))
    frame["place_id"] = made.ids("place", incident["place"])
    leaf = made.region_ids(made.city.ground.of("code", incident["grid"].to_numpy())).to_numpy(dtype=np.int64)
    lon, lat = incident["lon"].to_numpy(dtype=float), incident["lat"].to_numpy(dtype=float)
    frame["region_id"] = np.where(np.isfinite(lon), made.index.leaf_at(lon, lat), leaf)
    return frame.assign(source_key=_keys("incident", len(frame)))


def _sensor(made: Made) -> pd.DataFrame:
    sensor = made.frame("sensor")
    frame = sensor[["code", "kind", "unit", "installed_on", "last_seen_at", "last_value", "fault"]].copy()
    frame["place_id"] = made.ids("place", sensor["place"])
    return frame.assign(source_key=_keys("sensor", len(frame)))


def _alarm(made: Made) -> pd.DataFrame:
    alarm = made.frame("alarm")
    frame = alarm.drop(columns=["place", "sensor"])
    frame["place_id"], frame["sensor_id"] = made.ids("place", alarm["place"]), made.ids("sensor", alarm["sensor"])
    return frame.assign(source_key=_keys("alarm", len(frame)))


ROWS: dict[str, Callable[[Made], pd.DataFrame]] = {
    "road": _road, "zone": _zone, "population_cell": _population_cell, "place": _place, "unit": _unit,
    "holding": _holding, "gas_installation": _gas_installation, "cylinder": _cylinder, "station": _station,
    "officer": _officer, "duty": _duty, "inspection": _inspection, "hazard": _hazard, "order_sheet": _order_sheet,
    "act": _act, "incident": _incident, "sensor": _sensor, "alarm": _alarm,
}  # fmt: skip
"""How the rows of each table are made; readings go another way (`data.demo.binary`)."""
