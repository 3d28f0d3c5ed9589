"""Passwords: Argon2id hashes, what a password must be, and a check that takes as long when nobody has that login."""

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 200

HASHER = PasswordHasher()
"""Argon2id with RFC 9106's low-memory parameters (3 passes, 64 MiB, 4 lanes), the library's defaults."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""A flood of sign-ins may use 2 × 64 MiB and no more."""


class PasswordRefused(ValueError):
    """The password is no good; the text is one sentence for the user."""


def check_password(login: str, password: str) -> None:
    """Refuse a password that is short, endless, blank-like or made of the login.

    Raises :class:`PasswordRefused`.
    """
    if len(password) < MIN_LENGTH:
        raise PasswordRefused(f"密码至少 {MIN_LENGTH} 个字符，现在只有 {len(password)} 个。")
    if len(password) > MAX_LENGTH:
        raise PasswordRefused(f"密码最多 {MAX_LENGTH} 个字符。")
    if len(set(password)) < 4:
        raise PasswordRefused("密码里至少要有 4 个不同的字符。")
    if login.lower() in password.lower():
        raise PasswordRefused("密码里不能含有登录名。")


def hash_password(password: str) -> str:
    """Return the Argon2id hash of `password` in PHC form (`$argon2id$…`)."""
    with _AT_ONCE:
        return HASHER.hash(password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` belongs to the hash `stored`; with None the same work is done and the answer is no."""
    against = _nobodys_hash() if stored is None else stored
    try:
        with _AT_ONCE:
            fits = HASHER.verify(against, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def outdated(stored: str) -> bool:
    """Whether a hash was made with lesser parameters than today's and is to be made anew."""
    return HASHER.check_needs_rehash(stored)
