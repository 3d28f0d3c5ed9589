"""A folder of files as one city: `city.yaml` says which file is which kind, in which datum, with which columns.

All files go in, in the order they are listed, in one transaction: a city is there as a whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Engine, text

from data import drawn
from data.imports import report
from data.imports.kinds import KindError, load_kind
from data.imports.model import ImportOptions, Summary, Unusable
from data.imports.root import PLACEHOLDER_NAME
from data.imports.run import IMPORT_LOCK, audit, import_into
from data.tables import Base

KEPT = (
    "account", "sign_in", "audit", "raw_file", "import_batch", "rejected_row", "layer_version", "upload",
    "import_profile",
)  # fmt: skip
"""Tables that outlive a change of city: who may do what, what was done, and what came in."""


class CityFile(BaseModel):
    """One file of a city: path, kind, and the options of `import` that it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    kind: str
    layer: str | None = None
    datum: str | None = None
    crs: str | None = None
    source: str | None = None
    encoding: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)


class CityPlan(BaseModel):
    """What `city.yaml` holds. `regions`: nodes of the tree that no file brings (code, name, and parent_code)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    attribution: str | None = None
    notes: tuple[str, ...] = ()
    regions: tuple[dict[str, str], ...] = ()
    files: tuple[CityFile, ...]


@dataclass
class CitySummary:
    """What became of a city: its files' summaries in order, and the sentence when it did not go in."""

    city: str
    files: list[Summary] = field(default_factory=list)
    replaced: bool = False
    dry_run: bool = False
    error: str | None = None

    def _sum(self, name: str) -> int:
        return sum(getattr(summary, name) for summary in self.files)

    @property
    def exit_code(self) -> int:
        """Return 0 when every row went in, 1 when some were rejected, 2 when the city did not go in."""
        if self.error is not None or not self._sum("accepted"):
            return 2
        return 1 if self._sum("rejected") else 0

    def as_json(self) -> dict[str, Any]:
        """Return the totals and every file's summary, ready for JSON."""
        totals = ("read", "accepted", "rejected", "inserted", "updated", "unchanged")
        reasons: dict[str, int] = {}
        for summary in self.files:
            for reason, count in summary.reasons.items():
                reasons[reason] = reasons.get(reason, 0) + count
        return {
            "city": self.city, **{name: self._sum(name) for name in totals}, "reasons": reasons,
            "replaced": self.replaced, "dry_run": self.dry_run, "error": self.error,
            "files": [summary.as_json() for summary in self.files],
        }  # fmt: skip


class _DryRun(Exception):
    pass


def read_plan(folder: Path) -> tuple[CityPlan, Path]:
    """Return the plan of a folder (or of a YAML file) and where it stands. Raises Unusable naming what is wrong."""
    path = folder / "city.yaml" if folder.is_dir() else folder
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan = CityPlan.model_validate(raw)
    except FileNotFoundError:
        raise Unusable(f"找不到 {path}：文件夹里要有 city.yaml") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Unusable(f"{path} 不是合格的 YAML：{str(error).splitlines()[0]}") from None
    except ValidationError as error:
        faults = "；".join(f"{'.'.join(map(str, e['loc']))}：{e['msg']}" for e in error.errors()[:5])
        raise Unusable(f"{path} 写错了：{faults}") from None
    for entry in plan.files:
        try:
            kind = load_kind(entry.kind)
            for name in [*entry.columns.values(), *entry.constants]:
                kind.spec(name)
        except KindError as error:
            raise Unusable(f"{path} 里 {entry.file}：{error}") from None
    return plan, path


