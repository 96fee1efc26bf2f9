"""Reading and writing tables (xlsx, xls, csv) that people hand in and take away.

:func:`read_table` turns a file into text columns or raises :class:`TableError` with one translated
sentence; nothing in a file is ever evaluated. :func:`write_xlsx` and :func:`write_csv` write cells that
no spreadsheet program will run as a formula, and what they write reads back as it was.
"""

from chengshu.kernel.tables.model import ROW, Limits, Table, TableError, normalise
from chengshu.kernel.tables.read import read_table
from chengshu.kernel.tables.write import Cell, Sheet, escape_formula, unescape_formula, write_csv, write_xlsx

__all__ = [
    "ROW",
    "Cell",
    "Limits",
    "Sheet",
    "Table",
    "TableError",
    "escape_formula",
    "normalise",
    "read_table",
    "unescape_formula",
    "write_csv",
    "write_xlsx",
]
