"""Fixtures every test may use: a fresh migrated PostGIS database, settings, a browser, the running app.

PostGIS and Chromium are part of the product's promise: where one is missing its tests FAIL, they are not skipped.
Only tests marked ``shared_data`` are skipped, visibly, where the real data is not beside the checkout.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from data import embedded
from data.embedded.bootstrap import EXTENSIONS
from data.embedded.server import running
from data.engine import libpq_url, make_engine, sqlalchemy_url, upgrade
from data.settings import PREFIX, Settings, load_settings

# on a build machine the same examples every time: a new find is for a person's run, not for somebody else's commit
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")
ROOT = Path(__file__).resolve().parents[1]
FAST_AND_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB"}
"""A test database may be lost when the machine falls over; it must not wait for the disk."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
APP_START_SECONDS = 120
TMP_PREFIX = "yzt-test-"
ROOM_IN_MEMORY = 4 * 1024**3
"""Bytes free in /dev/shm from which the test databases live there."""


@dataclass
class TestServer:
    """One PostgreSQL for the whole run: where databases are made, copied and dropped."""

    __test__ = False

    admin_url: str
    owner: str | None
    prefix: str
    made: int = 0

    def url(self, database: str, url: str | None = None) -> str:
        """Address of ``database`` for the role of ``url`` (default: the administrator)."""
        address = make_url(sqlalchemy_url(url or self.admin_url)).set(database=database)
        return libpq_url(address.render_as_string(hide_password=False))

    def run(self, statement: sql.Composable, database: str = "postgres") -> None:
        """Run one statement as the administrator, outside a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str = "template0") -> str:
        """A new database copied from ``template``; returns its name."""
        self.made += 1
        name = f"{self.prefix}_{self.made}"
        owner = sql.SQL(" OWNER {}").format(sql.Identifier(self.owner)) if self.owner else sql.SQL("")
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
            + owner
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def sweep(folder: Path) -> None:
    """Remove what a test run that was killed left behind: its folder and the servers in it."""
    owner = int(folder.name.removeprefix(TMP_PREFIX).split("-")[0])
    if Path(f"/proc/{owner}").exists():
        return
    for version in folder.glob("**/cluster/data/PG_VERSION"):
        alive = running(version.parent)
        if alive is not None:
            os.kill(alive.pid, signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def enterable_tmp() -> Iterator[Path]:
    """A short temporary folder that the cluster's own user can pass through (pytest's are private to root)."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_IN_MEMORY
    place = memory if roomy else Path("/tmp")  # noqa: S108
    for left_over in place.glob(f"{TMP_PREFIX}*"):
        sweep(left_over)
    folder = Path(tempfile.mkdtemp(prefix=f"{TMP_PREFIX}{os.getpid()}-", dir=place))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def test_server(enterable_tmp: Path) -> Iterator[tuple[TestServer, str]]:
    """The PostgreSQL of this run and the URL of the role the product uses on it."""
    prefix = f"yzt_test_{os.getpid()}"
    given = os.environ.get("DATABASE_URL")
    if given:
        url = libpq_url(given)
        yield TestServer(url, None, prefix), url
        return
    settings = load_settings(state_dir=enterable_tmp / "state", database_url=None)
    try:
        lease = embedded.acquire(settings, options=FAST_AND_UNSAFE)
    except embedded.EmbeddedError as error:
        pytest.fail(str(error), pytrace=False)
    yield TestServer(lease.admin_url, "yizhangtu", prefix), lease.url
    lease.release()


@pytest.fixture(scope="session")
def new_database(test_server: tuple[TestServer, str]) -> Iterator[Callable[[str], str]]:
    """Make a database from a template by name; returns its URL for the product's role. All are dropped at the end."""
    server, product_url = test_server
    made: list[str] = []

    def make(template: str = "template0") -> str:
        name = server.create(template)
        made.append(name)
        return server.url(name, product_url)

    yield make
    for name in reversed(made):
        server.drop(name)


def database_name(url: str) -> str:
    """Name of the database in ``url``."""
    return str(make_url(sqlalchemy_url(url)).database)


