"""The planted duplicates of the demo city: our matching against recordlinkage, in one run on the same rows.

Truth is what the demo city planted (`data.demo.flaws`): one restaurant in three lists, three pairs each. Shops that chance
gave the same name at the same door count against both. Ours is judged twice: the pairs it would merge by itself, and
those together with the pairs it would ask about.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from sqlalchemy import Engine, text

from bench.common import table
from data.access import LOCAL
from data.demo import flaws, places
from data.demo.amounts import SIZES
from data.demo.geography import invent
from data.demo.ground import survey
from data.matching import scan
from data.settings import load_settings

HERE = Path(__file__).parent
Pairs = set[tuple[int, int]]


def planted(engine: Engine) -> Pairs:
    """Return the planted pairs of the demo city in the database, as ids of places."""
    with engine.connect() as connection:
        seed, notes = connection.execute(text("SELECT seed, notes FROM city WHERE is_demo")).one()
        rows = connection.execute(
            text("SELECT split_part(source_key, '-', 2)::int - 1, id FROM place WHERE source = 'demo'")
        )
        ids = {int(row): int(place) for row, place in rows}
    size = next(note.removeprefix("size=") for note in notes if note.startswith("size="))
    ground = survey(invent(seed, size), seed)
    frame = places.roll(ground, SIZES[size])
    one = flaws.add(ground, frame, SIZES[size])
    if not set(one.to_numpy().ravel().tolist()) <= set(ids):
        raise SystemExit("the planted duplicates were merged already: the bench needs the demo city as it was made")
    pairs = [
        (a, b) for row in one.itertuples(index=False) for a, b in ((row[0], row[1]), (row[0], row[2]), (row[1], row[2]))
    ]
    return {(min(ids[a], ids[b]), max(ids[a], ids[b])) for a, b in pairs}


def ours(rows: pd.DataFrame, regions: list[tuple[str, int]]) -> tuple[float, scan.Summary, Pairs, Pairs]:
    """Search once; returns processor seconds, the summary, sure pairs and sure with doubtful pairs."""
    summary, started = scan.Summary(), time.process_time()
    nothing = pd.DataFrame(columns=["id", "a_id", "b_id", "a", "b", "state"])
    found = scan.search(rows, regions, nothing, summary)
    seconds = time.process_time() - started
    ids, pairs = found.rows["id"].to_numpy(), found.pairs
    every = [
        (int(min(ids[a], ids[b])), int(max(ids[a], ids[b]))) for a, b in zip(pairs["left"], pairs["right"], strict=True)
    ]
    sure = {pair for pair, outcome in zip(every, pairs["outcome"], strict=True) if outcome == scan.SAME}
    return seconds, summary, sure, set(every)


def peer_python() -> Path:
    """Return the interpreter of the peer's own environment, made on first use from `match_peer.txt`."""
    folder = load_settings().state_dir / "bench-match-peer"
    python, wanted = folder / "bin" / "python", (HERE / "match_peer.txt").read_text(encoding="utf-8")
    stamp = folder / "made-from.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(HERE / "match_peer.txt")], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def theirs(rows: pd.DataFrame, truth: Pairs) -> dict[str, object]:
    """Run the peer on the same rows; returns what it printed."""
    with TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("places.csv", "truth.csv")]
        rows.to_csv(files[0], index=False)
        pd.DataFrame(sorted(truth), columns=["a", "b"]).to_csv(files[1], index=False)
        command = [str(peer_python()), str(HERE / "match_peer.py"), *files]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rates(found: Pairs, truth: Pairs) -> tuple[int, str, str]:
    """Return pairs found, precision and recall as percentages."""
    right = len(found & truth)
    return len(found), f"{right / len(found):.1%}" if found else "—", f"{right / len(truth):.1%}"


def measure(engine: Engine) -> tuple[str, dict[str, object]]:
    """Run both; returns Markdown and the figure of merit."""
    truth = planted(engine)
    with engine.connect() as connection:
        rows, regions = scan.read_places(connection, LOCAL), scan.read_regions(connection)
    seconds, summary, sure, every = ours(rows, regions)
    peer = theirs(rows, truth)
    lines = [
        ["ours: merged without asking", f"{seconds:.1f}", summary.candidates, *rates(sure, truth)],
        ["ours: merged or asked", f"{seconds:.1f}", summary.candidates, *rates(every, truth)],
        [f"recordlinkage: sum ≥ {peer['threshold']} (best of 51)", f"{peer['seconds']:.1f}", peer["candidates"],
         *_peer_rates(peer["sum"])],
        ["recordlinkage: ECM, unsupervised", f"{peer['ecm_seconds']:.1f}", peer["candidates"], *_peer_rates(peer["ecm"])],
    ]  # fmt: skip
    ratio = float(str(peer["seconds"])) / seconds
    text_ = f"""## Who is it: planted duplicates

{len(rows):,} places, {len(truth)} planted pairs. Processor seconds from rows in memory to decided pairs
(of all threads: other work on the machine does not count).

{table(["", "seconds", "candidates", "pairs", "precision", "recall"], lines)}

Peer's time over ours: **{ratio:.1f}×**.
"""
    return text_, {"match": ratio}


def _peer_rates(found: object) -> tuple[int, str, str]:
    one: dict[str, float] = dict(found)  # type: ignore[call-overload]
    return int(one["pairs"]), f"{one['precision']:.1%}", f"{one['recall']:.1%}"
