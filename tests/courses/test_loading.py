"""From files to a course: what it holds, what it is remembered by, and what keeps it from being one."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath

import pytest
from pydantic import ValidationError

from app.courses.files import SHIPPED, VOCABULARY, read_files, root_of
from app.courses.loading import Loaded, load_course, load_root
from app.courses.outline import Course
from app.courses.shelf import load_exercise
from tests.courses.samples import (
    DRINKS,
    DRINKS_TEXT,
    NOTES,
    OUTLINE,
    OUTLINE_TEXT,
    ROOT,
    changed,
    files,
    forget_courses,
    loaded,
    told,
)
from tests.timing import quickly


def coffee() -> Course:
    course = loaded().course
    assert course
    return course


def test_a_course_holds_what_its_outline_names() -> None:
    course = coffee()
    assert loaded().problems == ()
    assert course.slug == "coffee"
    assert [slot.methods for slot in course.slots] == [("lecture", "interaction"), (), ("exercise",)]
    assert [slot.title for slot in course.slots] == ["Where beans grow", "Tea break", "Hot and cold"]
    assert {slug: spec.title for slug, spec in course.exercises.items()} == {"drinks": "Where it belongs"}
    assert list(course.notes) == ["notes/beans.md"]
    assert sorted(course.vocabulary.methods) == ["exercise", "interaction", "lecture"]
    assert sorted(course.vocabulary.tools) == ["pens", "refreshments", "slides"]


def test_a_course_survives_storage() -> None:
    course = coffee()
    stored = json.loads(json.dumps(course.model_dump(mode="json")))
    assert Course.from_json(stored) == course
    assert Course.from_json(stored).digest == course.digest


def test_what_was_published_is_not_asked_for_later_rules() -> None:
    """A text, a sum of points and a vocabulary that no author could write today are read back as they are."""
    stored = json.loads(json.dumps(coffee().model_dump(mode="json")))
    stored["exercises"]["drinks"] |= {"body": "![](nowhere)", "title": "One\n\nTwo", "marking": ["key", "none"]}
    del stored["vocabulary"]["categories"]["rest"]
    course = Course.from_json(stored)
    assert course.model_dump(mode="json") == stored
    with pytest.raises(ValidationError, match="3 validation errors"):
        Course.model_validate(stored)


def test_a_synonym_gives_the_same_course() -> None:
    other = loaded(outline=OUTLINE_TEXT.replace("[Lecture, Interaction]", "[talk, interaction]"))
    assert told(other.problems) == ["16:synonym"]
    assert other.course
    assert other.course.digest == coffee().digest


@pytest.mark.parametrize(
    ("name", "old", "new"), [("outline", "Monday", "Tuesday"), ("notes", "shrubs", "trees"), ("drinks", "Hot", "Warm")]
)
def test_a_change_in_any_file_gives_another_digest(name: str, old: str, new: str) -> None:
    texts = {"outline": OUTLINE, "notes": NOTES, "drinks": DRINKS}
    text = files()[texts[name]].decode().replace(old, new)
    other = loaded(**{name: text}).course
    assert other
    assert other.digest != coffee().digest


def test_words_of_lint_do_not_change_a_course() -> None:
    vocabulary = files()[VOCABULARY].decode().replace("abide, absorb", "abide, seek, absorb")
    other = load_course({**files(), VOCABULARY: vocabulary.encode()}, "coffee").course
    assert other
    assert other.digest == coffee().digest


def test_a_picture_is_known_by_its_content() -> None:
    picture = PurePosixPath("courses/coffee/media/shrub.svg")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
    notes = "# Beans\n\n![A shrub](media/shrub.svg)\n"
    found = load_course({**files(notes=notes), picture: svg}, "coffee")
    assert found.course
    assert {path: media.media_type for path, media in found.course.media.items()} == {
        "media/shrub.svg": "image/svg+xml"
    }
    assert found.media == {"media/shrub.svg": svg}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n", "picture-type"),
        (b"<svg><script>alert(1)</script></svg>", "picture-unsafe"),
        (b'<svg onload="alert(1)"/>', "picture-unsafe"),
        (b"<?xml version='1.0'?>\n<svg><!ENTITY a 'b'></svg>", "picture-unsafe"),
    ],
)
def test_a_drawing_that_is_none_is_refused(content: bytes, code: str) -> None:
    found = load_course({**files(), PurePosixPath("courses/coffee/media/a.svg"): content}, "coffee")
    assert (found.course, [problem.code for problem in found.problems]) == (None, [code])


def test_the_sources_of_a_course_are_its_texts() -> None:
    assert set(loaded().sources) == {OUTLINE, NOTES, DRINKS, VOCABULARY}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("minutes: 60", "minuts: 60", ["16:unknown-key"]),
        ("exercise: drinks", "exercise: [drinks, drink]", ["20:exercise-missing"]),
        ("exercise: drinks", "exercise: drunks", ["20:exercise-missing"]),
        ("module: beans", "module: bens", ["10:unknown-module"]),
        ("starts: ", "start: ", ["12:unknown-key"]),
        ("notes/beans.md", "../coffee/notes/beans.md", ["14:notes-missing"]),
        ("minutes: 30", "minutes: 5", ["20:exercise-too-long", "19:slot-too-short"]),
        ("title: Coffee basics", "title: ~", ["2:type"]),
        ('at: "10:15"', 'time: "10:15"', ["19:malformed-time"]),
    ],
)
def test_one_slip_is_one_problem_with_its_place(old: str, new: str, expected: list[str]) -> None:
    assert sorted(told(changed(old, new))) == sorted(expected)


def test_a_course_may_have_warnings() -> None:
    found = loaded(outline=OUTLINE_TEXT.replace("Name three countries that grow coffee", "The importance of coffee"))
    assert told(found.problems) == ["17:aim-without-verb"]
    assert found.course


def test_a_missing_outline_is_a_problem() -> None:
    assert told(loaded(outline=None).problems) == ["1:file-missing"]


def test_an_exercise_has_its_problems_at_their_lines() -> None:
    spoilt = DRINKS_TEXT.replace("level: cold", "level: warm").replace("Put each", "::: trainer\nPut each")
    found = load_exercise(files(drinks=spoilt), DRINKS)
    assert (found.spec, told(found.problems)) == (None, ["12:fence-unknown"])
    found = load_exercise(files(drinks=DRINKS_TEXT.replace("level: cold", "level: warm")), DRINKS)
    assert (found.spec, told(found.problems)) == (None, ["9:level-unknown"])


def test_a_misspelt_kind_is_a_misspelt_key() -> None:
    found = load_exercise(files(drinks=DRINKS_TEXT.replace("kind:", "knd:")), DRINKS)
    assert told(found.problems) == ["2:unknown-key"]


def test_the_problems_of_a_root_are_told_once() -> None:
    root = load_root(files(drinks=DRINKS_TEXT.replace("kind: hierarchy", "kind: hierachy")))
    assert told(root.problems) == ["2:unknown-kind"]


def test_links_out_of_a_root_are_not_followed(tmp_path: Path) -> None:
    course = tmp_path / "courses/coffee"
    course.mkdir(parents=True)
    (course / "outline.yaml").write_text(OUTLINE_TEXT, encoding="utf-8")
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    (course / "notes").mkdir()
    (course / "notes/beans.md").symlink_to(tmp_path / "secret.md")
    assert set(read_files(tmp_path)) == {VOCABULARY, OUTLINE}


@pytest.mark.parametrize("name", [b"notes/caf\xe9.md", b"media/caf\xe9.svg", b"caf\xe9/a.md"])
def test_a_name_that_is_not_utf_8_is_a_problem(tmp_path: Path, name: bytes) -> None:
    course = tmp_path / "courses/coffee"
    odd = Path(os.fsdecode(os.fsencode(course) + b"/" + name))
    odd.parent.mkdir(parents=True)
    odd.write_bytes(b"<svg/>")
    (course / "outline.yaml").write_text(OUTLINE_TEXT.replace("        notes: notes/beans.md\n", ""), encoding="utf-8")
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises/drinks.md").write_text(DRINKS_TEXT, encoding="utf-8")
    (problem,) = load_root(read_files(tmp_path)).problems
    shown = name.decode("utf-8", "replace")
    assert (str(problem.file), problem.code) == (f"courses/coffee/{shown}", "file-name")


def test_an_exercise_whose_name_is_not_utf_8_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "exercises").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/exercises/caf\xe9.md")).write_text(DRINKS_TEXT, encoding="utf-8")
    (problem,) = load_root(read_files(tmp_path)).problems
    assert str(problem).startswith("exercises/caf\ufffd.md:1:1: error file-name «caf\ufffd»: ")


def test_the_root_of_a_course_is_around_it(tmp_path: Path) -> None:
    assert root_of(ROOT / "courses/key-account-ecosystem") == ROOT
    assert root_of(tmp_path / "courses/coffee") == tmp_path
    assert root_of(tmp_path / "exercises/drinks/drinks.md") == tmp_path
    assert root_of(tmp_path / "coffee") == SHIPPED


def test_the_shipped_content_is_clean_and_quick_to_load() -> None:
    content = read_files(SHIPPED)

    def cold() -> Loaded:
        forget_courses()
        return load_course(content, "key-account-ecosystem")

    first = quickly(1, cold)
    again = quickly(0.05, lambda: load_course(dict(content), "key-account-ecosystem"))
    assert load_root(content).problems == ()
    assert again is first
