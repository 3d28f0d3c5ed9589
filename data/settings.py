"""Settings: everything that comes from outside the program, typed, read once at start-up.

Names are ``YZT_<FIELD>`` in the environment, plus the customary ``DATABASE_URL``. Nothing is read at import:
call :func:`load_settings` where a program starts and hand the result on. An unknown ``YZT_`` name, a value that
does not fit and a contradiction are refused with one sentence (:class:`SettingsError`); each setting is described
in ``docs/settings.md``.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.state_folder import PROJECT_ROOT, default_state_dir

PREFIX = "YZT_"
TIME_ZONE = ZoneInfo("Asia/Shanghai")
"""The zone every time is shown in; times are stored in UTC."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

REASONS = {
    "greater_than_equal": "最小是 {ge}",
    "less_than_equal": "最大是 {le}",
    "int_parsing": "要写整数",
    "float_parsing": "要写数字",
    "bool_parsing": "要写 true 或 false",
    "literal_error": "只能是 {expected}",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
}
"""Why a value does not fit, by pydantic's type of error."""


class SettingsError(ValueError):
    """A setting is unknown, does not fit or contradicts another; the text is one sentence for the user."""


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address) is this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Settings(BaseSettings):
    """What may be set from outside. Field names are the lower-case environment names without ``YZT_``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    # database
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("database_url", "DATABASE_URL", "YZT_DATABASE_URL"),
        repr=False,
        description="PostGIS to use (postgresql://…); none: the program starts a private cluster of its own",
    )
    state_dir: Path = Field(
        default_factory=default_state_dir, description="Folder of the private cluster, its leases and kept raw files"
    )
    pg_bin: Path | None = Field(
        default=None, description="bin folder of the PostgreSQL to use for the private cluster, instead of the newest"
    )
    pg_transport: Literal["socket", "tcp"] = Field(
        default="socket", description="How the private cluster listens: a unix socket, or a free port on loopback"
    )

    # standing sources
    sources_dir: Path | None = Field(
        default=None, description="Folder of the YAML files that describe standing sources; none: nothing is watched"
    )

    # the web server
    host: str = Field(default="127.0.0.1", min_length=1, description="Address the pages are served on")
    port: int = Field(default=8501, ge=1, le=65535, description="Port the pages are served on")
    city_title: str = Field(default="示例市", min_length=1, max_length=40, description="Name of the city on screens")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged")

    # tiles
    tile_pool_size: int = Field(default=8, ge=1, le=64, description="Most database connections that tiles may use")
    tile_statement_timeout_ms: int = Field(
        default=10_000, ge=100, le=600_000, description="Milliseconds after which a tile's query is cancelled"
    )
    tile_concurrency: int = Field(default=8, ge=1, le=64, description="Tiles that are made at the same time")

    # demo and tests
    demo_seed: int = Field(default=20_260_101, ge=0, description="Seed of the demo city")
    demo_size: Literal["small", "full"] = Field(default="full", description="Size of the demo city: a district or all")
    shared_data: Path = Field(
        default=PROJECT_ROOT.parent / "shared" / "data", description="Real data for tests that need it"
    )

    @field_validator("state_dir", "shared_data", "pg_bin", "sources_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else Path(os.path.abspath(value.expanduser()))

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) and value.upper() in LOG_LEVELS else value

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: str | None) -> str | None:
        if value is not None and value.split("://", 1)[0] not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise ValueError("要写成 postgresql://用户:密码@主机:端口/库名")
        return value

    @model_validator(mode="after")
    def _no_contradiction(self) -> Settings:
        if self.database_url is not None:
            for name in ("pg_bin", "pg_transport"):
                if name in self.model_fields_set:
                    setting = PREFIX + name.upper()
                    raise ValueError(f"DATABASE_URL 已指定数据库，{setting} 只对自带的数据库有效，两者只能留一个")
        if self.tile_concurrency > self.tile_pool_size:
            raise ValueError(
                f"YZT_TILE_CONCURRENCY（{self.tile_concurrency}）大于 YZT_TILE_POOL_SIZE（{self.tile_pool_size}），"
                "多出的请求拿不到连接"
            )
        return self

    def today(self) -> date:
        """Today's date in Asia/Shanghai: the one clock, read where a program starts and handed on as an argument."""
        return datetime.now(TIME_ZONE).date()


def setting_names() -> list[str]:
    """Environment names that are understood, in the order they are declared."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; ``overrides`` (field names) win over it.

    Raises :class:`SettingsError` with one sentence when a ``YZT_`` name is unknown, a value does not fit or two
    settings contradict each other.
    """
    known = setting_names()
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"，是不是 {close[0]}" if close else "，能用的设置见 docs/settings.md"
            raise SettingsError(f"环境变量 {name} 不是本程序的设置{hint}。")
    urls = {os.environ[name] for name in ("DATABASE_URL", "YZT_DATABASE_URL") if os.environ.get(name)}
    if len(urls) > 1:
        raise SettingsError("DATABASE_URL 与 YZT_DATABASE_URL 指向不同的数据库，只能留一个。")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    """All faults of ``error`` in one Chinese sentence; the value of a database address is never shown."""
    faults = []
    for fault in error.errors():
        context = fault.get("ctx", {})
        pattern = REASONS.get(fault["type"], str(context.get("error", "")) or fault["msg"])
        text = pattern.format(**context) if fault["type"] in REASONS else pattern
        if not fault["loc"]:
            faults.append(text)
            continue
        field = str(fault["loc"][0])
        name = "DATABASE_URL" if field.lower().endswith("database_url") else PREFIX + field.upper()
        shown = "" if name == "DATABASE_URL" else f"（现在是 {fault['input']}）"
        faults.append(f"设置 {name}{shown}不合适：{text}")
    return "；".join(faults) + "。"
