"""What authors run: output, exit codes, and sentences instead of tracebacks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path, PurePath

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app.cli.content import content, exercise
from tests.courses.samples import DRINKS, DRINKS_TEXT, NOTES_TEXT, OUTLINE_TEXT

FLASK = click.Group(commands={"content": content, "exercise": exercise})


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content root with one course and one exercise, and the working folder."""
    course = tmp_path / "courses/coffee"
    (course / "notes").mkdir(parents=True)
    (tmp_path / DRINKS).parent.mkdir(parents=True)
    (course / "outline.yaml").write_text(OUTLINE_TEXT, encoding="utf-8")
    (course / "notes/beans.md").write_text(NOTES_TEXT, encoding="utf-8")
    (tmp_path / DRINKS).write_text(DRINKS_TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str | PurePath) -> Result:
    result = CliRunner().invoke(FLASK, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    "path", [".", "courses", "courses/coffee", "courses/coffee/outline.yaml", "exercises", str(DRINKS)]
)
def test_check_of_clean_content_says_so(root: Path, path: str) -> None:
    result = run("content", "check", path)
    assert (result.exit_code, result.output) == (0, "0 errors, 0 warnings.\n")


def test_check_names_file_line_and_way_out(root: Path) -> None:
    spoil(root / "courses/coffee/outline.yaml", "exercise: drinks", "exercise: drink")
    result = run("content", "check", "courses/coffee")
    place = "courses/coffee/outline.yaml:20:14"
    line = f"{place}: error exercise-missing «drink»: There is no such exercise. Did you mean “drinks”?"
    assert (result.exit_code, result.output.splitlines()) == (1, [line, "1 errors, 0 warnings."])


def test_check_speaks_chinese(root: Path) -> None:
    spoil(root / "courses/coffee/outline.yaml", "exercise: drinks", "exercise: drink")
    line = run("content", "check", "courses/coffee", "--language", "zh-CN").output.splitlines()[0]
    assert line.endswith("error exercise-missing «drink»: 没有这个练习。你要写的是“drinks”吗？")


def test_check_prints_json(root: Path) -> None:
    spoil(root / "courses/coffee/outline.yaml", "[Slides]", "[PPT]")
    result = run("content", "check", "--json")
    assert result.exit_code == 0
    result = run("content", "check", "courses/coffee", "--json")
    assert json.loads(result.output) == [
        {
            "file": "courses/coffee/outline.yaml",
            "line": 16,
            "column": 106,
            "severity": "warning",
            "code": "synonym",
            "value": "PPT",
            "message": "Elsewhere this is called “Slides”.",
            "remedy": "Use “Slides” throughout.",
        }
    ]


def test_warnings_count_only_when_strict(root: Path) -> None:
    spoil(root / "courses/coffee/outline.yaml", "[Slides]", "[PPT]")
    assert run("content", "check", "courses/coffee").exit_code == 0
    assert run("content", "check", "courses/coffee", "--strict").exit_code == 1


@pytest.mark.parametrize("words", [("nowhere",), ("--bogus",), ("--language", "de"), ("empty",)])
def test_check_of_nothing_is_wrong_use(root: Path, words: tuple[str, ...]) -> None:
    (root / "empty").mkdir()
    assert run("content", "check", *words).exit_code == 2


def test_a_course_without_outline_is_a_problem(root: Path) -> None:
    (root / "courses/coffee/outline.yaml").unlink()
    for path in ("courses/coffee", "."):
        result = run("content", "check", path)
        assert result.output.startswith("courses/coffee/outline.yaml:1:1: error file-missing: ")
        assert result.exit_code == 1


def test_timetable_prints_times(root: Path) -> None:
    lines = run("content", "timetable", "courses/coffee").output.splitlines()
    assert lines == [
        "Monday",
        "  From the shrub to the cup",
        "    09:00–10:00   60  Where beans grow",
        "    10:00–10:15   15  Tea break",
        "    10:15–10:45   30  Hot and cold",
    ]


def test_timetable_of_a_shipped_course_is_json() -> None:
    result = run("content", "timetable", "key-account-ecosystem", "--json")
    times = json.loads(result.output)
    assert list(times) == ["course", "days"]
    assert times["course"] == "key-account-ecosystem"
    assert times["days"][0]["sessions"][0]["slots"][0] == {
        "id": "ice-breaker",
        "title": "破冰",
        "start": "09:00",
        "end": "09:30",
        "minutes": 30,
        "break": False,
    }


def test_timetable_of_a_course_with_errors_says_why(root: Path) -> None:
    spoil(root / "courses/coffee/outline.yaml", "09:00", "09:0")
    result = run("content", "timetable", "courses/coffee")
    assert (result.exit_code, "malformed-time" in result.stderr, result.stdout) == (1, True, "")
    assert run("content", "timetable", "tea").exit_code == 2


