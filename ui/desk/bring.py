"""导入: hand a spreadsheet in, see what it is and what would become of it, let it in, take a whole batch back."""

from typing import Any, cast

import altair as alt
import pandas as pd
import streamlit as st

from data.access import Viewer
from data.batches import BatchRow, read_batches, read_outlines
from data.imports.kinds import kind_names, load_kind
from data.imports.undo import UndoError, undo
from data.jobs import defer
from data.services import current
from data.settings import TIME_ZONE
from data.uploads import Uploaded, UploadError, change, list_uploads, read_upload, receive, start
from data.uploads.check import DATUM_SAID
from data.uploads.store import rejected_file
from ui.components import reads
from ui.components.html import plain, show, tag
from ui.words import number, t, word, words

EVERY_S = 1.0
DATUMS = ("", "wgs84", "gcj02", "bd09", "cgcs2000")
OURS = "yzt_"
"""Fields that only our own exports have."""
WORK, RESCORE = "uploads.work", "risk.run"


def draw() -> None:
    """Draw the page."""
    viewer = reads.viewer()
    show(tag("h2", t("page_import"), cls="page"))
    allowed = viewer.may("import")
    if not allowed:
        st.warning(plain(allowed.reason))
        return
    left, right = st.columns([1, 2], gap="medium")
    with left:
        _hand_in(viewer)
        _mine(viewer)
    with right:
        _chosen(viewer)
    _batches(viewer)


def _hand_in(viewer: Viewer) -> None:
    turn = st.session_state.setdefault("yzt_import_turn", 0)
    given = st.file_uploader(
        t("import_drop"), key=f"yzt_upload_{turn}",
        type=["csv", "txt", "tsv", "xlsx", "xlsm", "geojson", "json", "gpkg", "zip"],
    )  # fmt: skip
    st.caption(plain(t("import_formats")))
    if given is None:
        return
    try:
        with current().engine.begin() as connection:
            upload = receive(connection, viewer, given.name, given.getvalue())
    except UploadError as error:
        st.error(plain(error))
        return
    _queue()
    st.session_state["yzt_import_turn"] = turn + 1  # the file is kept: the box is empty again
    st.query_params["upload"] = str(upload)
    st.rerun()


def _queue() -> None:
    defer(current().url, WORK)


def _mine(viewer: Viewer) -> None:
    uploads = reads.fresh(list_uploads, 8)
    if not uploads:
        return
    st.markdown(f"**{t('import_mine')}**")
    for one in uploads:
        label = f"{_at(one.created_at)}　{one.file_name[:28]}　{word('upload_states', one.state)}"
        if st.button(plain(label), key=f"yzt_up_{one.id}", type="tertiary"):
            st.query_params["upload"] = str(one.id)
            st.rerun()


def _chosen(viewer: Viewer) -> None:
    text = st.query_params.get("upload", "")
    number_ = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    upload = reads.fresh(read_upload, number_) if number_ else None
    if upload is None:
        show(tag("div", t("import_none_chosen"), cls="soft"))
        return
    show(tag("h3", upload.file_name))
    if upload.busy:
        _watch(upload.id)
    elif upload.state == "failed":
        st.error(plain(upload.found.get("error", "")))
        _reading(viewer, upload)
    elif upload.state == "checked":
        _checked(viewer, upload)
    else:
        _done(upload)


@st.fragment(run_every=EVERY_S)
def _watch(upload_id: int) -> None:
    """Look each second whether the worker is done with it; then the whole page is drawn anew."""
    upload = reads.fresh(read_upload, upload_id)
    if upload is None or not upload.busy:
        st.rerun()
    waited = max(0, round((pd.Timestamp.now(tz="UTC") - upload.changed_at).total_seconds()))
    st.info(plain(t(f"import_{upload.state}", seconds=waited)))


def _checked(viewer: Viewer, upload: Uploaded) -> None:
    found, summary = upload.found, upload.found["summary"]
    _say(summary, trial=True)
    if found.get("remembered"):
        st.info(plain(t("import_remembered")))
    usable = summary["error"] is None and summary["accepted"] > 0
    if st.button(t("import_go", n=number(summary["accepted"])), type="primary", disabled=not usable):
        try:
            with current().engine.begin() as connection:
                start(connection, viewer, upload.id)
            _queue()
        except UploadError as error:
            st.error(plain(error))
            return
        st.rerun()
    _reading(viewer, upload)
    _preview(found)
    _faults(found)


