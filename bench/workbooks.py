"""What the peers write exports with: XlsxWriter in its mode of constant memory, as its manual says, all cells texts."""

from __future__ import annotations

import tempfile
import time

from xlsxwriter import Workbook

REFERENCE = "XlsxWriter constant_memory, a row of eleven texts"
ROW = (
    "学员",
    "L000001",
    "南区 / 第一片区",
    "关键客户营销生态系统",
    "第三期",
    "未完成",
    "2026-11-23",
    "3",
    "8",
    "75%",
    "练习“需求层次”未交",
)


def ms_a_row(rows: int) -> float:
    """CPU milliseconds a row."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        with Workbook(file, {"constant_memory": True, "tmpdir": folder}) as book:
            sheet = book.add_worksheet()
            for line in range(rows):
                for place, text in enumerate(ROW):
                    sheet.write_string(line, place, text)
        return (time.process_time() - started) * 1000 / rows
