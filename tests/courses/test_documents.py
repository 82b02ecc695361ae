from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from app.courses.documents import (
    DOCUMENTS,
    Built,
    DocumentName,
    Imprint,
    build_document,
    build_documents,
    trainee_pictures,
)
from app.courses.materials import group_count
from app.documents import to_pdf
from app.documents.blocks import (
    Block,
    Document,
    ExerciseLink,
    Facts,
    Heading,
    NameBox,
    Paragraph,
    Picture,
    Row,
    Table,
    field_names,
    plain,
)
from app.documents.html import to_html
from tests.catalogue.samples import HIERARCHY, OUTLINE, RING, SECRET, create_course

PUBLISHED = Imprint(3, date(2026, 11, 22))
FOR_TRAINEES: list[DocumentName] = ["handbook", "worksheets"]
FOR_TRAINERS: list[DocumentName] = ["session-plan", "answer-key"]


def built(name: DocumentName, **over: Any) -> Document:
    return build_document(name, create_course(**over)).document


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def cells(row: Row) -> tuple[str, ...]:
    """What a reader sees in each cell."""
    return tuple(" ".join(to_html(c).striptags().split()) if isinstance(c, tuple) else c.striptags() for c in row.cells)


def headings(blocks: tuple[Block, ...]) -> list[tuple[int, str, str]]:
    return [(b.level, b.text.striptags(), b.anchor) for b in blocks if isinstance(b, Heading)]


def test_every_document_is_built_in_order() -> None:
    assert tuple(build_documents(create_course())) == DOCUMENTS


def test_a_published_document_says_which_version_it_is() -> None:
    course = create_course()
    stamps = {b.document.stamp for b in build_documents(course, imprint=PUBLISHED).values()}

    assert stamps == {f"线索与需求 · 版本 3 · {course.digest[:12]} · 2026年11月22日发布"}


def test_an_unpublished_document_says_that_it_is_a_draft() -> None:
    course = create_course()

    assert build_document("handbook", course).document.stamp == f"线索与需求 · 草稿 · {course.digest[:12]}"


def test_documents_speak_the_language_of_the_course() -> None:
    course = create_course(language="en")
    document = build_document("session-plan", course, imprint=PUBLISHED).document

    assert (document.subtitle, document.edition) == ("Session plan", "Trainer's edition")
    assert document.stamp.endswith(
        "version 3 · " + create_course(language="en").digest[:12] + " · published 22 November 2026"
    )
    assert tables(document)[1].header == ("Time", "Minutes", "Content", "Methods", "Tools", "Afterwards you can")


def test_the_session_plan_has_a_row_for_every_slot() -> None:
    plan = tables(built("session-plan"))[1]

    assert [(row.role, cells(row)) for row in plan.rows] == [
        ("plain", ("09:00", "60", "三条标准", "讲授互动问答", "幻灯片、白板纸、笔", "说出三条标准")),
        ("break", ("10:00", "15", "茶歇", "", "茶点", "")),
        (
            "plain",
            (
                "10:15",
                "45",
                "客户需求",
                "课堂练习",
                "练习单、笔、白板纸",
                "区分两层需求 练习单 · 客户需求层次表 · 25 分钟",
            ),
        ),
    ]


def test_the_notes_of_the_session_plan_begin_with_the_time_of_their_slot() -> None:
    assert headings(built("session-plan").blocks) == [
        (2, "学完这门课，你能", ""),
        (2, "课程一览", ""),
        (1, "第一天", "day-1"),
        (2, "信息筛选", "s-d1-am"),
        (3, "信息筛选：把时间给谁", ""),
        (3, "09:00 三条标准", ""),
        (2, "复盘", "s-d1-pm"),
    ]


def test_the_overview_names_sessions_times_and_exercises() -> None:
    assert [cells(row) for row in tables(built("handbook"))[0].rows] == [
        ("第一天", "09:00–11:00", "信息筛选", "客户需求层次表"),
        ("", "13:30–14:00", "复盘", ""),
    ]


