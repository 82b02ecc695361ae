"""The timetable of a real course, slips and all: each slip is found, and nothing else."""

from __future__ import annotations

from collections import Counter

from app.courses.files import read_files
from app.courses.loading import load_course
from app.courses.outline import Outline
from app.courses.source import parse_yaml
from app.courses.timetable import compile_timetable
from tests.courses.samples import ROOT

FILES = read_files(ROOT / "tests/courses/printed")
LOADED = load_course(FILES, "printed-timetable")
SYNONYMS = [
    "交互式发言",
    "讲师讲解",
    "PPT",
    "学员互动",
    "讲评",
    "场景案列",
    "讲师演讲",
    "互动式发言",
    "实车演练",
    "案列讲解",
    "讲师点评",
    "互动总结",
    "讲师总结",
    "权威数据展示",
    "组长发言",
]


def test_the_printed_timetable_has_its_slips_and_no_others() -> None:
    assert Counter(problem.code for problem in LOADED.problems) == {
        "overlap": 2,
        "malformed-time": 1,
        "odd-separator": 1,
        "unpadded-time": 4,
        "session-stated": 4,
        "unmatched-bracket": 1,
        "process-step-without-session": 1,
        "slot-too-short": 2,
        "over-120-without-break": 3,
        "lecture-only": 1,
        "lecture-share": 1,
        "aim-missing-activity": 12,
        "board-without-pens": 6,
        "method-needs-tool": 1,
        "aim-without-verb": 4,
        "truncated": 1,
        "synonym": len(SYNONYMS),
        "exercise-unnamed": 1,
    }
    assert LOADED.course is None


def test_a_synonym_is_told_of_once() -> None:
    assert [problem.value for problem in LOADED.problems if problem.code == "synonym"] == SYNONYMS


def test_the_printed_times_are_compiled_as_they_were_meant() -> None:
    file = next(file for file in FILES if file.name == "outline.yaml")
    outline = Outline.model_validate(parse_yaml(file, FILES[file].decode()).data)
    days = compile_timetable(outline).days
    assert [day.taught for day in days] == [360, 360, 360, 360, 165]
    assert [(slot.starts, slot.ends) for slot in days[4].slots] == [
        ("09:00", "10:15"),
        ("10:15", "10:30"),
        ("10:30", "10:45"),
        ("10:45", "12:00"),
    ]
    assert sum(1 for day in days for _ in day.slots) == 40
