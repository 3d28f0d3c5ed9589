"""What a standing source is: one YAML file each, in the folder `YZT_SOURCES_DIR`. A new file is a new source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.imports.kinds import KindError, load_kind

_VIEW = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


RECONCILED = ("place", "station", "sensor", "zone")
"""Tables whose rows a full delivery can say are gone: those written row by row under the file's own keys."""


class PlanError(ValueError):
    """A source's YAML file cannot be used; the text is one Chinese sentence that names the file."""


class Plan(BaseModel):
    """One standing source: where it stands, what kind of rows it holds, and how often it is looked at.

    Either `folder` (with `pattern`) or `view` with `database`: the name of the environment variable that holds the
    database's address, so that no password stands in a file. `mode` full: every delivery holds all rows, and what it no
    longer holds is proposed as gone; incremental: only new and changed rows come.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    kind: str
    mode: Literal["full", "incremental"]
    folder: Path | None = None
    pattern: str = "*"
    view: str | None = None
    database: str | None = None
    every_minutes: int = Field(default=15, ge=1, le=10_080)
    datum: str | None = None
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> Plan:
        if (self.folder is None) == (self.view is None):
            raise ValueError("folder 和 view 要写一个，也只能写一个")
        if self.view is not None and (self.database is None or not _VARIABLE.fullmatch(self.database)):
            raise ValueError("写了 view，就要在 database 里写存放数据库地址的环境变量名（大写字母、数字、下划线）")
        if self.view is not None and not _VIEW.fullmatch(self.view):
            raise ValueError("view 要写成 视图名 或 模式.视图名")
        if self.folder is not None and ("/" in self.pattern or "\\" in self.pattern):
            raise ValueError("pattern 只是文件名的样式，如 *.xlsx，不能含路径")
        try:
            target = load_kind(self.kind).target
        except KindError as error:
            raise ValueError(str(error)) from None
        if self.mode == "full" and target not in RECONCILED:
            raise ValueError(f"kind {self.kind} 的表是往来记录，只增不减：mode 要写 incremental")
        return self


def read_plans(folder: Path) -> list[Plan]:
    """Return the sources of a folder by file name; relative folders count from it. Raises PlanError for a bad one."""
    if not folder.is_dir():
        raise PlanError(f"没有文件夹 {folder}：YZT_SOURCES_DIR 指向放来源说明（*.yaml）的文件夹")
    found: list[Plan] = []
    for path in sorted(folder.glob("*.yaml")):
        plan = _read(path)
        if any(plan.name == other.name for other in found):
            raise PlanError(f"{path.name}：来源“{plan.name}”已有同名的说明，名字不能重复")
        found.append(plan)
    return found


def _read(path: Path) -> Plan:
    try:
        plan = Plan.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise PlanError(f"{path.name} 读不出来：{str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = str(first.get("ctx", {}).get("error", "")) or first["msg"]
        raise PlanError(f"{path.name}：{where + ' ' if where else ''}{reason}") from None
    if plan.folder is not None and not plan.folder.is_absolute():
        plan = plan.model_copy(update={"folder": (path.parent / plan.folder).resolve()})
    return plan