def test_the_run_sheet_goes_by_the_clock_with_lunch_and_room_for_the_actual_time() -> None:
    (table,) = tables(built("run-sheet"))

    assert [(row.role, *cells(row)[:4]) for row in table.rows] == [
        ("total", "09:00", "", "", "信息筛选"),
        ("plain", "09:00", "60", "", "三条标准"),
        ("break", "10:00", "15", "", "茶歇"),
        ("plain", "10:15", "45", "", "客户需求"),
        ("break", "11:00", "150", "", "午餐"),
        ("total", "13:30", "", "", "复盘"),
        ("plain", "13:30", "30", "", "总结"),
    ]


def test_the_handbook_points_to_exercises_and_shows_pictures() -> None:
    document = build_document("handbook", create_course(), pictures={"media/ring.svg": RING}).document
    links = [block for block in document.blocks if isinstance(block, ExerciseLink)]
    pictures = [block for block in document.blocks if isinstance(block, Picture)]

    assert links == [ExerciseLink("needs", links[0].title, links[0].line)]
    assert (links[0].title, links[0].line) == ("客户需求层次表", "25 分钟 · 6 分 · 独立完成")
    assert [(picture.path, picture.content) for picture in pictures] == [("media/ring.svg", RING)]


def test_a_session_without_notes_stands_in_the_handbook_with_its_aims() -> None:
    blocks = built("handbook").blocks
    start = next(i for i, block in enumerate(blocks) if isinstance(block, Heading) and block.anchor == "s-d1-pm")

    assert headings(blocks[start:]) == [(1, "复盘", "s-d1-pm"), (2, "总结", "")]


def test_worksheets_are_blank_and_have_a_box_for_the_name() -> None:
    sheet = build_document("worksheets", create_course())

    assert (sheet.document.blocks.count(NameBox()), dict(sheet.values)) == (1, {})
    assert headings(sheet.document.blocks)[0] == (1, "客户需求层次表", "e-needs")
    assert Facts(("25 分钟", "6 分", "独立完成")) in sheet.document.blocks  # type: ignore[arg-type]


def test_fields_of_two_exercises_never_share_a_name() -> None:
    twin = {**HIERARCHY, "title": "再来一次"}
    days = [{**OUTLINE["days"][0], "sessions": [{**OUTLINE["days"][0]["sessions"][0], "practice": ["again"]}]}]
    names = field_names(built("worksheets", days=days, exercises={"needs": HIERARCHY, "again": twin}).blocks)

    assert (len(names), len(set(names))) == (10, 10)
    assert {name.partition(":")[0] for name in names} == {"needs", "again"}


def test_the_answer_key_fills_the_fields_of_its_sheets() -> None:
    key = build_document("answer-key", create_course())

    assert set(key.values) <= set(field_names(key.document.blocks))
    assert [table.caption for table in tables(key.document)] == ["", "给出依据"]
    assert [cells(row) for row in tables(key.document)[0].rows] == [
        ("高峰期不能抛锚", "2", "SECRET-why-1"),
        ("多两个座位", "2", "SECRET-why-2"),
    ]


def test_the_answer_key_has_what_is_told_about_each_option() -> None:
    options = [
        {"id": "a", "text": "甲", "correct": True, "why": "SECRET-1"},
        {"id": "b", "text": "乙", "why": "SECRET-2"},
    ]
    asked = {"id": "one", "text": "哪一个", "options": options, "why": "SECRET-3"}
    choice = {"kind": "choice", "title": "选择", "minutes": 5, "points": 1, "questions": [asked]}
    exercises = {"needs": choice}

    (row,) = tables(built("answer-key", exercises=exercises))[0].rows
    assert row.cells[2] == tuple(map(Paragraph, map(plain, ("SECRET-3", "“甲”：SECRET-1", "“乙”：SECRET-2"))))
    assert "SECRET" not in str(built("worksheets", exercises=exercises))