@pytest.fixture(scope="session")
def template(test_server: tuple[TestServer, str], new_database: Callable[[str], str]) -> str:
    """Name of a database that was migrated once; every test gets a copy."""
    url = new_database("template0")
    server, _ = test_server
    name = database_name(url)
    for extension in EXTENSIONS:
        server.run(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)), name)
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture
def db_url(test_server: tuple[TestServer, str], template: str) -> Iterator[str]:
    """URL of a fresh, migrated, empty database, dropped after the test."""
    server, product_url = test_server
    name = server.create(template)
    yield server.url(name, product_url)
    server.drop(name)


@pytest.fixture
def db(db_url: str) -> Iterator[Engine]:
    """A SQLAlchemy engine on a fresh, migrated, empty database."""
    engine = make_engine(db_url)
    yield engine
    engine.dispose()


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the environment of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(PREFIX) or name == "DATABASE_URL":
            monkeypatch.delenv(name)


@pytest.fixture
def settings(db_url: str, tmp_path: Path, clean_environment: None) -> Settings:
    """Settings that point at the test's own database and folder."""
    return load_settings(database_url=db_url, state_dir=tmp_path / "state", demo_size="small")


def shared_data_folder() -> Path:
    """Where the real data is looked for."""
    return Path(os.environ.get("YZT_SHARED_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test is skipped, visibly, where it is absent."""
    folder = shared_data_folder()
    if not folder.is_dir():
        pytest.skip(f"real data is not at {folder}")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip ``shared_data`` tests without the data; run those in a browser last, after the quick ones."""
    if not shared_data_folder().is_dir():
        missing = pytest.mark.skip(reason=f"real data is not at {shared_data_folder()}")
        for item in items:
            if item.get_closest_marker("shared_data"):
                item.add_marker(missing)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium (Playwright's sync API). One per module: its event loop must not meet other tests' own."""
    from playwright.sync_api import sync_playwright

    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail("Chromium is not installed: apt-get install chromium", pytrace=False)
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@dataclass
class LiveApp:
    """The app as a user runs it: a process, its address and its log."""

    url: str
    database_url: str
    process: subprocess.Popen[bytes]
    log_file: Path
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def log(self) -> str:
        """All that the process has said so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with closing(socket.socket()) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def program_environment(database_url: str, state_dir: Path) -> dict[str, str]:
    """Environment of a program of ours started by a test."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return ours | {
        "DATABASE_URL": database_url,
        "YZT_STATE_DIR": str(state_dir),
        "YZT_DEMO_SIZE": "small",
        "PYTHONUNBUFFERED": "1",
    }


def run_program(*arguments: str, database_url: str, state_dir: Path, seconds: float = 300) -> str:
    """Run ``python -m …`` of ours to its end; the test fails with its output when it does."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=program_environment(database_url, state_dir), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.fail(f"python -m {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.fixture(scope="session")
def demo_city_url(template: str, new_database: Callable[[str], str], enterable_tmp: Path) -> str:
    """URL of a database with the small demo city in it, made once; tests read it and change nothing."""
    url = new_database(template)
    run_program("data", "ready", "--size", "small", database_url=url, state_dir=enterable_tmp / "demo")
    return url


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = APP_START_SECONDS) -> None:
    """Wait until ``url`` answers 200; raises :class:`TimeoutError`, or :class:`RuntimeError` when the process ends."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address)
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer in {seconds:.0f} s")


@contextmanager
def running_app(database_url: str, folder: Path) -> Iterator[LiveApp]:
    """The app on a free port, started as ``streamlit run app.py``; its log and state are in ``folder``."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log_file = folder / "app.log"
    command = [
        sys.executable, "-m", "streamlit", "run", "app.py",
        "--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true",
    ]  # fmt: skip
    environment = program_environment(database_url, folder) | {"YZT_PORT": str(port)}
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    app = LiveApp(f"http://127.0.0.1:{port}", database_url, process, log_file)
    try:
        try:
            wait_for(f"{app.url}/healthz", process)
        except (RuntimeError, TimeoutError) as error:
            pytest.fail(f"{error}\n{app.log[-4000:]}", pytrace=False)
        yield app
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def live_app(demo_city_url: str, enterable_tmp: Path) -> Iterator[LiveApp]:
    """The app against the small demo city, started once."""
    with running_app(demo_city_url, enterable_tmp / "app") as app:
        yield app
