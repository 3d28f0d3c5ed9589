"""A city of two districts with one place each, and an administrator's viewer to make accounts with."""

import pytest
import sqlalchemy as sa

from data.access import Viewer, passwords, recent

CITY = """
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


@pytest.fixture
def city(db: sa.Engine) -> sa.Engine:
    """An engine on a database with two districts."""
    with db.begin() as conn:
        conn.execute(sa.text(CITY))
    return db


@pytest.fixture
def operator() -> Viewer:
    """Who makes the accounts of a test."""
    return Viewer(name="测试", role="local", regions=None)
