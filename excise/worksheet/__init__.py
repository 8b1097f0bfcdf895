"""Many calculations from one file, behind `excise calculate`.

A room of its own: it stands above the tariff and the arrears, which may not know each other's
worksheets.
"""

from excise.worksheet.files import as_csv, as_table, read_rows
from excise.worksheet.rows import calculate_rows, late_result, line_result

__all__ = ["as_csv", "as_table", "calculate_rows", "late_result", "line_result", "read_rows"]
