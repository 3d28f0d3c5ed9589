"""``python -m data.exports``: one export in a process of its own, so that the web process does not count cells.

The question comes as JSON on standard input: {"viewer": {…}, "kind": …, "form": …, "file": …, "region": …}; the answer
goes to standard output as JSON, {"error": sentence} when nothing was exported. Who asks was settled before.
"""

import json
import os
import sys
from pathlib import Path

from data.access import Viewer
from data.engine import database
from data.exports.run import NotExported, run_export
from data.settings import load_settings

NICE = 10


def main() -> None:
    """Read the question, export, print the answer."""
    asked = json.load(sys.stdin)
    os.nice(NICE)
    regions = asked["viewer"]["regions"]
    viewer = Viewer(**(asked["viewer"] | {"regions": None if regions is None else tuple(regions)}))
    with database(load_settings()) as opened:
        try:
            done = run_export(opened.engine, viewer, asked["kind"], asked["form"], Path(asked["file"]), asked["region"])
            print(json.dumps(done.as_json()))
        except NotExported as error:
            print(json.dumps({"error": str(error)}))


if __name__ == "__main__":
    main()
