"""SQL kept as source: files of named pieces, each under a line `-- name: piece`."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text

FOLDER = Path(__file__).parent


@cache
def pieces(file: str, **tables: str) -> dict[str, TextClause]:
    """Return the named pieces of one `.sql` file of this folder, ready to execute with bound values.

    `tables` fills placeholders such as `{cells}`; the names are ours, never text from outside.
    """
    source = (FOLDER / file).read_text(encoding="utf-8")
    for placeholder, table in tables.items():
        source = source.replace("{" + placeholder + "}", table)
    parts = re.split(r"^-- name: (\w+)$", source, flags=re.MULTILINE)
    return {name: text(body.strip().rstrip(";")) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
