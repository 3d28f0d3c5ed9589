"""Spreadsheets and map files of other bureaus into the tables. Modules in the order of work:

open (what is it) → archive, csvtext, excel, geojson, vector → tables (one Sheet) → headings, kinds (which column is
which field) → fields, values (typed) → points, place (where) → targets (written) → report. `run` calls them in turn.
"""

from data.imports.model import ImportOptions, Limits, Summary, Unusable
from data.imports.run import run_import

__all__ = ["ImportOptions", "Limits", "Summary", "Unusable", "run_import"]
