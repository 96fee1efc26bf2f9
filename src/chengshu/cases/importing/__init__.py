"""Old cases from a table: one row a case, reviewed like every other file (``docs/case-files.md``)."""

from chengshu.cases.importing.service import ImportProblem, Outcome, Row, check_table, import_table
from chengshu.cases.importing.template import write_template

__all__ = ["ImportProblem", "Outcome", "Row", "check_table", "import_table", "write_template"]