def test_the_answer_key_has_no_column_of_reasons_where_none_is_given() -> None:
    items = [{key: value for key, value in item.items() if key != "why"} for item in HIERARCHY["items"]]
    key = built("answer-key", exercises={"needs": {**HIERARCHY, "items": items}})

    assert [cells(row) for row in tables(key)[0].rows] == [("高峰期不能抛锚", "2"), ("多两个座位", "2")]


def amounts(people: int) -> dict[str, str]:
    table = tables(build_document("materials", create_course(), people=people).document)[0]
    return {cells(row)[0]: cells(row)[1] for row in table.rows}


@pytest.mark.parametrize(
    ("people", "flipchart", "heads"),
    [(24, "8", "24"), (25, "10", "25"), (30, "10", "30"), (1, "2", "1")],
)
def test_materials_are_counted_by_heads_and_groups(people: int, flipchart: str, heads: str) -> None:
    # Flip-chart paper: 1 a group in each of two slots. Refreshments and worksheets: 1 a head, once each.
    assert amounts(people) == {"白板纸": flipchart, "茶点": heads, "练习单": heads, "幻灯片": "1", "笔": heads}


def test_groups_are_as_few_as_hold_everyone() -> None:
    assert [group_count(people, 6) for people in (0, 1, 6, 7, 24, 25)] == [1, 1, 1, 2, 4, 5]


def test_materials_name_the_times_of_each_day_and_the_sheets_to_print() -> None:
    _, sheets, day = tables(built("materials"))

    assert [cells(row) for row in sheets.rows] == [("客户需求层次表", "24", "第一天")]
    assert cells(day.rows[0]) == ("白板纸", "8", "09:00、10:15")


@pytest.mark.parametrize("name", FOR_TRAINEES)
def test_nothing_for_trainers_is_in_a_document_for_trainees(name: DocumentName) -> None:
    document = build_document(name, create_course(), pictures={"media/ring.svg": RING}).document
    pages = PdfReader(io.BytesIO(to_pdf(document))).pages
    on_paper = "".join(page.extract_text() for page in pages)

    assert (SECRET in repr(document), SECRET in to_html(document), SECRET in on_paper) == (False, False, False)
    assert "客户需求层次表" in on_paper


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("session-plan", {"SECRET-fence", "SECRET-list", "SECRET-alt"}),
        (
            "answer-key",
            {"SECRET-why-1", "SECRET-why-2", "SECRET-level-0", "SECRET-level-2", "SECRET-note", "SECRET-reason"},
        ),
    ],
)
def test_what_is_for_trainers_is_in_their_documents(name: DocumentName, marks: set[str]) -> None:
    found: Built = build_document(name, create_course())
    shown = to_html(found.document, found.values, readonly=True)

    assert {mark for mark in marks if mark in shown} == marks


def test_trainees_get_the_pictures_of_what_they_read() -> None:
    assert trainee_pictures(create_course()) == {"media/ring.svg"}


def test_a_document_is_the_same_each_time_it_is_built() -> None:
    assert build_documents(create_course()) == build_documents(create_course())


def test_a_course_without_anything_optional_has_all_documents() -> None:
    slot = {"minutes": 10, "title": "说明", "methods": ["lecture"]}
    days = [{"title": "一天", "sessions": [{"id": "s", "title": "开始", "slots": [slot]}]}]
    bare = create_course(
        days=days, notes={}, media={}, exercises={}, modules={}, process=[], objectives=[], audience=[]
    )

    assert [b.document.subtitle for b in build_documents(bare).values()] == [
        "教学计划",
        "流程表",
        "学员手册",
        "练习单",
        "参考答案",
        "用品清单",
    ]


def test_markup_in_titles_is_text() -> None:
    days = [{**OUTLINE["days"][0], "title": "<img src=x onerror=alert(1)>"}]

    assert "<img" not in to_html(built("run-sheet", days=days))
