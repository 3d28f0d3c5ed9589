"""The drawing of the invented city, 示例市: coast, borders, district lines, centres, sites and through roads.

All places are kilometres east and north of the old town's tip. The city lies in the open Yellow Sea
(zone 123°E, EPSG:4550), so that no point of it ever falls on a real street, and no demo grade on a real firm.
Codes begin with 9901: GB/T 2260 gives provinces two digits between 11 and 82, so 99 can be no real place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

Km = tuple[float, float]


def _km(text: str) -> list[Km]:
    """Return the points of a text like "1,2 3.5,-4": kilometres east and north, comma between, space after each."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


ZONE = 4550
"""EPSG code of the 3° zone (CGCS2000, central meridian 123°E) in which the city is drawn and measured."""

ORIGIN_M = (505_000.0, 3_863_000.0)
"""Easting and northing of the old town's tip in that zone: about 123.055°E, 34.9°N."""


class Line(NamedTuple):
    """A line through control points; `rough` is how far it wanders between them, as a part of the distance."""

    points: list[Km]
    rough: float


class Centre(NamedTuple):
    """A centre of population: at its middle `peak` people per km², falling off by e every `reach` km."""

    at: Km
    peak: float
    reach: float


class Site(NamedTuple):
    """A round area with a character of its own; `people` multiplies the population density inside it."""

    character: str
    at: Km
    radius: float
    people: float
    name: str = ""


class District(NamedTuple):
    """A district: six-digit code, name, a point inside it, how many streets, whether they are all urban."""

    code: str
    name: str
    inside: Km
    streets: int
    urban: bool
    angle: float


class ThroughRoad(NamedTuple):
    """A road that follows no boundary, drawn as a smooth curve through its points."""

    name: str
    road_class: str
    points: list[Km]


@dataclass(frozen=True)
class Plan:
    """Everything a city is drawn from."""

    city_code: str
    city_name: str
    coast: Line
    border: Line
    lines: list[Line]
    districts: list[District]
    centres: list[Centre]
    sites: list[Site]
    roads: list[ThroughRoad]
    dense_street: list[Km]
    dense_inside: Km
    communities: int
    grids: int
    rural_density: float
    sea_corners: list[Km]
    islands: list[tuple[Km, float, str]] = field(default_factory=list)
    rivers: list[tuple[str, list[Km], float]] = field(default_factory=list)
    reservoirs: list[tuple[str, Km, float]] = field(default_factory=list)


DENSE_STREET = ("990103", "澄江路街道")
"""District code and name of the old-town street under 1 km² with 5 communities and 53 grids."""

DENSE_STREET_COMMUNITIES = (11, 11, 11, 10, 10)
DENSE_STREET_PEOPLE = 41_000

# West to east along the sea, round the bay, past the old town and up the east coast.
_COAST: list[Km] = _km(
    "-66,-50 -61,-47.5 -57,-46.5 -53.5,-43.2 -50.5,-45.6 -46,-47 -43.2,-42.5 -42,-40 -39.5,-36.2 "
    "-36.2,-33.4 -33.6,-30.6 -34.8,-27 -31.6,-25.6 "
    "-30.4,-28.8 -29.4,-32.6 -26.4,-30 -24.6,-27 -25.8,-22.8 -22.8,-21 "
    "-21,-23.6 -19,-20.4 -15.4,-21.6 -12.8,-18.4 "
    "-10,-17 -9.4,-14 -8.3,-12 -6.2,-10.4 -5.4,-8 -3.6,-6.4 -4.2,-3.9 -6.2,-2.6 -7.6,-1.2 -8.8,1.6 "
    "-12,2.6 -14.5,2.2 -17,5 -19,9 -18.4,13 -15.6,17.4 -12.4,20.2 -8.4,21.8 -5,22.6 -2.4,21.2 "
    "-0.6,19 1.0,16 1.9,13.4 2.3,11.4 1.7,8.6 1.2,6.4 0.9,4.6 0.1,3.1 -0.6,1.7 -1.3,0.3 -0.7,-1.3 "
    "0.4,-1.9 1.3,-1.3 2.1,-1.0 3.0,-1.9 4.1,-1.6 5.0,-1.0 6.2,-2.1 7.2,-1.9 8.2,-1.3 9.6,-2.4 "
    "11,-2.2 12.6,-1.0 14.6,-1.9 16.2,-2.5 17.6,-1.1 19.4,-0.2 22,-1.1 24.4,1.4 26.8,2.2 28.4,4.2 "
    "29.6,8 28.6,12.4 31.6,15.4 29.2,18 28.2,20.6 26.4,23.4 29.2,26 27.8,28.6 "
    "31.2,29.2 31.8,26.2 34.4,24.4 36.4,26.6 40,30 45.2,28.6 "
    "43.2,33.6 39.8,33.8 36.4,32.8 34.4,36 36.6,38.8 37.4,41.4 40.2,41.6 42.2,44.2 "
    "40.2,48 43.2,49.4 45,45.6 47,41.8 51.4,43.8 57,48 60,47"
)

