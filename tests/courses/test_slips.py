"""Slips that people make at a keyboard: one slip is one problem, at its place, with a way out that works."""

from __future__ import annotations

import pytest

from app.courses.files import VOCABULARY
from app.courses.loading import load_course, load_root
from app.courses.problems import Problem
from app.courses.shelf import load_exercise
from tests.courses.samples import DRINKS, DRINKS_TEXT, NOTES_TEXT, OUTLINE, OUTLINE_TEXT, files, loaded, told

BLOCK = """\
          - id: drinks
            at: "10:15"
            minutes: 30
            title: Hot and cold
            methods: [Exercise]
            tools: [Pens]
            exercise: drinks
            aims:
              - Sort drinks by how they are served
              - Name the hottest of them
"""
"""The last slot of the sample, a key a line, and with aims."""
SLIPS = {
    "a Chinese comma in a list": (
        "[Lecture, Interaction]",
        "[Lecture，Interaction]",
        "16:unknown-method",
        "Put a comma and a space between the words: Lecture, Interaction.",
    ),
    "a Chinese colon in braces": (
        "{id: pause,",
        "{id：pause,",
        "18:unknown-key",
        "Write “id: pause”.",
    ),
    "Chinese punctuation throughout": (
        "{id: pause, minutes: 15, break: tea}",
        "{id：pause，minutes：15，break：tea}",
        "18:unknown-key",
        "Write “id: pause, minutes: 15, break: tea”.",
    ),
    "no space after a colon": ("{id: pause,", "{id:pause,", "18:unknown-key", "Write “id: pause”."),
    "one tool that is a number": (
        "tools: [Slides]",
        "tools: [Slides, 2]",
        "16:type",
        "Write a text; put numbers and true or false in quotes.",
    ),
    "a title that is a number": (
        "title: Hot and cold",
        "title: 2012",
        "19:type",
        "Write a text; put numbers and true or false in quotes.",
    ),
    "a break that is true": (
        "break: tea",
        "break: true",
        "18:type",
        "Name it as the vocabulary does: tea, lunch or rest.",
    ),
    "digits of another width": ('starts: "09:00"', 'starts: "0９:00"', "12:malformed-time", "Write 09:00."),
    "a letter for a nought": ('at: "10:15"', 'at: "1O:15"', "19:malformed-time", "Write 10:15."),
    "an invisible space in a key": ("minutes: 60", "min\u200butes: 60", "16:control-character", "Delete it."),
    "a group the wrong way round": (
        "language: en\n",
        "language: en\ngroup_size: 6-4\n",
        "4:pattern",
        "Write the fewest and the most: 4-6, or 5.",
    ),
    "a required exercise that nobody meets": (
        "language: en\n",
        "language: en\ncompletion: {exercises: {required: [other]}}\n",
        "4:exercise-elsewhere",
        "Name it in a slot or in “practice”, or take it out here.",
    ),
    "a module renamed where it is defined": (
        "  beans: {title: Beans",
        "  baens: {title: Beans",
        "10:unknown-module",
        "Did you mean “baens”, as in line 5?",
    ),
    "a huge number": ("minutes: 60", f"minutes: {'9' * 21}", "16:range", "The most is 600."),
}  # fmt: skip


def with_other_exercise(outline: str) -> tuple[Problem, ...]:
    other = DRINKS.with_name("other.md")
    return load_course({**files(outline=outline), other: DRINKS_TEXT.encode()}, "coffee").problems


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_one_problem_with_a_way_out(slip: str) -> None:
    old, new, place, remedy = SLIPS[slip]
    assert OUTLINE_TEXT.count(old) == 1
    problems = with_other_exercise(OUTLINE_TEXT.replace(old, new))
    assert told(problems) == [place]
    assert str(problems[0]).endswith(remedy)


LIST = "Indent it like the entries of the list, or begin it with “- ”."
BLOCK_SLIPS = {
    "Chinese brackets": (
        "[Exercise]",
        "【Exercise】",
        "23:type",
        "Use the half-width brackets [ ], commas and spaces.",
    ),
    "an entry a space too far left": ("              - Sort", "             - Sort", "27:yaml", LIST),
    "an entry a space too far right": ("              - Name", "               - Name", "28:yaml", LIST),
    "an entry without its dash": ("              - Sort", "              Sort", "27:yaml", LIST),
    "a dash without its space": ("              - Sort", "              -Sort", "27:yaml", LIST),
    "a dash of another length": ("              - Sort", "              – Sort", "27:yaml", LIST),
}


