"""What came in goes out again: every kind of spreadsheet as XLSX, CSV, GeoJSON or GeoPackage.

`columns` (headings, from the same YAML as the importer's) → `read` (rows in scope, as they are fetched) → `cells` (as
the importer reads them) → `files` (a writer per format). `run_export` calls them in turn.
"""

from data.exports.files import FORMATS
from data.exports.read import exported_kinds
from data.exports.run import Exported, NotExported, run_export

__all__ = ["FORMATS", "Exported", "NotExported", "exported_kinds", "run_export"]