def _say(summary: dict[str, Any], trial: bool) -> None:
    if summary["error"]:
        st.error(plain(summary["error"]))
        return
    counts = t("import_counts", **{n: number(summary[n]) for n in ("read", "accepted", "rejected")})
    added = t("import_added", **{n: number(summary[n]) for n in ("inserted", "updated", "unchanged")})
    text = f"{t('import_trial') if trial else t('import_in')}{counts}　{added}"
    (st.warning if summary["rejected"] else st.success)(plain(text))
    lines = [
        tag("li", tag("b", number(n)), " ", t(said), reason)
        for said, found in (("import_rejects", "reasons"), ("import_warns", "warnings"))
        for reason, n in summary[found].items()
    ]
    lines += [tag("li", note) for note in summary["notes"]]
    if summary["unused_columns"]:
        lines.append(tag("li", t("import_unused"), "、".join(summary["unused_columns"])))
    if lines:
        show(tag("ul", lines, cls="small"))


def _reading(viewer: Viewer, upload: Uploaded) -> None:
    """How the file is read: kind, sender, datum, column by column; changed in one go and checked again."""
    found = upload.found
    kinds = kind_names()
    with st.expander(t("import_reading"), expanded=upload.state == "failed" or bool(found.get("faults"))), \
         st.form(f"yzt_read_{upload.id}"):  # fmt: skip
        _evidence(found, upload)
        kind = st.selectbox(
            t("import_kind"), kinds, index=kinds.index(upload.kind) if upload.kind in kinds else 0,
            format_func=lambda name: word("import_kinds", name),
        )  # fmt: skip
        sender = upload.source or ""
        source = st.text_input(t("import_source"), sender, max_chars=80, help=t("import_source_help"))
        datum = st.selectbox(
            t("import_datum"), DATUMS, index=DATUMS.index(upload.options.get("datum") or ""),
            format_func=lambda name: word("datums", name) if name else t("import_datum_none"),
        )  # fmt: skip
        maps = _mapping(upload, kind)
        if st.form_submit_button(t("import_again")):
            try:
                with current().engine.begin() as connection:
                    options = {**upload.options, "datum": datum or None, "maps": maps}
                    change(connection, viewer, upload.id, kind, source, options)
                _queue()
            except UploadError as error:
                st.error(plain(error))
                return
            st.rerun()


def _evidence(found: dict[str, Any], upload: Uploaded) -> None:
    """Say by what the kind, the encoding and the datum are believed."""
    lines = []
    if found.get("kinds"):
        best = "、".join(t("import_kind_known", title=k["title"], n=max(k["known"], 0)) for k in found["kinds"][:3])
        lines.append(t("import_kind_evidence", best=best))
    if found.get("encoding"):
        lines.append(t("import_encoding_evidence", encoding=found["encoding"]))
    seen = {point[3] for point in found.get("points", []) if point[3]}
    lines += [t("import_datum_evidence", said=DATUM_SAID.get(each, each)) for each in sorted(seen)]
    show(tag("ul", [tag("li", line) for line in lines], cls="small soft"))


def _mapping(upload: Uploaded, kind: str) -> dict[str, str]:
    """Return heading → field of what the table of columns says now, only where it differs from nothing."""
    columns = upload.found.get("columns") or []
    if not columns:
        return dict(upload.options.get("maps") or {})
    used = {c["field"] for c in columns}
    fields = {
        spec.title: name for name, spec in load_kind(kind).fields.items() if not name.startswith(OURS) or name in used
    }
    frame = pd.DataFrame({
        t("import_column"): [c["heading"] for c in columns],
        t("import_field"): [c["title"] or "" for c in columns],
        t("import_unit"): [c["unit"] or "" for c in columns],
        t("import_example"): [c["example"] for c in columns],
    })  # fmt: skip
    edited = st.data_editor(
        frame, hide_index=True, width="stretch", key=f"yzt_map_{upload.id}_{kind}",
        disabled=[t("import_column"), t("import_unit"), t("import_example")],
        column_config={t("import_field"): st.column_config.SelectboxColumn(options=["", *sorted(fields)])},
    )  # fmt: skip
    before = {c["heading"]: c["title"] or "" for c in columns}
    kept = dict(upload.options.get("maps") or {})
    for heading, title in zip(edited[t("import_column")], edited[t("import_field")], strict=True):
        if title and (title != before[heading] or heading in kept):
            kept[heading] = fields.get(title, kept.get(heading, ""))
    return {heading: field for heading, field in kept.items() if field}