_BORDER: list[Km] = _km(
    "60,47 57,55 60,64 54,72 50,84 42,92 38,104 28,109 16,117 4,112 -8,118 -20,111 -30,100 -28,90 "
    "-36,78 -33,66 -42,55 -50,42 -47,30 -57,18 -60,4 -68,-8 -64,-22 -70,-34 -66,-50"
)

_LINES: list[Line] = [
    Line(_km("-3,2.4 0.4,2.5 1.9,2.35 3.0,2.65 4.1,2.95 6,3.3 8,2.7 10,3.6 11.5,3.5"), 0.07),
    Line(_km("10.4,-6 10.6,0 11.5,3.5 11.2,9.5 13.3,17.5 14,20"), 0.07),
    Line(_km("-3,10.2 3,9.6 7,10.3 11.2,9.5"), 0.07),
    Line(_km("-4,17.6 3,17 8,18 13.3,17.5"), 0.05),
    Line(_km("14,20 20,18.8 27,19.6 36,17.6"), 0.16),
    Line(
        _km("-9.6,17 -9,25 -10.4,30 -8,34 -3,36.6 3,38 8,40 13,34 12.4,27 14,20"),
        0.14,
    ),
    Line(_km("8,40 12,48 20,55.6 32,58 44,62 80,66"), 0.16),
    Line(_km("-8,10 -19,12.4 -28,14 -40,11.6 -50,16 -85,14"), 0.16),
    Line(_km("-8,34 -14,43 -26,47 -38,51.4 -70,47"), 0.16),
    Line(_km("12,48 9.6,60 14,72 10.4,86 18,98 22,130"), 0.16),
]

_DISTRICTS: list[District] = [
    District("990102", "云湾区", (3, 0.6), 12, True, 0.25),
    District("990103", "北岭区", (6, 6), 22, True, 0.12),
    District("990111", "西岬区", (-30, -5), 23, False, 0.35),
    District("990112", "岚东区", (18, 6), 6, False, 0.1),
    District("990113", "河汀区", (6, 14), 11, True, 0.05),
    District("990114", "阳澜区", (2, 28), 9, False, 0.0),
    District("990115", "墨原区", (26, 36), 16, False, 0.2),
    District("990181", "澄州市", (-25, 28), 12, False, -0.15),
    District("990183", "平岗市", (-10, 75), 17, False, 0.05),
    District("990185", "泉阳市", (30, 76), 12, False, -0.1),
]

_CENTRES: list[Centre] = [
    Centre((1.4, 1.2), 30_000, 2.8),
    Centre((6.2, 0.4), 17_000, 2.4),
    Centre((3.6, 4.4), 24_000, 2.6),
    Centre((8.4, 5.6), 11_000, 2.2),
    Centre((4.6, 12.6), 14_000, 2.6),
    Centre((13.6, 1.2), 9_000, 1.8),
    Centre((3.6, 24.6), 10_500, 2.8),
    Centre((-5.4, -5), 9_500, 1.9),
    Centre((-15.6, -10), 11_500, 2.8),
    Centre((22, 36), 13_000, 2.2),
    Centre((-20.5, 27), 13_000, 2.3),
    Centre((-10, 76), 12_500, 2.3),
    Centre((28.5, 75), 12_500, 2.1),
    Centre((-44, -36), 5_000, 1.5),
    Centre((-34, -12), 4_500, 1.3),
]

