"""Charts: the geometry against what is known of circles and bars, and the table that says the same."""

from __future__ import annotations

import re
from math import dist, pi

import pytest

from app.documents.blocks import Chart, Document, Series, plain
from app.documents.drawing import WIDTH, Drawing, Outline, amount, drawing_of
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from tests.documents.test_pdf import read, squeezed

AXES = tuple(plain(f"轴{n}") for n in range(4))


def chart(shape: str, *values: tuple[float | None, ...], top: float = 100) -> Chart:
    series = tuple(Series(plain(f"系列{n}"), each) for n, each in enumerate(values))
    return Chart(shape, AXES[: len(values[0])], series, top, "%", plain("分布"))  # type: ignore[arg-type]  # parametrised


def points(outline: Outline) -> list[tuple[float, float]]:
    return [point for _, step in outline.steps for point in step]


def of_role(drawing: Drawing, role: str) -> list[Outline]:
    return [outline for outline in drawing.outlines if outline.role == role]


@pytest.mark.parametrize("shape", ["radar", "bars", "pie"])
@pytest.mark.parametrize("values", [(10, 20, 30, 40), (0, 0, 0, 0), (100, 100, 100, 100), (None, 5, None, 7)])
def test_everything_stands_on_the_sheet(shape: str, values: tuple[float | None, ...]) -> None:
    drawing = drawing_of(chart(shape, values, values[::-1]))
    for x, y in (point for outline in drawing.outlines for point in points(outline)):
        assert -0.01 <= x <= WIDTH + 0.01
        assert -0.01 <= y <= drawing.height + 0.01
    assert all(0 <= caption.at[1] <= drawing.height + 4 for caption in drawing.captions)


def test_bars_are_as_long_as_their_values() -> None:
    drawing = drawing_of(chart("bars", (25, 50, 100, 200)))
    lengths = [max(x for x, _ in points(bar)) for bar in of_role(drawing, "bar-1")]
    assert [round(length / lengths[0], 6) for length in lengths] == [1, 2, 4, 4]


def test_corners_of_a_radar_lie_as_far_out_as_their_values() -> None:
    drawing = drawing_of(chart("radar", (25, 50, 75, 100)))
    (polygon,) = of_role(drawing, "series-1")
    rim = points(of_role(drawing, "grid")[3])
    centre = (sum(x for x, _ in rim) / 4, sum(y for _, y in rim) / 4)
    assert [round(100 * dist(p, centre) / dist(rim[0], centre)) for p in points(polygon)] == [25, 50, 75, 100]


def test_radar_with_a_value_missing_has_no_area() -> None:
    drawing = drawing_of(chart("radar", (25, None, 75, 100)))
    assert of_role(drawing, "series-1") == []
    assert len(of_role(drawing, "series-1-side")) == 2
    assert len(of_role(drawing, "series-1-dot")) == 3


def test_two_axes_make_bars_instead_of_a_radar() -> None:
    assert of_role(drawing_of(chart("radar", (10, 20))), "bar-1") != []


def area(outline: Outline) -> float:
    """Of a path, its curves taken as many short lines."""
    corners: list[tuple[float, float]] = []
    for letter, step in outline.steps:
        if letter == "C":
            start, (one, two, end) = corners[-1], step
            for n in range(1, 33):
                t = n / 32
                parts = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                four = (start, one, two, end)
                corners.append(
                    (
                        sum(p * q[0] for p, q in zip(parts, four, strict=True)),
                        sum(p * q[1] for p, q in zip(parts, four, strict=True)),
                    )
                )
        else:
            corners += step
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, [*corners[1:], corners[0]], strict=True))) / 2


def test_slices_have_the_area_of_their_shares() -> None:
    drawing = drawing_of(chart("pie", (10, 20, 30, 25)))
    whole = area(of_role(drawing, "grid")[0])
    slices = [area(of_role(drawing, f"slice-{n}")[0]) / whole for n in range(1, 5)]
    assert slices == pytest.approx([0.10, 0.20, 0.30, 0.25], abs=0.001)
    assert whole == pytest.approx(pi * 88**2, rel=0.01)


def test_more_than_all_fills_the_circle_once() -> None:
    drawing = drawing_of(chart("pie", (100, 100, 100, 100)))
    whole = area(of_role(drawing, "grid")[0])
    assert area(of_role(drawing, "slice-3")[0]) / whole == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize("shape", ["radar", "bars", "pie"])
def test_table_says_the_same_as_the_drawing(shape: str) -> None:
    page = str(to_html((chart(shape, (12.5, 20, None, 40), (1, 2, 3, 4)),), scope="p-"))
    cells = re.findall(r'<td class="num end">([^<]*)</td>', page)
    assert cells == ["12.5%", "1%", "20%", "2%", "–", "3%", "40%", "4%"]
    assert "style=" not in page
    assert page.count("<title") == page.count("<desc") == 1
    pdf = squeezed(read(render_pdf(Document("纸", (chart(shape, (12.5, 20, None, 40)),), "zh-CN"))))
    assert "12.5%" in pdf
    assert "轴3" in pdf


def test_names_are_cut_and_never_markup() -> None:
    long = Chart("bars", (plain("<b>" + "很长的名称" * 20),), (Series(plain("A"), (5,)),), 10)
    page = str(to_html((long,)))
    assert "<b>很" not in page
    assert any(caption.text.endswith("…") for caption in drawing_of(long).captions)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(None, "%", "–"), (33.333, "%", "33.33%"), (40.0, "%", "40%"), (1234567.0, "元", "1234567 元"), (0.0, "", "0")],
)
def test_amounts_are_written_short(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit) == text
