"""The workbook that trainers enter marks in: a line a person, a column an exercise, each with a key that stays.

The line of keys says which column is which, and its first cell, the stamp, when the workbook was made. Lines and
columns may be sorted or left out: they are found again by their keys.
"""

from __future__ import annotations

import io
from typing import Any

from xlsxwriter import Workbook

from app.gradebook.keys import ABOUT, key_of, shown
from app.gradebook.marks import MarkSheet
from app.web.exports.cells import clean_text
from app.web.exports.workbooks import TextSheet, cell_text, sheet_name

HEAD, KEYS, FIRST = 0, 1, 2
"""Lines of the workbook: headings, keys, the first person."""
MARKS = 1 + len(ABOUT)
"""The first column with marks."""


def marks_workbook(made: MarkSheet) -> bytes:
    """The file."""
    file = io.BytesIO()
    # Line by line, as TextSheet wants it: a table of shared strings would take a text for markup that looks like it.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        book.set_properties({"title": clean_text(made.cohort.name), "created": made.stamp.at})
        sheet = book.add_worksheet(sheet_name(made.cohort.name), TextSheet)
        _write_heads(book, sheet, made)
        _write_marks(book, sheet, made)
    return file.getvalue()


def _write_heads(book: Any, sheet: Any, made: MarkSheet) -> None:  # noqa: ANN401 -- the library has no types
    head = book.add_format({"bold": True, "bg_color": "#EEEEEE", "valign": "top", "text_wrap": True})
    quiet = book.add_format({"font_color": "#666666", "bg_color": "#EEEEEE", "bottom": 1})
    sheet.set_row(HEAD, 45)
    for place, heading in enumerate((*made.headings, *(column.heading for column in made.columns))):
        sheet.write_string(HEAD, place, cell_text(heading), head)
    keys = (made.stamp.text(made.cohort), *ABOUT, *(column.slug for column in made.columns))
    for place, key in enumerate(keys):
        sheet.write_string(KEYS, place, cell_text(key), quiet)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, MARKS - 1, 14)
    sheet.set_column(MARKS, MARKS + len(made.columns), 12)
    sheet.freeze_panes(FIRST, 3)


def _write_marks(book: Any, sheet: Any, made: MarkSheet) -> None:  # noqa: ANN401 -- as above
    shut = book.add_format({"bg_color": "#EEEEEE"})
    for line, row in enumerate(made.rows, FIRST):
        for place, text in enumerate((key_of(row.enrolment_id), row.number, row.display_name, row.department)):
            sheet.write_string(line, place, cell_text(text))
        for place, column in enumerate(made.columns, MARKS):
            where = (row.enrolment_id, column.slug)
            if where not in made.points:
                sheet.write_blank(line, place, None, shut)
            elif (given := made.points[where]) is not None:
                sheet.write_number(line, place, float(shown(given)))