_SITES: list[Site] = [
    Site("chemical_park", (-49.5, -41.5), 4.2, 0.08, "南岬化工园区"),
    Site("chemical_park", (-11.5, 25.6), 2.1, 0.12, "河口精细化工园区"),
    Site("port", (0.9, 6.6), 1.5, 0.12, "内湾港区"),
    Site("port", (-6.6, -1.6), 2.2, 0.1, "西湾港区"),
    Site("port", (-45.6, -45), 3.2, 0.06, "南岬港区"),
    Site("port", (35.2, 34.2), 1.8, 0.15, "东澳渔港"),
    Site("industrial", (-2.6, 27), 3.4, 0.3, "阳澜北工业园"),
    Site("industrial", (2.9, 15), 1.2, 0.35, "河汀工业园"),
    Site("industrial", (-13.4, -2.6), 3.2, 0.3, "西岬临港工业园"),
    Site("industrial", (27.6, 41), 2.8, 0.3, "墨原汽车产业园"),
    Site("industrial", (-15, 31), 3.0, 0.3, "澄州装备产业园"),
    Site("industrial", (-5, 72), 2.4, 0.3, "平岗食品产业园"),
    Site("industrial", (33, 78), 2.4, 0.3, "泉阳新材料产业园"),
    Site("industrial", (-37, -15), 2.0, 0.4, "岬西家电产业园"),
    Site("cbd", (6.3, 0.3), 1.5, 1.0),
    Site("cbd", (-16, -10), 1.3, 1.0),
    Site("cbd", (9.6, 5.2), 1.0, 1.0),
    Site("old_town", (1.3, 1.4), 2.5, 1.0),
    Site("old_town", (3.3, 3.9), 1.6, 1.0),
    Site("tourism", (3.4, -1.2), 1.1, 0.6),
    Site("tourism", (15, -1.2), 1.8, 0.5),
    Site("tourism", (-12.6, -18), 2.6, 0.4),
    Site("tourism", (44, 31), 2.4, 0.4),
    Site("forest", (20.5, 10.5), 7.4, 0.12, "岚山林区"),
    Site("forest", (-33, -23), 6.4, 0.15, "小珠岭林区"),
    Site("forest", (-42, 3), 6.0, 0.2, "铁橛岭林区"),
    Site("forest", (2, 106), 8.0, 0.2, "大泽岭林区"),
    Site("forest", (9.2, 6.9), 1.3, 0.05, "浮云山林区"),
]

_ROADS: list[ThroughRoad] = [
    ThroughRoad(
        "环湾高速",
        "motorway",
        _km(
            "2.4,4.4 2.6,8 3.2,11.4 2.4,16 0.6,20.2 -3.2,24 -9,24 -14.4,20.6 -19.6,15 -21.2,9.6 -18.2,2.4 "
            "-13,-0.6 -9,-5"
        ),
    ),
    ThroughRoad("示平高速", "motorway", _km("3.2,11.4 5.4,18 5,27 1,36 -2,48 -4,60 -6.6,73 -12,84 -14,98 -18,113")),
    ThroughRoad("示泉高速", "motorway", _km("5.4,18 14,27 17.4,38 20,50 24,62 25.4,74 30,86 34,106")),
    ThroughRoad("滨海高速", "motorway", _km("-21.2,9.6 -26,0 -28.4,-10 -33,-20 -41,-29 -50,-36 -66,-42")),
    ThroughRoad("示澄高速", "motorway", _km("-14.4,20.6 -24,24 -34,22 -48,24 -54,23")),
    ThroughRoad("东海岸高速", "motorway", _km("14,27 22,30 32,34 38,44 46,52 58,58")),
    ThroughRoad("环湾大桥", "trunk", _km("2.4,8.8 -4,9.4 -12,7.6 -20.4,7")),
    ThroughRoad("湾口隧道", "trunk", _km("-0.2,0.6 -2.6,-1.6 -4.8,-5 -9,-5 -15.6,-9.4 -24,-16 -34,-19")),
    ThroughRoad("前海大道", "trunk", _km("-0.2,0.6 2.4,-0.2 5.6,-0.2 8.6,0 12,0.6 16.6,0.4 21.6,1.4")),
    ThroughRoad("中岭快速路", "trunk", _km("1.2,2.6 4.6,4.9 8.6,4.5 12.4,4.4 14.4,1.0")),
    ThroughRoad("东岭快速路", "trunk", _km("8.6,0 8.4,4.5 7.4,10 7.8,17 9,25 9.4,34")),
    ThroughRoad("岚山环路", "secondary", _km("14.4,1.0 17,5 16,10 17.6,15 22,18 27,16 27,9 25.6,4.4 21.6,1.4")),
    ThroughRoad("澄平公路", "primary", _km("-20.5,27 -22,38 -20,50 -16,62 -10,76 -2,92 4,104")),
    ThroughRoad("平泉公路", "primary", _km("-10,76 2,77 14,76 28.5,75 42,74")),
    ThroughRoad("墨泉公路", "primary", _km("22,36 27,48 31,60 28.5,75")),
    ThroughRoad("墨澳公路", "primary", _km("5,27 13,31 22,36 30,38 34.4,35")),
    ThroughRoad("西岬南路", "primary", _km("-15.6,-9.4 -20,-17 -28,-26 -37,-31.4 -44,-36 -49,-40")),
    ThroughRoad("澄西公路", "primary", _km("-20.5,27 -24,18 -27,8 -32,-4 -34,-12 -34,-19")),
]

