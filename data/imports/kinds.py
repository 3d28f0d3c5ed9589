"""The kinds of spreadsheet: one YAML file each in `kinds/`, checked when read. A new file is a new kind."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent / "kinds"


class KindError(ValueError):
    """A kind that does not exist, or a YAML file of a kind that is wrong."""


class FieldSpec(BaseModel):
    """One field of a kind: what it is called in spreadsheets, its type and its bounds.

    `words`: stored value → spellings (for choice, choices and bool). `unit` is what is stored; `need_unit` means that
    a number without a unit (in heading, unit column or cell) is refused rather than guessed. `personal`: names or
    numbers of persons, exported by permission only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal[
        "text", "int", "number", "date", "datetime", "bool", "choice", "choices", "list", "uscc", "region_code",
        "longitude", "latitude", "pair", "datum", "unit",
    ]  # fmt: skip
    title: str
    headings: tuple[str, ...] = ()
    required: bool = False
    unit: str | None = None
    need_unit: bool = False
    min: float | None = None
    max: float | None = None
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    contains: bool = False
    on_bad: Literal["reject", "warn"] = "reject"
    past: bool = False
    personal: bool = False

    @model_validator(mode="after")
    def _words_for_choices(self) -> FieldSpec:
        if self.type in ("choice", "choices") and not self.words:
            raise ValueError("a choice needs words")
        if self.need_unit and self.unit is None:
            raise ValueError("need_unit without a unit")
        return self


class Kind(BaseModel):
    """A kind of spreadsheet: its fields, who writes it (`target`), and what identifies a row.

    `key`: lists of fields; the first list whose first field is filled makes the row's key (the others may be empty).
    `shape`: the geometry it takes from vector files. `defaults`: field → value where neither file nor caller gives one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    title: str
    target: str
    include: tuple[str, ...] = ()
    shape: Literal["point", "polygon", "line", "any", "none"] = "none"
    key: tuple[tuple[str, ...], ...]
    place_kinds: tuple[str, ...] = ()
    prefer: str | None = None
    defaults: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldSpec]

    @model_validator(mode="after")
    def _names_known(self) -> Kind:
        for name in [*(f for alternative in self.key for f in alternative), *self.defaults]:
            if name not in self.fields:
                raise ValueError(f"{name!r} is not a field")
        return self

    def spec(self, name: str) -> FieldSpec:
        """Return the field called `name`; KindError when there is none."""
        if name not in self.fields:
            raise KindError(f"“{self.title}”没有字段 {name}，能用的是：{'、'.join(self.fields)}")
        return self.fields[name]


def kind_names() -> list[str]:
    """Return the kinds there are, by their files (those beginning with `_` are shared groups of fields)."""
    return sorted(path.stem for path in FOLDER.glob("[!_]*.yaml"))


@cache
def load_kind(name: str) -> Kind:
    """Return the kind called `name`; KindError (Chinese) when there is none or its file is wrong."""
    path = FOLDER / f"{name}.yaml"
    if name not in kind_names():
        raise KindError(f"没有“{name}”这种表，能导入的是：{'、'.join(kind_names())}")
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        fields: dict[str, Any] = {}
        for group in raw.get("include", ()):
            fields |= yaml.safe_load((FOLDER / f"{group}.yaml").read_text(encoding="utf-8"))
        fields |= yaml.safe_load((FOLDER / "_exported.yaml").read_text(encoding="utf-8"))
        return Kind.model_validate(raw | {"kind": name, "fields": _merged(fields, raw.get("fields", {}))})
    except (ValidationError, yaml.YAMLError, OSError) as error:
        raise KindError(f"{path.name}: {error}") from error


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Own fields first; an own field with the name of a shared one changes only what it names."""
    changed = {name: shared.get(name, {}) | spec for name, spec in own.items()}
    return changed | {name: spec for name, spec in shared.items() if name not in own}
