"""统一社会信用代码 in bulk: the GB 32100 check character for arrays (one code at a time: `geo.codes`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.demo.dice import Objects

SIGNS = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_BODY_SIGNS = 31
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])


def codes(rng: np.random.Generator, divisions: Objects, kind: str = "91") -> Objects:
    """Return (n,) valid codes: department and type `kind`, each row's division (six digits), a drawn organisation code.

    The organisation code (signs 9–17) carries its own GB 11714 check sign, as real ones do.
    """
    n = len(divisions)
    digits = np.empty((n, 17), dtype=np.int64)
    digits[:, :2] = [int(kind[0]), int(kind[1])]
    six = pd.Series(divisions).str[:6].to_numpy().astype("U6")
    digits[:, 2:8] = np.ascontiguousarray(six).view(np.uint32).reshape(n, 6) - ord("0")
    digits[:, 8:10] = [19, 0]  # "K0": offices give "MA" since 2015, so that ours are seen to be invented
    digits[:, 10:16] = rng.integers(0, 31, (n, 6))
    digits[:, 16] = _organisation_sign(digits[:, 8:16])
    check = -(digits @ WEIGHTS) % 31
    signs = SIGNS[np.column_stack([digits, check])]
    joined = np.ascontiguousarray(signs).view(f"<U{18}").ravel()
    return joined.astype(object)


def _organisation_sign(digits: np.ndarray) -> np.ndarray:
    """GB 11714 check of eight signs; there A–Z count 10–35, so a sign's value is that of the whole alphabet."""
    values = np.array(["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(sign) for sign in SIGNS])[digits]
    rest = (11 - values @ _ORGANISATION_WEIGHTS % 11) % 11
    return np.where(rest == 10, 29, rest)  # 10 is written X, which is sign 29 of the alphabet


def spoil(rng: np.random.Generator, good: Objects) -> Objects:
    """Return the codes with a wrong check character, as a slip of the pen leaves them."""
    wrong = {sign: SIGNS[(i + 1 + int(rng.integers(0, 29))) % 31] for i, sign in enumerate(SIGNS)}
    return np.array([code[:17] + wrong[code[17]] for code in good], dtype=object)