FULL = Plan(
    city_code="990100",
    city_name="示例市",
    coast=Line(_COAST, 0.3),
    border=Line(_BORDER, 0.2),
    lines=_LINES,
    districts=_DISTRICTS,
    centres=_CENTRES,
    sites=_SITES,
    roads=_ROADS,
    dense_street=_km("3.0,2.65 2.84,3.47 3.88,3.73 4.1,2.95"),
    dense_inside=(3.4, 3.2),
    communities=2_100,
    grids=15_000,
    rural_density=310.0,
    sea_corners=_km("64,50 110,40 110,-95 -80,-95"),
    islands=[
        ((-8.4, -20.6), 0.9, "竹屿"),
        ((24.6, -5.2), 1.1, "大岬岛"),
        ((35.6, 21), 0.7, "田屿"),
        ((-2.8, 13.6), 0.8, "湾心岛"),
        ((-30, -36.4), 1.3, "灵屿"),
    ],
    rivers=[
        ("沽阳河", _km("-14,110 -10,92 -15,80 -11,66 -16,54 -12,42 -13.4,32 -12,20"), 90.0),
        ("墨水河", _km("18,44 12,36 8,30 2,24 -1.4,20"), 45.0),
        ("洋溪河", _km("-44,12 -36,6 -29,9 -22,7 -18,7"), 60.0),
        ("大泉河", _km("40,92 32,84 30,70 22,58 4,54 -12,50"), 60.0),
        ("五龙河", _km("48,74 46,62 41,52 42,42"), 60.0),
    ],
    reservoirs=[
        ("产岭水库", (30, 88), 3.0),
        ("尹峪水库", (-2, 84), 1.8),
        ("铁山水库", (-38, -8), 1.5),
        ("岚溪水库", (14.8, 13), 0.8),
    ],
)

SMALL = Plan(
    city_code="990100",
    city_name="示例市",
    coast=Line(
        _km(
            "-3,12.6 -1.8,10.4 -0.4,8.6 0.3,6.6 0.9,4.6 "
            "0.1,3.1 -0.6,1.7 -1.3,0.3 -0.7,-1.3 0.4,-1.9 1.3,-1.3 2.1,-1.0 3.0,-1.9 4.1,-1.6 "
            "5.0,-1.0 6.2,-2.1"
        ),
        0.12,
    ),
    border=Line(_km("6.2,-2.1 5.9,1 6.4,4.4 7.4,8.6 7,12.4 3,13.2 -3,12.6"), 0.05),
    lines=[],
    districts=[District("990103", "北岭区", (3, 1), 6, True, 0.12)],
    centres=[Centre((0.9, 1.6), 20_000, 1.7), Centre((3.0, 2.8), 22_000, 1.4), Centre((4.6, 0.4), 11_000, 1.2)],
    sites=[
        Site("old_town", (2.2, 2.2), 2.2, 1.0),
        Site("cbd", (4.4, -0.4), 1.0, 1.0),
        Site("port", (0.4, 4.8), 1.2, 0.15, "内湾港区"),
        Site("chemical_park", (0.4, 7.6), 1.3, 0.1, "河口精细化工园区"),
        Site("industrial", (3.4, 7.6), 1.1, 0.3, "北岭工业园"),
        Site("tourism", (2.2, -1.1), 0.7, 0.6),
        Site("forest", (5.6, 6.2), 0.9, 0.15, "浮云山林区"),
    ],
    roads=[
        ThroughRoad("环湾高速", "motorway", _km("2.4,4.4 2.0,6 1.6,7.4 2.4,13")),
        ThroughRoad("前海大道", "trunk", _km("-0.2,0.6 2.4,-0.2 4.4,-0.2 5.9,0.2")),
        ThroughRoad("中岭快速路", "trunk", _km("0.6,2.2 2.4,4.4 4.6,4.9 6.4,4.6")),
    ],
    dense_street=_km("-2,1.7 0.48,1.67 0.6,2.63 -2,2.68"),
    dense_inside=(0.3, 2.2),
    communities=40,
    grids=300,
    rural_density=310.0,
    sea_corners=_km("6.6,-7 -8,-7 -8,13.4"),
    rivers=[("墨水河", _km("7,11 5.2,9.6 3.6,10.2 1.4,9.4 -0.8,9.4"), 25.0)],
    reservoirs=[("浮云水库", (5.4, 5.4), 0.35)],
)