@pytest.mark.parametrize("slip", BLOCK_SLIPS)
def test_a_slip_in_a_block_is_one_problem_at_its_line(slip: str) -> None:
    old, new, place, remedy = BLOCK_SLIPS[slip]
    outline = OUTLINE_TEXT[: OUTLINE_TEXT.index("          - {id: drinks,")] + BLOCK
    assert (loaded(outline=outline).problems, outline.count(old)) == ((), 1)
    problems = loaded(outline=outline.replace(old, new)).problems
    assert told(problems) == [place]
    assert str(problems[0]).endswith(remedy)


HEADS = {
    "two hyphens under the head": ("cold brew.\n---", "cold brew.\n--", "11:head-unclosed"),
    "a dash under the head": ("cold brew.\n---", "cold brew.\n———", "11:head-unclosed"),
    "four hyphens over the head": ("---\nkind", "----\nkind", "1:head-missing"),
    "the text in the head": ("note:", "body:", "10:unknown-key"),
    "items and rows": ("note: Nobody agrees about cold brew.", "rows: 2", "7:items-or-rows"),
    "an invisible character in a key": ("minutes", "min\u200butes", "4:control-character"),
}


@pytest.mark.parametrize("slip", HEADS)
def test_a_slip_in_an_exercise_is_one_problem_at_its_line(slip: str) -> None:
    old, new, place = HEADS[slip]
    assert DRINKS_TEXT.count(old) == 1
    found = load_exercise(files(drinks=DRINKS_TEXT.replace(old, new)), DRINKS)
    assert (told(found.problems), found.spec) == ([place], None)


def test_one_who_marks_needs_no_brackets() -> None:
    spec = load_exercise(files(drinks=DRINKS_TEXT.replace("points: 4", "points: 4\nmarking: key")), DRINKS).spec
    assert spec
    assert spec.marking == ("key",)


def test_empty_notes_are_told() -> None:
    assert told(loaded(notes=" \n").problems) == ["1:empty"]


def test_a_picture_of_an_exercise_has_to_be_in_the_course() -> None:
    drinks = DRINKS_TEXT + "\n![A cup](media/cup.svg)\n"
    (problem,) = loaded(drinks=drinks).problems
    assert (problem.file, problem.line, problem.code) == (DRINKS, 14, "picture-missing")


def test_a_picture_of_a_trainers_note_is_named_at_its_line() -> None:
    note = "note: |\n  Nobody agrees.\n\n  ![A cup](media/cup.svg)\n"
    drinks = DRINKS_TEXT.replace("note: Nobody agrees about cold brew.\n", note)
    (problem,) = loaded(drinks=drinks).problems
    assert (problem.file, problem.line, problem.column, problem.code) == (DRINKS, 13, 12, "picture-missing")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("![a [b] c](media/nope.png)", (3, 12)),
        ("![a cup\nof coffee](media/nope.png)", (4, 12)),
        ("> ![a cup](media/nope.png)", (3, 12)),
    ],
)
def test_a_lost_picture_is_told_however_it_is_written(text: str, place: tuple[int, int]) -> None:
    (problem,) = loaded(notes=f"# Beans\n\n{text}\n").problems
    assert (problem.code, problem.value) == ("picture-missing", "media/nope.png")
    assert (problem.line, problem.column) == place


def test_what_stands_in_code_is_no_picture_and_no_exercise() -> None:
    notes = "# Beans\n\nWrite `![a cup](media/nope.png)` so.\n\n```\n::: exercise nope\n:::\n![a](media/b.png)\n```\n"
    assert loaded(notes=notes).problems == ()


def test_a_lost_exercise_is_told_with_its_place() -> None:
    (problem,) = loaded(notes="# Beans\n\n::: exercise drunks\n:::\n").problems
    assert str(problem) == (
        "courses/coffee/notes/beans.md:3:14: error exercise-missing «drunks»: "
        "There is no such exercise. Did you mean “drinks”?"
    )


