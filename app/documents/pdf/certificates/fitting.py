"""Text made to fit: on one line if it can be, else on more or smaller, never beyond its box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.documents.pdf.fonts import width as width_of
from app.documents.pdf.setting import Cluster, Run, broken, clusters_of, least_width

SMALLEST = 3.0
_SHRINK = 0.8
"""How much smaller a text may become to stay on one line."""
_STEP = 0.94


class NoRoom(Exception):
    """A text fits nowhere, however small."""


@dataclass(frozen=True)
class Fitted:
    """Lines with their widths, and the size they are set in."""

    lines: tuple[tuple[str, float], ...]
    size: float

    @property
    def width(self) -> float:
        """That of the widest line."""
        return max((width for _, width in self.lines), default=0)


@lru_cache(512)
def fitted(text: str, face: str, size: float, width: float, lines: int = 1) -> Fitted:
    """The text within a width; raises NoRoom."""
    if not text.strip():
        return Fitted((), size)
    natural = width_of(text, face, 1)
    if natural * size <= width:
        return Fitted(((text, natural * size),), size)
    if lines == 1 or natural * size * _SHRINK <= width:
        smaller = width / natural
        if smaller < SMALLEST:
            raise NoRoom(text)
        return Fitted(((text, width),), smaller)
    return _on_lines(text, face, min(size, lines * width / natural), width, lines)


def _on_lines(text: str, face: str, size: float, width: float, most: int) -> Fitted:
    while size >= SMALLEST:
        clusters = clusters_of([Run(text, face, size, (0, 0, 0))])
        count = len(broken(clusters, width))
        if count <= most:
            lines = broken(clusters, _narrowest(clusters, width, count))
            return Fitted(tuple((line.text, line.width) for line in lines), size)
        size *= _STEP
    raise NoRoom(text)


def _narrowest(clusters: list[Cluster], width: float, count: int) -> float:
    """The least measure that needs no more lines: they become equally long."""
    low, high = max(width / count * 0.5, min(least_width(clusters), width)), width
    while high - low > width * 0.005:
        middle = (low + high) / 2
        if len(broken(clusters, middle)) <= count:
            high = middle
        else:
            low = middle
    return high
