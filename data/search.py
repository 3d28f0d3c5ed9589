"""Search by part of a name (two Chinese characters are enough), by code and by address, inside the viewer's scope."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.access.viewer import Viewer
from data.places import PlaceRow, read_rows
from data.reading import rows

SQL = "search.sql"
LONGEST = 80
"""Characters of a query that are used."""

MOST_WORDS = 4
FOLDED = 'lower({} COLLATE "C")'
"""Text in which A–Z and a–z are equal; the C collation makes it quick."""

NOTHING = "\\\\"
"""A LIKE pattern (one backslash) that no code matches."""


@dataclass(frozen=True)
class RegionHit:
    """A region found; `above` names what it lies in."""

    code: str
    name: str
    level: int
    places: int
    above: str | None


@dataclass(frozen=True)
class Found:
    """What a search found. `more` says that there are further places beyond the limit; `used` is the query as used."""

    used: str
    regions: tuple[RegionHit, ...]
    places: tuple[PlaceRow, ...]
    more: bool


def clean(query: str) -> str:
    """Return a query as it is used: one line, no control characters, at most LONGEST characters."""
    head = query[: LONGEST * 4].encode("utf-8", "ignore").decode("utf-8")
    spaced = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in head)
    return " ".join(spaced.split())[:LONGEST].strip()


def escaped(word: str) -> str:
    """Return a word for a LIKE pattern in which it stands for itself."""
    return re.sub(r"([\\%_])", r"\\\1", word)


def search(conn: Connection, viewer: Viewer, query: str, today: date, limit: int = 30) -> Found:
    """Return regions and places that fit `query`: every word (by spaces) in the name or address, or a code.

    Best first: the whole name, a 统一社会信用代码 that begins so, the beginning of a name, its middle, the address.
    An empty query, a viewer without rights and a query of signs that nothing contains find nothing; none is an error.
    """
    used = clean(query)
    if not used or not viewer.may("view"):
        return Found(used, (), (), False)
    code = unicodedata.normalize("NFKC", used).upper()
    words = {f"word{n}": f"%{escaped(word)}%" for n, word in enumerate(used.split()[:MOST_WORDS])}
    fold = used.upper() != used.lower()  # signs without capitals (Chinese) are compared as they stand: twice as quick
    name, address, region = (FOLDED.format(c) if fold else c for c in ("p.name", "p.address", "r.name"))
    inserts = {
        "name": name,
        "region": region,
        "words": " AND ".join(f"({name} LIKE :{word} OR {address} LIKE :{word})" for word in words),
    }
    whole = used.lower() if fold else used
    values: dict[str, object] = {"whole": used, "inside": f"%{escaped(whole)}%"}
    region_rows = rows(
        conn, viewer, SQL, "regions", inserts, limit=10,
        digits=f"{code}%" if re.fullmatch(r"\d{4,15}", code) else NOTHING, **values,
    )  # fmt: skip
    place_rows = rows(
        conn, viewer, SQL, "places", inserts, limit=limit + 1, starts=f"{escaped(whole)}%",
        code=f"{code}%" if re.fullmatch(r"[0-9A-Z]{6,18}", code) else NOTHING,
        **{key: word.lower() if fold else word for key, word in words.items()}, **values,
    )  # fmt: skip
    ids = [row["id"] for row in place_rows]
    return Found(
        used,
        tuple(RegionHit(**{**row, "places": row["places"] or 0}) for row in region_rows),
        tuple(read_rows(conn, viewer, ids[:limit], today)),
        len(ids) > limit,
    )
