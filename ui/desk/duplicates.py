"""疑似重复: two records side by side, settled by a click; what was merged can be taken apart again."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from data.access import Answer
from data.jobs import defer
from data.matching import queue
from data.matching.merge import Refused
from data.services import current
from ui.components import duplicate_pair, duplicate_past, reads
from ui.components.html import plain, show, tag
from ui.navigation import go, here
from ui.words import number, t

PAGE = 5
SCORING = "risk.run"
SAID = "yzt_duplicates_said"


def draw() -> None:
    """Draw the page."""
    show(tag("div", t("dup_intro"), cls="soft small"))
    if (said := st.session_state.pop(SAID, None)) is not None:
        (st.success if said[0] else st.warning)(plain(said[1]))
    may = reads.viewer().may("import")
    if not may:
        st.info(plain(t("dup_no_right", reason=may.reason)))
    _queue(may)
    merges, different = st.columns(2, gap="medium")
    with merges:
        _merges(may)
    with different:
        _differents(may)


def _queue(may: Answer) -> None:
    counts = reads.fresh(queue.read_counts)
    district = _district({row["code"]: t("dup_district", name=row["name"], n=number(row["n"])) for row in counts})
    first = here().first // PAGE * PAGE
    pairs, total = reads.fresh(queue.read_pairs, district, PAGE, first)
    if not pairs and total:
        first = (total - 1) // PAGE * PAGE
        pairs, total = reads.fresh(queue.read_pairs, district, PAGE, first)
    if not pairs:
        show(tag("div", t("dup_none"), cls="gapcard soft"))
    for pair in pairs:
        with st.container(border=True, key=f"yzt_pair_{pair.id}", gap="small"):
            _pair(pair, may)
    _pager(first, len(pairs), total)


def _district(names: dict[str, str]) -> str | None:
    """Draw the districts with their numbers; the address keeps the chosen one."""
    chosen = here().region
    chosen = chosen if chosen in names else None
    _, total = reads.fresh(queue.read_pairs, None, 1, 0)
    options = ["", *names]
    st.session_state["yzt_dup_district"] = chosen or ""
    st.pills(
        t("page_duplicates"), options, key="yzt_dup_district", label_visibility="collapsed",
        format_func=lambda code: plain(names[code]) if code else t("dup_all", n=number(total)),
        on_change=lambda: go(region=st.session_state["yzt_dup_district"] or None, first=None),
    )  # fmt: skip
    return chosen


def _pair(pair: queue.Pair, may: Answer) -> None:
    show(duplicate_pair.head(pair))
    table, why = st.columns([0.64, 0.36], gap="small")
    with table:
        show(duplicate_pair.side_by_side(pair))
    with why:
        show(tag("b", t("dup_evidence"), cls="small"), duplicate_pair.evidence(pair))
        if may:
            with st.container(horizontal=True, gap="small"):
                _button("dup_same", f"same_{pair.id}", _decide, pair.id, "same", primary=True)
                _button("dup_different", f"different_{pair.id}", _decide, pair.id, "different")
                _button("dup_later", f"later_{pair.id}", _decide, pair.id, "later")


def _button(label: str, key: str, does: Callable[..., None], *args: Any, primary: bool = False) -> None:
    st.button(t(label), key=f"yzt_{key}", on_click=does, args=args, type="primary" if primary else "secondary")


def _decide(pair: int, answer: queue.Answer) -> None:
    done = {"same": "dup_merged", "different": "dup_kept_different", "later": "dup_postponed"}[answer]

    def settle() -> str:
        queue.decide_pair(current().engine, reads.viewer(), pair, answer)
        return t(done)

    _do(settle, rescore=answer == "same")


def _take_apart(merge: int) -> None:
    def settle() -> str:
        apart = queue.take_apart(current().engine, reads.viewer(), merge)
        later = [duplicate_past.label(*name.split(".", 1)) for name in apart.later]
        return t("dup_split_later", columns="、".join(later)) if later else t("dup_split")

    _do(settle, rescore=True)


def _ask_again(pair: int) -> None:
    def settle() -> str:
        queue.ask_again(current().engine, reads.viewer(), pair)
        return t("dup_again")

    _do(settle, rescore=False)


def _do(settle: Callable[[], str], rescore: bool) -> None:
    """Do what a button says; keep the sentence for the run that follows, and queue the scoring."""
    try:
        st.session_state[SAID] = (True, settle())
    except Refused as refused:
        st.session_state[SAID] = (False, str(refused))
        return
    if rescore:
        defer(current().url, SCORING)


def _pager(first: int, shown: int, total: int) -> None:
    if total <= PAGE:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(t("previous"), key="yzt_dup_previous", disabled=first == 0, on_click=go,
                  kwargs={"first": max(first - PAGE, 0)})  # fmt: skip
        st.button(t("next"), key="yzt_dup_next", disabled=first + shown >= total, on_click=go,
                  kwargs={"first": first + PAGE})  # fmt: skip
        show(tag("span", t("dup_page_of", first=first + 1, last=first + shown, total=number(total)), cls="soft small"))


def _merges(may: Answer) -> None:
    show(tag("div", t("dup_merges"), cls="h"))
    merges = reads.fresh(queue.read_merges)
    if not merges:
        show(tag("div", t("dup_merges_none"), cls="soft small"))
    for merge in merges:
        with st.container(border=True, key=f"yzt_merge_{merge['id']}", gap="xsmall"):
            show(duplicate_past.merge_line(merge))
            if may and merge["undone_at"] is None:
                _button("dup_take_apart", f"apart_{merge['id']}", _take_apart, merge["id"])


def _differents(may: Answer) -> None:
    show(tag("div", t("dup_differents"), cls="h"))
    pairs = reads.fresh(queue.read_different)
    if not pairs:
        show(tag("div", t("dup_differents_none"), cls="soft small"))
    for pair in pairs:
        with st.container(border=True, key=f"yzt_differ_{pair['id']}", gap="xsmall"):
            show(duplicate_past.different_line(dict(pair)))
            if may:
                _button("dup_reconsider", f"again_{pair['id']}", _ask_again, pair["id"])
