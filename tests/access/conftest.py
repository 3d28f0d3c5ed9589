"""A city of two districts with one place each, and an administrator's viewer to make accounts with."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from data.access import Viewer, passwords, recent
from data.engine import make_engine

CITY = """
ALTER TABLE audit DISABLE TRIGGER audit_append_only;
TRUNCATE account, audit, region RESTART IDENTITY CASCADE;
ALTER TABLE audit ENABLE TRIGGER audit_append_only;
INSERT INTO region (id, code, name, level, parent_id, is_rest, path, source, source_key) VALUES
 (1, '370200', '示例市', 1, NULL, false, '{1}', 't', '1'),
 (2, '370202', '东区', 2, 1, false, '{1,2}', 't', '2'),
 (3, '370203', '西区', 2, 1, false, '{1,3}', 't', '3'),
 (4, '370202X', '未落格', 3, 2, true, '{1,2,4}', 't', '4'),
 (5, '370203X', '未落格', 3, 3, true, '{1,3,5}', 't', '5')
"""


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with small parameters, so that a test takes milliseconds; the kind stays the same."""
    monkeypatch.setattr(passwords, "HASHER", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys_hash.cache_clear()
    recent.forget()


@pytest.fixture(scope="module")
def one_database(template: str, new_database: Callable[[str], str]) -> Iterator[sa.Engine]:
    """One migrated database for all tests of a module: making one each would take most of their time."""
    engine = make_engine(new_database(template))
    yield engine
    engine.dispose()


@pytest.fixture
def city(one_database: sa.Engine) -> sa.Engine:
    """An engine on a database with two districts and no account."""
    with one_database.begin() as conn:
        conn.execute(sa.text(CITY))
    return one_database


@pytest.fixture
def operator() -> Viewer:
    """Who makes the accounts of a test."""
    return Viewer(name="测试", role="local", regions=None)