def load_city(
    engine: Engine, folder: Path, options: ImportOptions, data: Path | None = None, replace_city: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> CitySummary:  # fmt: skip
    """Load the files of `city.yaml` (paths relative to `data`, default: beside it) as one city.

    `replace_city`: another city in the database, the demo city too, is taken away first, in the same transaction.
    The summary carries the sentence when nothing went in.
    """
    summary = CitySummary(str(folder), dry_run=options.dry_run)
    written: list[tuple[report.Files, Summary, Path | None]] = []
    try:
        plan, path = read_plan(folder)
        summary.city = plan.name
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": IMPORT_LOCK})
            summary.replaced = _make_room(connection, plan, replace_city, options)
            for file, kind, own in _steps(plan, data or path.parent, options):
                say(f"正在导入 {own.file_name}（{kind}）……")
                done = Summary(kind, own.source or kind, str(own.file_name), own.datum, dry_run=options.dry_run)
                with _naming(str(own.file_name)):
                    files = import_into(connection, file, kind, own, done, redraw=False)
                summary.files.append(done)
                written.append((files, done, file if isinstance(file, Path) else None))
            _write_city(connection, plan, summary, options)
            drawn.refresh(connection)
            if options.dry_run:
                raise _DryRun
    except _DryRun:
        return summary
    except Unusable as error:
        summary.error, summary.files = str(error), []
        return summary
    for files, done, beside in written:
        report.write_files(files, done, options, beside)
    return summary


@contextmanager
def _naming(file: str) -> Iterator[None]:
    """Put the file's name into the sentence of what goes wrong with it."""
    try:
        yield
    except Unusable as error:
        raise Unusable(f"{file}：{error}。整座城市都没有导入") from None


def _steps(plan: CityPlan, data: Path, options: ImportOptions) -> Iterator[tuple[Path | bytes, str, ImportOptions]]:
    if plan.regions:
        yield _as_csv(plan.regions), "region", replace(options, source="city.yaml", file_name="city.yaml 的 regions")
    for entry in plan.files:
        path = data / entry.file
        if not path.is_file():
            raise Unusable(f"city.yaml 里写的 {entry.file} 不在 {data} 里：用 --data 说明数据在哪个文件夹")
        shown = f"{entry.file}:{entry.layer}" if entry.layer else entry.file
        own = replace(
            options, datum=entry.datum, crs=entry.crs, source=entry.source, layer=entry.layer, encoding=entry.encoding,
            maps=entry.columns, constants=entry.constants, file_name=shown,
        )  # fmt: skip
        yield path, entry.kind, own


def _as_csv(regions: tuple[dict[str, str], ...]) -> bytes:
    names = list(dict.fromkeys(name for region in regions for name in region))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names)
    writer.writeheader()
    writer.writerows(regions)
    return buffer.getvalue().encode()


def _make_room(connection: Connection, plan: CityPlan, replace_city: bool, options: ImportOptions) -> bool:
    """Refuse a database that holds another city, or take that city away; return whether one was taken away."""
    answer = options.viewer.may("import")
    if not answer or not options.viewer.everywhere:
        raise Unusable(f"不能导入整座城市：{'需要全市权限' if answer else answer.reason}")
    standing = connection.execute(text("SELECT name, is_demo FROM city")).one_or_none()
    if standing is None or (standing.name in (plan.name, PLACEHOLDER_NAME) and not standing.is_demo):
        return False
    what = "演示城市" if standing.is_demo else "另一个城市"
    if not replace_city:
        raise Unusable(
            f"库里是{what}“{standing.name}”，没有导入“{plan.name}”："
            "要换掉它请加 --replace（它的全部数据会删除，账号和日志保留）"
        )
    doomed = [table.name for table in Base.metadata.sorted_tables if table.name not in KEPT]
    connection.exec_driver_sql(f"TRUNCATE {', '.join(doomed)} RESTART IDENTITY")
    connection.exec_driver_sql("UPDATE layer_version SET version = version + 1, changed_at = now()")
    audit(connection, "remove_city", standing.name, {"demo": standing.is_demo}, options)
    return True


def _write_city(connection: Connection, plan: CityPlan, summary: CitySummary, options: ImportOptions) -> None:
    connection.execute(
        text(
            "INSERT INTO city (id, name, is_demo, attribution, notes) "
            "VALUES (1, :name, false, :attribution, CAST(:notes AS jsonb)) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, is_demo = false, seed = NULL, as_of = NULL, "
            "attribution = excluded.attribution, notes = excluded.notes"
        ),
        {"name": plan.name, "attribution": plan.attribution, "notes": orjson.dumps(list(plan.notes)).decode()},
    )
    counts = {key: value for key, value in summary.as_json().items() if key != "files"}
    audit(connection, "city", plan.name, counts, options)
