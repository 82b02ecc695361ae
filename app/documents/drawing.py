"""How a chart is drawn, for pages and paper alike: outlines and short texts on a sheet whose origin is at the top left.

Nobody needs to see it: the same values stand in a table beside it. So long names are cut here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, tan
from typing import Final, Literal

from app.documents.blocks import Chart, Series, Text
from app.documents.markdown import bare

WIDTH: Final = 360.0
"""Of every drawing; 13 is the size of its type."""
LINE: Final = 16.0
LEAST_AXES: Final = 3
"""Of a radar; with fewer it has no area, and bars are drawn."""
_BAR, _GAP, _ROOM_FOR_VALUE = 11.0, 4.0, 52.0
_RADIUS = 96.0
_RINGS = (0.25, 0.5, 0.75, 1.0)
Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Outline:
    """A path of straight lines ("M", "L"), curves ("C") and ends ("Z"), each with its points."""

    role: str
    """What it is: grid, series-1, bar-1, slice-1, …"""
    steps: tuple[tuple[str, tuple[Point, ...]], ...]

    @property
    def path(self) -> str:
        """The same in the words of SVG."""
        return " ".join(f"{letter}{' '.join(f'{x:.1f} {y:.1f}' for x, y in points)}" for letter, points in self.steps)


@dataclass(frozen=True)
class Caption:
    """A few words; `at` is where their baseline starts, ends or has its middle."""

    text: str
    at: Point
    anchor: Anchor = "start"
    strong: bool = False


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    outlines: tuple[Outline, ...]
    captions: tuple[Caption, ...]


def drawing_of(chart: Chart) -> Drawing:
    """The drawing of a chart."""
    if chart.shape == "pie":
        return _pies(chart)
    drawing = _radar(chart) if chart.shape == "radar" and len(chart.axes) >= LEAST_AXES else _bars(chart)
    return _with_legend(drawing, chart.series) if len(chart.series) > 1 else drawing


def _with_legend(drawing: Drawing, series: Sequence[Series]) -> Drawing:
    """What its marks mean, side by side below it."""
    room, top = WIDTH / len(series), drawing.height + 10
    keys = [_box(f"bar-{n + 1}", room * n, top, (_BAR, _BAR)) for n in range(len(series))]
    names = [Caption(_cut(each.label, int(room / 6.6) - 4), (room * n + 17, top + 10)) for n, each in enumerate(series)]
    return Drawing(WIDTH, top + LINE, (*drawing.outlines, *keys), (*drawing.captions, *names))


def amount(value: float | None, unit: str) -> str:
    """A value in figures, with at most two decimals."""
    if value is None:
        return "–"
    figures = f"{value:.2f}".rstrip("0").rstrip(".")
    return figures + (unit if unit in ("", "%") else f" {unit}")


def _line(role: str, points: Sequence[Point], *, closed: bool = False) -> Outline:
    steps = [("M" if not place else "L", (point,)) for place, point in enumerate(points)]
    return Outline(role, (*steps, ("Z", ())) if closed else tuple(steps))


def _box(role: str, left: float, top: float, size: Point) -> Outline:
    right, bottom = left + size[0], top + size[1]
    return _line(role, [(left, top), (right, top), (right, bottom), (left, bottom)], closed=True)


def _cut(text: Text, most: int) -> str:
    """The words on one line of so many half-width characters."""
    used, kept = 0, ""
    for sign in bare(text):
        used += 2 if sign > "\u2e7f" else 1
        if used > most:
            return kept[:-1] + "…"
        kept += sign
    return kept


# Bars: the name of an axis over a bar for each series.


def _bars(chart: Chart) -> Drawing:
    row = LINE + len(chart.series) * (_BAR + _GAP) + 10
    room, height = WIDTH - _ROOM_FOR_VALUE, row * len(chart.axes)
    grid = [_line("grid", [(room * part, 0), (room * part, height)]) for part in (0, 0.5, 1)]
    outlines, captions = [], []
    for place, axis in enumerate(chart.axes):
        top = place * row
        captions.append(Caption(_cut(axis, 44), (0, top + 12)))
        for number, series in enumerate(chart.series):
            bar_top = top + LINE + number * (_BAR + _GAP)
            value = series.values[place]
            wide = room * min(max(value or 0, 0) / chart.top, 1)
            outlines.append(_box(f"bar-{number + 1}", 0, bar_top, (max(wide, 1), _BAR)))
            captions.append(Caption(amount(value, chart.unit), (wide + 6, bar_top + 10), strong=True))
    return Drawing(WIDTH, height, (*grid, *outlines), tuple(captions))


# Radar: an axis a name, a polygon a series.


def _radar(chart: Chart) -> Drawing:
    centre = (WIDTH / 2, _RADIUS + 2 * LINE + 8)
    axes = len(chart.axes)
    rings = [_line("grid", [_spoke(centre, n, axes, ring) for n in range(axes)], closed=True) for ring in _RINGS]
    spokes = [_line("grid", [centre, _spoke(centre, n, axes, 1)]) for n in range(axes)]
    series = [line for n, each in enumerate(chart.series, 1) for line in _polygon(chart, each, centre, f"series-{n}")]
    captions = [caption for n, axis in enumerate(chart.axes) for caption in _name(axis, n, axes, centre)]
    lowest = max(_spoke(centre, n, axes, 1)[1] for n in range(axes))
    return Drawing(WIDTH, lowest + 2 * LINE + 8, (*rings, *spokes, *series), tuple(captions))


def _spoke(centre: Point, number: int, axes: int, share: float) -> Point:
    angle = 2 * pi * number / axes - pi / 2
    return (centre[0] + _RADIUS * share * cos(angle), centre[1] + _RADIUS * share * sin(angle))


def _polygon(chart: Chart, series: Series, centre: Point, role: str) -> Iterator[Outline]:
    """The whole of it; where values are missing, the sides between those there are. Each value has a dot."""
    axes = len(chart.axes)
    points = [
        None if value is None else _spoke(centre, n, axes, min(max(value, 0) / chart.top, 1))
        for n, value in enumerate(series.values)
    ]
    known = [point for point in points if point]
    if len(known) == axes:
        yield _line(role, known, closed=True)
    else:
        sides = zip(points, [*points[1:], points[0]], strict=True)
        yield from (_line(f"{role}-side", [one, other]) for one, other in sides if one and other)
    yield from (_box(f"{role}-dot", x - 2.5, y - 2.5, (5, 5)) for x, y in known)


def _name(axis: Text, number: int, axes: int, centre: Point) -> Iterator[Caption]:
    """In two lines at most, beside the end of its axis."""
    x, y = _spoke(centre, number, axes, 1 + 12 / _RADIUS)
    side = x - centre[0]
    anchor: Anchor = "middle" if abs(side) < 12 else "start" if side > 0 else "end"
    most = 30 if anchor == "middle" else int((WIDTH / 2 - abs(side)) / 6.6)
    text = _cut(axis, 2 * most - 1)
    lines = (
        [text] if len(_cut(axis, most)) == len(text) else [text[: (len(text) + 1) // 2], text[(len(text) + 1) // 2 :]]
    )
    top = (
        y
        + (0 if y < centre[1] - _RADIUS else 9 if abs(side) < 12 else 4)
        - (LINE * (len(lines) - 1) if y < centre[1] else 0)
    )
    yield from (Caption(line, (x, top + LINE * n), anchor) for n, line in enumerate(lines))


# Pies: one a series, the numbers of its slices around it.


def _pies(chart: Chart) -> Drawing:
    across = min(len(chart.series), 2)
    radius = 88.0 if across == 1 else 62.0
    wide, high = WIDTH / across, 2 * radius + 64
    outlines: list[Outline] = []
    captions: list[Caption] = []
    for number, series in enumerate(chart.series):
        centre = (wide * (number % across + 0.5), high * (number // across) + radius + 22)
        outlines += _slices(chart, series, centre, radius)
        captions += _slice_numbers(chart, series, centre, radius)
        captions.append(Caption(_cut(series.label, 24), (centre[0], centre[1] + radius + 36), "middle", strong=True))
    return Drawing(WIDTH, high * ((len(chart.series) + across - 1) // across), tuple(outlines), tuple(captions))


def _angles(chart: Chart, series: Series) -> Iterator[tuple[int, float, float]]:
    """Number, start and end of each slice; what is not shared out stays open."""
    values = [max(value or 0, 0) for value in series.values]
    whole, start = max(chart.top, sum(values)), -pi / 2
    for number, value in enumerate(values, start=1):
        end = start + 2 * pi * value / whole
        if value:
            yield number, start, end
        start = end


def _slices(chart: Chart, series: Series, centre: Point, radius: float) -> Iterator[Outline]:
    yield Outline("grid", (("M", (_at(centre, radius, 0),)), *_arc(centre, radius, 0, 2 * pi)))
    for number, start, end in _angles(chart, series):
        steps = (("M", (centre,)), ("L", (_at(centre, radius, start),)), *_arc(centre, radius, start, end), ("Z", ()))
        yield Outline(f"slice-{number}", steps)


def _slice_numbers(chart: Chart, series: Series, centre: Point, radius: float) -> Iterator[Caption]:
    for number, start, end in _angles(chart, series):
        x, y = _at(centre, radius + 11, (start + end) / 2)
        yield Caption(str(number), (x, y + 4.5), "middle")


def _at(centre: Point, radius: float, angle: float) -> Point:
    return (centre[0] + radius * cos(angle), centre[1] + radius * sin(angle))


def _arc(centre: Point, radius: float, start: float, end: float) -> Iterator[tuple[str, tuple[Point, ...]]]:
    """An arc in curves of a quarter at most."""
    pieces = max(1, int((end - start) / (pi / 2) + 0.999))
    step = (end - start) / pieces
    reach = 4 / 3 * tan(step / 4) * radius
    for number in range(pieces):
        one, other = start + number * step, start + (number + 1) * step
        (x1, y1), (x2, y2) = _at(centre, radius, one), _at(centre, radius, other)
        first = (x1 - reach * sin(one), y1 + reach * cos(one))
        second = (x2 + reach * sin(other), y2 - reach * cos(other))
        yield "C", (first, second, (x2, y2))
