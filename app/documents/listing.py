"""Lists and tables as people indent them, straightened into what the Markdown parser asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ITEM = re.compile(r"(?P<indent> *)(?P<mark>[*+-]|(?P<number>\d{1,9})[.)])(?P<gap> +)(?=\S)")
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})")
_TABLE_LINE = re.compile(r" {0,3}(?=[^|]*\|)[|:\- ]*-[|:\- ]*")
_INDENT = 4


def straightened(lines: Sequence[str]) -> list[str]:
    """The lines with items indented by four a level (authors also use two or three), and lists and tables set off."""
    return list(_set_off_tables(list(_indented(lines))))


def _indented(lines: Sequence[str]) -> Iterator[str]:
    levels: list[int] = []  # the columns of the markers of the open items
    after_blank = True
    for line in lines:
        item = None if _RULE.fullmatch(line) else _ITEM.match(line)
        margin = len(line) - len(line.lstrip(" "))
        if not line.strip() or (not levels and margin >= _INDENT):
            yield line
        elif item:
            if not levels and not after_blank and item["number"] in (None, "1"):
                yield ""
            levels = [*(column for column in levels if column + 1 < margin), margin]
            mark = f"{item['number']}." if item["number"] else item["mark"]
            yield " " * _INDENT * (len(levels) - 1) + f"{mark} {line[item.end() :]}"
        else:
            if margin == 0 and after_blank:
                levels = []
            levels = levels if margin == 0 else [column for column in levels if column < margin]
            yield " " * _INDENT * len(levels) + line.lstrip(" ") if levels and margin else line
        after_blank = not line.strip()


def _set_off_tables(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        follows = lines[number + 1] if number + 1 < len(lines) else ""
        if (
            "|" in line
            and number
            and lines[number - 1].strip()
            and "|" not in lines[number - 1]
            and _TABLE_LINE.fullmatch(follows)
        ):
            yield ""
        yield line