def test_ids_are_written_once(root: Path) -> None:
    outline = root / "courses/coffee/outline.yaml"
    spoil(outline, "id: growing, ", "")
    assert run("content", "ids", "courses/coffee").output == "1 ids written.\n"
    assert "{id: where-beans-grow, minutes: 60" in outline.read_text(encoding="utf-8")
    assert run("content", "ids", outline).output == "0 ids written.\n"
    assert run("content", "ids", "exercises").exit_code == 2


def test_schemas_are_written(root: Path) -> None:
    assert run("content", "schema", "--out", "schemas").exit_code == 0
    written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (root / "schemas").iterdir()}
    assert {"outline.schema.json", "vocabulary.schema.json", "exercise-hierarchy.schema.json"} <= set(written)
    assert "break" in written["outline.schema.json"]["$defs"]["Slot"]["properties"]


def test_sheet_lists_fields(root: Path) -> None:
    assert json.loads(run("exercise", "sheet", DRINKS, "--json").output) == [
        {"name": "level.espresso", "type": "choice", "label": "Espresso"},
        {"name": "level.lemonade", "type": "choice", "label": "Lemonade"},
    ]


@pytest.fixture
def answer(root: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = root / "answer.json"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_grade_gives_exact_points(answer: Callable[[str], Path]) -> None:
    half = answer('{"level.espresso": "hot", "level.lemonade": "hot"}')
    result = json.loads(run("exercise", "grade", DRINKS, "--answer", half, "--json").output)
    assert [result["earned"], result["possible"], len(result["parts"])] == ["2", "4", 2]
    assert [list(part) for part in result["parts"]] == [["label", "earned", "possible", "feedback"]] * 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"level.espresso": NaN}', 1),
        ('{"level.espresso": 1}', 1),
        ('{"flavour": "hot"}', 1),
        ('["hot"]', 1),
        ("hot", 1),
        ("", 1),
        ("[" * 100_000, 1),
        ('{"level.espresso": "\\ud800"}', 0),
        ('{"\\ud800": "hot"}', 1),
        ("{}", 0),
    ],
)
def test_grade_refuses_what_is_no_answer(answer: Callable[[str], Path], text: str, code: int) -> None:
    result = run("exercise", "grade", DRINKS, "--answer", answer(text), "--json")
    assert (result.exit_code, bool(result.stderr)) == (code, code == 1)


def test_grade_without_its_files_is_wrong_use(root: Path) -> None:
    assert run("exercise", "grade", DRINKS, "--answer", "nowhere.json").exit_code == 2
    assert run("exercise", "grade", "no-such-exercise", "--answer", "nowhere.json").exit_code == 2
    assert run("exercise", "grade", DRINKS, "--answer", root).stderr == f"{root} cannot be read: Is a directory.\n"


def test_an_exercise_with_errors_is_not_graded(answer: Callable[[str], Path], root: Path) -> None:
    spoil(root / DRINKS, "level: cold", "level: warm")
    result = run("exercise", "grade", DRINKS, "--answer", answer("{}"))
    assert (result.exit_code, "level-unknown" in result.stderr) == (1, True)


@pytest.mark.slow
def test_build_writes_every_document(root: Path) -> None:
    assert run("content", "build", "courses/coffee", "--out", "built").exit_code == 0
    names = ["session-plan", "run-sheet", "handbook", "worksheets", "answer-key", "materials"]
    expected = {f"{name}.{kind}" for name in names for kind in ("html", "pdf")} | {"timetable.json"}
    assert {path.name for path in (root / "built").iterdir()} == expected
    assert (root / "built/handbook.pdf").read_bytes().startswith(b"%PDF-")
    assert "Show a shrub" not in (root / "built/handbook.html").read_text(encoding="utf-8")
    shutil.rmtree(root / "built")


def test_a_course_outside_any_root_is_told_of_where_it_is(root: Path) -> None:
    outside = root.parent / f"{root.name} elsewhere" / "My_Course"
    outside.mkdir(parents=True)
    text = (root / "courses/coffee/outline.yaml").read_text(encoding="utf-8")
    (outside / "outline.yaml").write_text(text.replace("notes: notes/beans.md", "notes: nowhere.md"), encoding="utf-8")
    result = run("content", "check", str(outside), "--language", "en")
    lines = [line for line in result.stdout.splitlines() if " notes-missing " in line]
    said = "error notes-missing «nowhere.md»: There is no such file. Correct it, or add what it names."
    assert lines == [f"{outside}/outline.yaml:14:9: {said}"]


@pytest.mark.slow
def test_build_says_what_cannot_be_printed(root: Path) -> None:
    spoil(root / "courses/coffee/notes/beans.md", "# Beans\n", "# Beans\n\n![A cup](media/cup.png)\n")
    (root / "courses/coffee/media").mkdir()
    (root / "courses/coffee/media/cup.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run("content", "build", "courses/coffee", "--out", "built")
    assert result.exit_code == 1
    assert result.stderr.startswith("session-plan cannot be printed: The picture media/cup.png cannot be read.")


def test_publish_makes_a_version_once(root: Path, app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["content", "publish", "courses/coffee"])
    again = runner.invoke(args=["content", "publish", "courses/coffee"])
    assert [first.output, again.output] == ["coffee is published as version 1.\n"] * 2