def _preview(found: dict[str, Any]) -> None:
    if found.get("points"):
        st.altair_chart(_map(found["points"]), width="stretch")
        st.caption(plain(t("import_points", n=number(len(found["points"])))))
    if found.get("rows"):
        st.markdown(f"**{t('import_rows')}**")
        heads = [name or f"（{i + 1}）" for i, name in enumerate(found["headings"])]
        unique = [f"{name}（{i + 1}）" if heads.count(name) > 1 else name for i, name in enumerate(heads)]
        st.dataframe(pd.DataFrame(found["rows"], columns=unique), hide_index=True, width="stretch")


def _map(points: list[list[Any]]) -> alt.Chart:
    """Return the points over the outlines of the districts; drawn by the bundled Vega, nothing is fetched."""
    outlines = alt.Data(values=reads.ask(read_outlines))
    ground = alt.Chart(outlines).mark_geoshape(fill="#eef1f4", stroke="#9aa5b1", strokeWidth=0.7)
    frame = pd.DataFrame(points, columns=["lon", "lat", "name", "datum"])
    frame["datum"] = [DATUM_SAID.get(each, "") for each in frame["datum"]]
    spots = alt.Chart(frame).mark_circle(size=22, opacity=0.75, color="#0b5fa5").encode(
        longitude="lon:Q", latitude="lat:Q",
        tooltip=[alt.Tooltip("name:N", title=t("import_name")), alt.Tooltip("datum:N", title=t("import_datum"))],
    )  # fmt: skip
    return cast(alt.Chart, alt.layer(ground, spots).project("mercator").properties(height=360))


def _faults(found: dict[str, Any]) -> None:
    if not found.get("faults"):
        return
    st.markdown(f"**{t('import_faults')}**")
    frame = pd.DataFrame(found["faults"], columns=words()["import_fault_heads"])
    st.dataframe(frame, hide_index=True, width="stretch")


def _done(upload: Uploaded) -> None:
    summary = upload.found["summary"]
    _say(summary, trial=False)
    if upload.has_rejected:
        content = reads.fresh(rejected_file, upload.id)
        st.download_button(
            t("import_rejected_file", n=number(summary["rejected"])), content or b"",
            file_name=f"{upload.file_name}.拒收.csv", mime="text/csv",
        )  # fmt: skip
    _faults(upload.found)
    show(tag("div", t("import_rescored"), cls="soft small"))


def _batches(viewer: Viewer) -> None:
    rows = reads.fresh(read_batches, 30)
    st.markdown(f"### {t('import_batches')}")
    if not rows:
        show(tag("div", t("none"), cls="soft"))
        return
    heads = words()["import_batch_heads"]
    body = [tag("tr", *[tag("td", cell) for cell in _batch(row)]) for row in rows]
    show(tag("table", tag("thead", tag("tr", [tag("th", h) for h in heads])), tag("tbody", body), cls="d"))
    able = [row for row in rows if row.state == "done" and row.kind != "region"]
    if not able:
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        t("undo_which"), able, index=None, placeholder=t("undo_choose"),
        format_func=lambda row: t("undo_line", id=row.id, file=row.file_name, n=number(row.accepted)),
    )  # fmt: skip
    if right.button(t("undo_go"), disabled=chosen is None, width="stretch") and chosen is not None:
        _confirm_undo(chosen)


@st.dialog(t("undo_title"))
def _confirm_undo(row: BatchRow) -> None:
    viewer = reads.viewer()
    try:
        tried = undo(current().engine, row.id, viewer, dry_run=True)
    except UndoError as error:
        st.error(plain(error))
        return
    parts = [t("undo_removed", table=word("stored_tables", name), n=number(n)) for name, n in tried.removed.items()]
    parts += [t("undo_restored", table=word("stored_tables", name), n=number(n)) for name, n in tried.restored.items()]
    show(tag("div", t("undo_line", id=row.id, file=row.file_name, n=number(row.accepted))))
    show(tag("ul", [tag("li", part) for part in parts]))
    if st.button(t("undo_sure"), type="primary"):
        try:
            undo(current().engine, row.id, viewer)
        except UndoError as error:
            st.error(plain(error))
            return
        defer(current().url, RESCORE)
        st.rerun()


def _batch(row: BatchRow) -> list[str]:
    return [
        str(row.id), _at(row.started_at), row.actor, word("import_kinds", row.kind), row.source, row.file_name,
        number(row.read), number(row.accepted), number(row.rejected), word("batch_states", row.state),
    ]  # fmt: skip


def _at(instant: Any) -> str:
    return str(instant.astimezone(TIME_ZONE).strftime("%m-%d %H:%M"))
