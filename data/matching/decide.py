"""Same, doubtful or different: the first rule that fits decides, and says why in words."""

from typing import Any

import numpy as np
import pandas as pd

from data.matching.rules import ANSWERS, Rules
from data.matching.words import words

OUTCOMES = ("different", "doubtful", "same")
NO_RULE = "没有足够的理由认为是同一处"
_SHOWN = {"code": ("code", "wrong_code"), "licence": ("licence",), "name": ("core",), "branch": ("branch",),
          "address": ("rest",)}  # fmt: skip


def decide(pairs: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Add to a frame of features: `outcome` (position in `OUTCOMES`), `rule` (its name or "") and `score` 0–100."""
    out = pairs.assign(outcome=np.int8(0), rule="")
    open_ = np.ones(len(pairs), dtype=bool)
    for rule in rules.rules:
        fits = open_.copy()
        for subject, answers in rule.when.items():
            fits &= np.isin(pairs[subject].to_numpy(), [ANSWERS[subject].index(answer) for answer in answers])
        out.loc[fits, "outcome"] = OUTCOMES.index(rule.then)
        out.loc[fits, "rule"] = rule.name
        open_ &= ~fits
    score = np.zeros(len(pairs))
    for subject, points in rules.points.items():
        table = np.array([points.get(answer, 0) for answer in ANSWERS[subject]], dtype=float)
        score += table[pairs[subject].to_numpy()]
    return out.assign(score=np.clip(score, 0, 100))


def evidence(rows: pd.DataFrame, pair: Any, rules: Rules) -> list[dict[str, str]]:
    """Return what speaks for and against one decided pair: the rule's reason first, then a line per comparison.

    `pair` is a row of `decide`'s frame (named tuple). A line has `what`, `answer` and `text`, a Chinese sentence.
    """
    reason = next((rule.reason for rule in rules.rules if rule.name == pair.rule), NO_RULE)
    lines = [{"what": "rule", "answer": OUTCOMES[pair.outcome], "text": reason}]
    for subject, sentences in words()["evidence"].items():
        answer = ANSWERS[subject][getattr(pair, subject)]
        if answer not in sentences:
            continue
        a, b = (_shown(rows, at, subject) for at in (pair.left, pair.right))
        said = sentences[answer].format(a=a, b=b, likeness=pair.likeness, distance_m=pair.distance_m)
        lines.append({"what": subject, "answer": answer, "text": said})
    return lines


def _shown(rows: pd.DataFrame, at: int, subject: str) -> str:
    return next((str(rows.at[at, column]) for column in _SHOWN.get(subject, ()) if rows.at[at, column]), "—")
