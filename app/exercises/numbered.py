"""Numbers from 1 that trainees give to items, each number to one of them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from app.exercises.typed import Reader
from app.words import say


def read_numbers(reader: Reader, prefix: str, items: Iterable[str], most: int) -> dict[str, int]:
    """Item id → its number from 1 to `most`; nothing for what is blank, unreadable, or stands at several items."""
    typed = {item: _number(reader, f"{prefix}.{item}", most) for item in items}
    times = Counter(typed.values())
    for item, number in typed.items():
        if number and times[number] > 1:
            reader.unreadable[f"{prefix}.{item}"] = say("The number {number} stands at several items.", number=number)
    return {item: number for item, number in typed.items() if number and times[number] == 1}


def _number(reader: Reader, name: str, most: int) -> int:
    """The whole number from 1 to `most` in a field, else 0."""
    text = unicodedata.normalize("NFKC", reader.text(name)).strip()
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most:
        return int(text)
    if text:
        reader.unreadable[name] = say("Here goes a whole number from 1 to {most}.", most=most)
    return 0