UNPRINTABLE: dict[str, tuple[str, str, str, list[tuple[int, int, str]]]] = {
    "a title": ("outline", "title: Hot and cold", "title: Hot 🙂 and 🙂 cold", [(19, 63, "🙂")]),
    "an escaped one": ("outline", "title: Monday", 'title: "Mon\\U0001F642day"', [(7, 5, "🙂")]),
    "two in an outline": ("outline", "title: Monday", "title: Mon🙂day ⻨", [(7, 15, "🙂"), (7, 20, "⻨")]),
    "the notes": ("notes", "Show a shrub.", "Show\na 🙂 shrub 🙂.", [(10, 3, "🙂")]),
    "the head of an exercise": ("drinks", "text: Espresso", "text: Espresso 🙂", [(8, 35, "🙂")]),
    "the text of an exercise": ("drinks", "Put each", "🙂 Put each", [(12, 1, "🙂")]),
    "a comment": ("outline", "language: en", "language: en  # 🙂", []),
    "composed": ("notes", "Beans grow", "Cafe\u0301 beans\u00a0grow\u200d", []),
    "our own signs": ("notes", "Beans grow", "① □ ■ ✓ ★ → · — “beans” grow，《咖啡》", []),
}  # fmt: skip


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_a_character_that_cannot_be_printed_is_told_once_a_file(name: str) -> None:
    part, old, new, expected = UNPRINTABLE[name]
    text = {"outline": OUTLINE_TEXT, "notes": NOTES_TEXT, "drinks": DRINKS_TEXT}[part]
    assert text.count(old) == 1
    problems = [p for p in loaded(**{part: text.replace(old, new)}).problems if p.code != "control-character"]
    assert [(p.line, p.column, p.value) for p in problems] == expected
    assert {(p.severity, p.code) for p in problems} <= {("error", "character-unprintable")}


def test_a_character_in_head_and_text_is_told_once() -> None:
    spoilt = DRINKS_TEXT.replace("text: Espresso", "text: Espresso 🙂").replace("Put each", "🙂 Put each")
    assert told(load_exercise(files(drinks=spoilt), DRINKS).problems) == ["8:character-unprintable"]


def test_a_gap_within_a_session_is_no_meal() -> None:
    outline = OUTLINE_TEXT.replace('"09:00"', '"10:05"').replace('at: "10:15"', 'at: "12:00"')
    assert told(loaded(outline=outline).problems) == ["19:gap"]


def test_a_name_given_to_a_slot_without_one_is_taken() -> None:
    outline = OUTLINE_TEXT.replace("{id: pause, ", "{").replace("id: drinks", "id: beans-2")
    (problem,) = loaded(outline=outline).problems
    assert str(problem) == (
        "courses/coffee/outline.yaml:19:14: error duplicate-id «beans-2»: "
        "The slot of line 18 has no id and is called so. Give each an id of its own."
    )


@pytest.mark.parametrize("hours", ["1e-308", "0", "0.5", "25", "-6"])
def test_a_day_has_hours(hours: str) -> None:
    outline = OUTLINE_TEXT.replace("language: en\n", f"language: en\nhours_per_day: {hours}\n")
    assert told(loaded(outline=outline).problems) == ["4:range"]


def test_a_folder_whose_name_is_no_address_is_told() -> None:
    folder = OUTLINE.parent.with_name("Hot Coffee")
    renamed = {
        folder / f.relative_to(OUTLINE.parent) if f.is_relative_to(OUTLINE.parent) else f: c for f, c in files().items()
    }
    found = load_course(renamed, folder)
    assert (found.slug, found.course, told(found.problems)) == ("hot-coffee", None, ["1:file-name"])


def test_a_vocabulary_has_a_category_for_breaks() -> None:
    words = files()[VOCABULARY].decode()
    without = "\n".join(line for line in words.split("\n") if not line.startswith("  rest: {") or "colour" not in line)
    found = load_course({**files(), VOCABULARY: without.encode()}, "coffee")
    assert (found.course, told(found.problems)) == (None, ["3:rest-missing"])


def test_a_synonym_in_capitals_is_the_same_term() -> None:
    outline = OUTLINE_TEXT.replace("tools: [Slides]", "tools: [PPT]").replace("tools: [Pens]", "tools: [Pens, ppt]")
    assert told(loaded(outline=outline).problems) == ["16:synonym"]


def test_a_course_without_its_outline_is_a_course_with_a_problem() -> None:
    (course,) = load_root(files(outline=None)).courses
    assert (course.slug, told(course.problems)) == ("coffee", ["1:file-missing"])


@pytest.mark.parametrize(
    ("time", "code", "remedy"),
    [
        ("10:45-10:15", "backwards-time", "Write 10:15-10:45, or correct the end."),
        ("12:00-10:15", "backwards-time", "Write 10:15-12:00, or correct the end."),
        ("23:00-00:30", "backwards-time", "Correct the end."),
        ("10:15-10:15", "backwards-time", "Correct the end."),
    ],
)
def test_a_time_that_runs_backwards_is_one_problem(time: str, code: str, remedy: str) -> None:
    problems = loaded(outline=OUTLINE_TEXT.replace('at: "10:15", minutes: 30', f'time: "{time}"')).problems
    assert told(tuple(p for p in problems if p.severity == "error")) == [f"19:{code}"]
    assert str(problems[-1]).endswith(remedy)
