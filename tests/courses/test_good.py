"""Good courses of other trades, by other authors: the check has nothing to say of them."""

from __future__ import annotations

import pytest

from app.cli.places import problems_under
from app.courses.files import SHIPPED, course_path, read_files
from app.courses.loading import load_course
from app.courses.timetable import compile_timetable
from tests.courses.samples import OUTLINE_TEXT, ROOT, loaded

GOOD = ROOT / "tests/courses/good"

VERBLESS = {
    "en": [
        "The importance of grinding",
        "Introduction to coffee",
        "Course overview",
        "Customer satisfaction",
        "Understanding of the process",
        "Grinding and brewing",
        "Review of last week",
        "Why guests leave",
        "Five steps to success",
        "Awareness of risks",
        "Time management",
    ],
    "zh-CN": [
        "学员相互认识",
        "课程概述",
        "满意度的调研和提升",
        "销售流程",
        "沟通技巧",
        "一次成功的拜访",
        "支出的结构",
        "异议的类型",
        "良好的职业形象",
    ],
}
WITH_A_VERB = {
    "en": [
        "Swap over without a pause",
        "Attach the pads within a minute",
        "Triage two casualties",
        "Quantify the cost of a delay",
        "Anticipate three objections",
        "Describe, in your own words, the process",
        "Speak about mistakes",
        "Think of three reasons",
        "Be able to list three risks",
        "Within a minute, find the right form",
        "Correctly sort waste into five bins",
        "Refactor a long function into small ones",
        "Change a tyre",
    ],
    "zh-CN": [
        "在自己的电脑上装好环境",
        "把订单表和客户表合并成一张",
        "将日期列转换为时间索引",
        "修改一张误导人的图",
        "按地区统计销售额",
        "正确佩戴呼吸器",
        "包扎一处出血的伤口",
        "让客户愿意再见面",
        "通过小组讨论，决定缺失值删还是补",
        "理顺流程",
    ],
}


@pytest.mark.parametrize("course", sorted(path.name for path in GOOD.iterdir()))
def test_a_good_course_is_clean(course: str) -> None:
    assert [str(problem) for problem in problems_under(GOOD / course)] == []


def test_a_good_course_has_its_times() -> None:
    folder = GOOD / "first-aid"
    course = load_course(read_files(SHIPPED, folder), course_path(SHIPPED, folder)).course
    assert course
    assert [(slot.starts, slot.ends) for slot in compile_timetable(course).days[1].slots] == [
        ("08:30", "09:00"),
        ("09:00", "10:00"),
        ("10:00", "10:15"),
        ("10:15", "11:00"),
        ("11:00", "11:30"),
        ("13:00", "14:00"),
        ("14:00", "14:30"),
        ("14:30", "14:45"),
        ("14:45", "16:00"),
        ("16:00", "16:30"),
    ]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_only_an_aim_without_verb_is_told(language: str) -> None:
    aims = "".join(f'\n              - "{aim}"' for aim in (*VERBLESS[language], *WITH_A_VERB[language]))
    slot = f"""\
          - id: aims
            minutes: 30
            title: Aims
            methods: [Group work]
            tools: [Cards, Pens]
            aims:{aims}
"""
    outline = OUTLINE_TEXT.replace("90 minutes", "2 hours").replace("0.25 day", "2 hours") + slot
    told = [(problem.code, problem.value) for problem in loaded(outline=outline).problems]
    assert told == [("aim-without-verb", aim) for aim in VERBLESS[language]]
