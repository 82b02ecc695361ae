"""What adorns the classic certificate: lines woven as on banknotes. Each motif is drawn once, and laid many times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin, tau

Point = tuple[float, float]
Corners = tuple[float, float, float, float]
"""Left, bottom, right and top."""

WIDTH, HEIGHT = 841.89, 595.28
GREEN, MIST, PALE = "0.122 0.361 0.294", "0.52 0.66 0.60", "0.895 0.922 0.905"
OUTER, BAND, INNER = 22.0, 37.8, 51.6
"""How far from the edge of the paper: the thick rule, the middle of the woven band, the innermost rule."""
WAVE, SWING, STRANDS = 30.0, 8.4, 5
"""Of the band: how long one wave is and how far it swings, and how many are woven."""
CORNER = 9.6
"""Half the side of the square at a corner."""
_SAMPLES = 8
_ROSES = {"A": (172.0, 26.0, 18), "B": (122.0, 24.0, 14), "C": (76.0, 20.0, 10)}
"""Behind the text: radius, swing and petals of each family of waves."""
_TURNS = 6


@dataclass(frozen=True)
class Part:
    """A motif: what it covers, and its operators."""

    box: Corners
    code: str


def frame() -> str:
    """The roses behind the text, the woven band, a rosette in each corner, the rules."""
    rules = [_rule(OUTER, 2.6), _rule(OUTER + 4.4, 0.6), _rule(INNER - 2.6, 0.6), _rule(INNER, 1.1)]
    return "\n".join([*_roses(), *_band(), *_corners(), *rules])


def frame_parts() -> dict[str, Part]:
    """The motifs, by what the frame calls them."""
    roses = {name: _rose(*measures) for name, measures in _ROSES.items()}
    return {"Wave": _wave_part(), "Knot": _knot(), **roses}


def _rule(inset: float, weight: float) -> str:
    return f"{GREEN} RG {weight} w {inset} {inset} {WIDTH - 2 * inset:.2f} {HEIGHT - 2 * inset:.2f} re S"


def _laid(name: str, at: Point, *, turn: float = 0, stretch: float = 1) -> str:
    """A motif moved to a point, turned, and stretched along itself."""
    (x, y), across, along = at, cos(turn), sin(turn)
    turned = f"{across * stretch:.4f} {along * stretch:.4f} {-along:.4f} {across:.4f}"
    return f"q {turned} {x:.2f} {y:.2f} cm /{name} Do Q"


def _roses() -> Iterator[str]:
    middle = (WIDTH / 2, HEIGHT / 2 + 6)
    for name, (_, _, petals) in _ROSES.items():
        for number in range(_TURNS):
            yield _laid(name, middle, turn=tau * number / petals / _TURNS)


def _rose(radius: float, swing: float, petals: int) -> Part:
    reach = radius + swing + 1
    return Part((-reach, -reach, reach, reach), f"{PALE} RG 0.5 w {_closed(_circling(radius, swing, petals))}")


def _circling(radius: float, swing: float, petals: int, turned: float = 0) -> list[Point]:
    """A wave around the middle."""
    count = petals * _SAMPLES
    turns = [tau * step / count for step in range(count)]
    reaches = [radius + swing * sin(petals * (turn + turned)) for turn in turns]
    return [(reach * cos(turn), reach * sin(turn)) for reach, turn in zip(reaches, turns, strict=True)]


def _corners() -> Iterator[str]:
    for x in (BAND, WIDTH - BAND):
        for y in (BAND, HEIGHT - BAND):
            yield _laid("Knot", (x, y))


def _knot() -> Part:
    """A rosette in a square."""
    strands = [
        _closed(_circling(radius, swing, petals, tau * number / petals / 3))
        for radius, swing, petals in ((6.1, 2.4, 10), (2.6, 1.4, 6))
        for number in range(3)
    ]
    square = f"0.6 w {-CORNER} {-CORNER} {2 * CORNER} {2 * CORNER} re S"
    edge = CORNER + 1
    return Part((-edge, -edge, edge, edge), f"{GREEN} RG 0.35 w {' '.join(strands)} {square}")


def _band() -> Iterator[str]:
    """Four sides of whole waves between the corners."""
    start = BAND + CORNER
    for length, turn, places in (
        (WIDTH - 2 * start, 0, ((start, BAND), (start, HEIGHT - BAND))),
        (HEIGHT - 2 * start, pi / 2, ((BAND, start), (WIDTH - BAND, start))),
    ):
        count = round(length / WAVE)
        for x, y in places:
            for number in range(count):
                on = length * number / count
                at = (x + on * cos(turn), y + on * sin(turn))
                yield _laid("Wave", at, turn=turn, stretch=length / count / WAVE)


def _wave_part() -> Part:
    """One wave of each strand and of its mirror image."""
    strands = []
    for number in range(STRANDS):
        turned = pi * number / STRANDS
        steps = range(-1, _SAMPLES + 2)
        points = [(WAVE * step / _SAMPLES, SWING * sin(tau * step / _SAMPLES + turned)) for step in steps]
        mirrored = [(x, -y) for x, y in points]
        strands.append(f"{(MIST, GREEN)[number % 2]} RG 0.4 w {_curve(points)} S {_curve(mirrored)} S")
    return Part((0, -SWING - 1, WAVE, SWING + 1), " ".join(strands))


def _closed(points: Sequence[Point]) -> str:
    return f"{_curve([points[-1], *points, *points[:2]])} s"


def _curve(points: Sequence[Point]) -> str:
    """A smooth line through all points but the first and the last, which say where it comes from and leads."""
    parts = [f"{points[1][0]:.2f} {points[1][1]:.2f} m"]
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        first = f"{bx + (cx - ax) / 6:.2f} {by + (cy - ay) / 6:.2f}"
        parts.append(f"{first} {cx - (dx - bx) / 6:.2f} {cy - (dy - by) / 6:.2f} {cx:.2f} {cy:.2f} c")
    return " ".join(parts)
