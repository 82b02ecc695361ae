"""Chinese numerals and traditional characters in what trainees type: 十二, 兩百零五, 萬, 號."""

from __future__ import annotations

import re

_SAME = str.maketrans(
    "○〇壹貳贰两兩叁參叄参肆伍陸陆柒捌玖拾佰仟萬億號輛臺個週",
    "零零一二二二二三三三三四五六六七八九十百千万亿号辆台个周",
)
_DIGITS = "零一二三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = re.compile(f"[{_DIGITS}十百千万亿]{{1,20}}")
_YEAR = re.compile(f"[{_DIGITS}]{{4}}(?=年)")


def one_script(text: str) -> str:
    """Traditional and formal characters of numbers and counting as the plain simplified ones."""
    return text.translate(_SAME)


def with_figures(text: str) -> str:
    """Every well-formed numeral as figures; others, such as 一千二, stay: nobody can tell what they are."""
    years = _YEAR.sub(lambda found: "".join(str(_DIGITS.index(sign)) for sign in found[0]), one_script(text))
    return _NUMERAL.sub(lambda found: _in_figures(found[0]), years)


def _in_figures(numeral: str) -> str:
    value = _value(numeral)
    well_formed = _spelled(value)
    # 十 and 一十 are the same.
    return str(value) if numeral.removeprefix("一" if numeral.startswith("一十") else "") == well_formed else numeral


def _value(numeral: str) -> int:
    whole = part = digit = 0
    for sign in numeral:
        if sign in _UNITS:
            part, digit = part + (digit or 1) * _UNITS[sign], 0
        elif sign == "万":
            whole, part, digit = whole + (part + digit) * 10**4, 0, 0
        elif sign == "亿":
            whole, part, digit = (whole + part + digit) * 10**8, 0, 0
        else:
            digit = _DIGITS.index(sign)
    return whole + part + digit


def _spelled(value: int) -> str:
    """A number under 10¹² as it is properly written."""
    if not 0 < value < 10**12:
        return "" if value else "零"
    text = ""
    for scale, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        four = value // scale % 10**4
        if four:
            skipped = text and (four < 1000 or not text.endswith(("亿", "万")))
            text += ("零" if skipped else "") + _spelled_four(four) + name
        elif text and not text.endswith("零"):
            text += "·"  # a whole group is skipped: a nought stands for it
    spelled = text.replace("·零", "零").replace("·", "零").rstrip("零")
    return spelled.removeprefix("一") if spelled.startswith("一十") else spelled


def _spelled_four(four: int) -> str:
    text = "".join(
        f"{_DIGITS[int(digit)]}{unit}" if digit != "0" else "零"
        for digit, unit in zip(f"{four:04}", ("千", "百", "十", ""), strict=True)
    )
    return re.sub("零+", "零", text).strip("零")
