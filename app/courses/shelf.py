"""The exercises of a content root, found by slug and read from their files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePosixPath

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.courses.files import LOST, Files, is_slug
from app.courses.printing import place_after, unprintable_text, unprintable_values
from app.courses.problems import Problem, cut, once_a_slip
from app.courses.reading import read_model
from app.courses.source import Source, Steps, parse_yaml
from app.courses.text import read_text
from app.courses.wording import key_problem, located
from app.documents.markdown import Found, MarkdownProblem, parse_markdown
from app.exercises import KINDS, Spec, UnknownKind, giveaways, parse_spec
from app.exercises.spelling import nearest
from app.words import say

_HEAD = re.compile(r"---[ ]*\n(.*?)^---[ ]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_ALMOST_CLOSED = re.compile(r"^(?:-{2,}|[-–—－]+|={3,}) *$", re.MULTILINE)
_BODY: Steps = ("body",)


@dataclass(frozen=True)
class LoadedExercise:
    """A spec is there exactly when there are no errors."""

    slug: str
    file: PurePosixPath
    spec: Spec | None
    problems: tuple[Problem, ...]
    pictures: tuple[Found, ...] = ()
    """What its texts show, by the path inside a course's folder, with the place in the file."""


def load_exercise(files: Files, file: PurePosixPath) -> LoadedExercise:
    """The exercise in a file of the root, or what is wrong with it."""
    if file not in files:
        sentence = say("There is no such file.")
        problem = Problem(file, 1, 1, "error", "file-missing", "", sentence, say("Check the path."))
        return LoadedExercise(file.stem, file, None, (problem,))
    loaded = _read(file, files[file])
    alike = {other: files[other] for other in files if other.parts[-1] == file.parts[-1] and other != file}
    twins = [*exercise_files(alike)]
    if not twins:
        return loaded
    sentence = say("{file} has the same name.", file=min(twins))
    remedy = say("Rename one of them: an exercise is known by its file's name.")
    problem = Problem(file, 1, 1, "error", "duplicate-slug", file.stem, sentence, remedy)
    return replace(loaded, spec=None, problems=(problem, *loaded.problems))


def exercise_files(files: Files) -> Iterator[PurePosixPath]:
    """The files of the root that are exercises."""
    return (file for file in files if file.parts[0] == "exercises" and file.suffix == ".md" and len(file.parts) > 1)


def exercises_by_slug(files: Files) -> Mapping[str, PurePosixPath]:
    """Where each exercise stands; of several with one name the first."""
    found: dict[str, PurePosixPath] = {}
    for file in sorted(exercise_files(files)):
        found.setdefault(file.stem, file)
    return found


@lru_cache(maxsize=512)
def _read(file: PurePosixPath, content: bytes) -> LoadedExercise:
    text, problems = read_text(file, content, tabs=True)
    if text is None:
        return LoadedExercise(file.stem, file, None, problems)
    found = _exercise_in(file, text)
    problems = (*_bad_name(file), *problems, *found.problems)
    failed = any(problem.severity == "error" for problem in problems)
    return replace(found, spec=None if failed else found.spec, problems=once_a_slip(problems))


def _bad_name(file: PurePosixPath) -> Iterator[Problem]:
    if not is_slug(file.stem) or LOST in str(file):
        sentence = say("A file name is small letters, digits and single hyphens.")
        remedy = say("Rename the file: its name is the exercise's address.")
        yield Problem(file, 1, 1, "error", "file-name", cut(file.stem), sentence, remedy)


def _exercise_in(file: PurePosixPath, text: str) -> LoadedExercise:
    broken = LoadedExercise(file.stem, file, None, (_no_head(file, text),))
    match = _HEAD.match(text)
    if match is None:
        return broken
    source = parse_yaml(file, match[1], first_line=2)
    if not isinstance(source.data, dict):
        return replace(broken, problems=source.problems or (_no_head(file, ""),))
    if "body" in source.data:
        sentence, remedy = say("The text of an exercise stands under its head."), say("Move it under the second “---”.")
        wrong = located(source, _BODY, "unknown-key", sentence, remedy)
        return replace(broken, problems=(*source.problems, wrong))
    body_line = text[: match.end()].count("\n") + 1
    spec, problems = _validated(source, {**source.data, "body": text[match.end() :]}, body_line)
    problems = (*source.problems, *problems, *_unprintable(source, text, match.end()))
    return replace(broken, spec=spec, problems=problems, pictures=tuple(_pictures(spec, source, text, body_line)))


def _unprintable(source: Source, text: str, body: int) -> Iterator[Problem]:
    """Of the head and of the body, which begins at this index."""
    told = list(unprintable_values(source, text))
    yield from told
    blank_head = "\n" * text.count("\n", 0, body)  # the lines of the body are counted from the start of the file
    for problem in unprintable_text(source.file, blank_head + text[body:]):
        if problem.value not in {each.value for each in told}:
            yield problem


def _pictures(spec: Spec | None, source: Source, text: str, body_line: int) -> Iterator[Found]:
    """The pictures of the two texts that may have some."""
    if spec is None or "![" not in text:
        return
    for found in parse_markdown(spec.note).pictures:
        line, column = place_after(text, found.name, source.spot(("note",)))
        yield Found(found.name, line, column)
    for found in parse_markdown(spec.body).pictures:
        yield replace(found, line=body_line + found.line - 1)


def _no_head(file: PurePosixPath, text: str) -> Problem:
    remedy = say("Begin the file with a line “---”, the keys, and another line “---”.")
    if text.partition("\n")[0].rstrip() == "---":
        sentence, remedy = say("The head that begins here is not closed."), say("Add a line “---” under the last key.")
        line, value = 1, "---"
        if almost := _ALMOST_CLOSED.search(text, 4):
            line, value = text[: almost.start()].count("\n") + 1, almost[0]
            sentence, remedy = say("This does not close the head."), say("Write three hyphens: “---”.")
        return Problem(file, line, 1, "error", "head-unclosed", value, sentence, remedy)
    return Problem(file, 1, 1, "error", "head-missing", "", say("The exercise has no head."), remedy)


def _validated(source: Source, head: Mapping[str, object], body_line: int) -> tuple[Spec | None, tuple[Problem, ...]]:
    try:
        spec = parse_spec(head)
    except UnknownKind as unknown:
        if "kind" not in head and (meant := nearest("kind", head)):
            return None, (key_problem(source, (meant,), ("kind",)),)
        return None, (located(source, ("kind",), "unknown-kind", unknown.sentence, unknown.remedy),)
    except ValidationError as error:
        bodies = [each for each in error.errors(include_url=False) if each["loc"] == _BODY]
        unprintable = (problem for each in bodies for problem in _body_problems(each, source, body_line))
        model = KINDS[str(head["kind"])].Spec
        read = read_model(source, head, parse_spec, model=model, elsewhere=frozenset({_BODY}))
        return None, (*read.problems, *unprintable)
    return spec, tuple(_giveaway(source, path) for path, _ in giveaways(spec))


def _giveaway(source: Source, path: Steps) -> Problem:
    sentence = say("The id tells whoever reads the page's source what the answer is.")
    return located(source, path, "id-gives-key-away", sentence, say("Name it after what it is about."))


def _body_problems(error: ErrorDetails, source: Source, body_line: int) -> Iterator[Problem]:
    found: tuple[MarkdownProblem, ...] = error.get("ctx", {}).get("problems", ())
    for each in found:
        line = body_line + each.line - 1
        yield Problem(source.file, line, each.column, "error", each.code, each.value, each.sentence, each.remedy)
