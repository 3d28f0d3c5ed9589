"""Documents that cannot drift: what they name exists, and what exists is named."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from data.__main__ import command_modules
from data.settings import Settings, setting_names

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
IDS = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]


def text_of(*paths: Path) -> str:
    """All the text of some documents."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def without_code(text: str) -> str:
    """Markdown without its fenced blocks and code spans, whose brackets are no links."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def anchors(path: Path) -> set[str]:
    """Anchors that a Markdown file's headings get."""
    headings = re.findall(r"^#+ +(.+)$", re.sub(r"^```.*?^```", "", text_of(path), flags=re.S | re.M), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    """Relative links of a document that lead nowhere."""
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(path))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            found.append(link)
    return found


def make_targets() -> dict[str, str]:
    """Every documented target of the Makefile with its help."""
    return dict(re.findall(r"^([a-z-]+):.*## (.+)$", text_of(ROOT / "Makefile"), flags=re.M))


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_every_setting_is_documented_with_its_default() -> None:
    text = text_of(ROOT / "docs" / "settings.md")
    rows = dict(re.findall(r"^\| `(?:YZT_)?(\w+)` \| (.+?) \|", text, flags=re.M))
    for name, field in Settings.model_fields.items():
        row = rows.get(name.upper())
        assert row is not None, f"{name} is not in docs/settings.md"
        if isinstance(field.default, str | int) and not isinstance(field.default, bool):
            assert str(field.default) in row, f"the default of {name} is {field.default}"


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"\bYZT_[A-Z_]+\b", text_of(*DOCUMENTS)))
    assert {name for name in named if not name.endswith("_")} - set(setting_names()) == {"YZT_DB_PASSWORD"} & named


def test_every_make_target_has_help_and_is_documented() -> None:
    text = text_of(*DOCUMENTS)
    for target, help_text in make_targets().items():
        assert help_text
        assert target == "help" or f"make {target}" in text, f"make {target} is in no document"


def test_no_document_names_a_make_target_that_does_not_exist() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", text_of(*DOCUMENTS)))
    assert named - set(make_targets()) == set()


def test_every_data_command_is_documented_and_every_documented_one_exists() -> None:
    text = text_of(*DOCUMENTS)
    named = set(re.findall(r"python -m data ([a-z-]+)", text))
    assert set(command_modules()) - named == set(), "commands that no document names"
    assert named - set(command_modules()) == set(), "documented commands that do not exist"


def test_plain_make_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in make_targets():
        assert f"make {target}" in listed


def test_lock_file_names_no_registry_and_pins_what_is_asked_for() -> None:
    lock = json.loads(text_of(ROOT / "package-lock.json"))
    asked = json.loads(text_of(ROOT / "package.json"))["dependencies"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert lock["packages"][""]["dependencies"] == asked
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []
    assert all(re.fullmatch(r"\d[\w.-]*", version) for version in asked.values()), "exact versions only"


def test_every_vendored_file_has_its_licence_beside_it() -> None:
    lines = [line.split() for line in text_of(ROOT / "deploy/vendor.txt").splitlines() if line and line[0] != "#"]
    folders = {target.split("/")[0] for _, target in lines}
    licensed = {target.split("/")[0] for _, target in lines if "licen" in target.lower()}
    assert folders - licensed == set()


def test_workplace_and_machine_stay_out_of_the_project() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    words = (f"{ROOT}/", f"{ROOT.parent / 'shared'}/", "registry." + "npmjs", "files." + "pythonhosted")
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{name}: {word}" for word in words if word in text]
    assert found == []
