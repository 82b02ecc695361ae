"""What a path or a name on the command line means: a course, an exercise, or a content root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

import click

from app.courses.files import OUTLINE, SHIPPED, Files, course_path, is_root, read_files, readable, root_of
from app.courses.loading import Loaded, load_course, load_root
from app.courses.outline import Course
from app.courses.problems import Problem
from app.courses.shelf import LoadedExercise, exercises_by_slug, load_exercise
from app.exercises import Spec
from app.words import Sentence, in_words, say
from config import terminal_language


class Refusal(click.ClickException):
    """Ends a command with a sentence on stderr, and exit code 1."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(in_words(sentence, terminal_language()))

    def show(self, file: object = None) -> None:  # noqa: ARG002  (click's signature)
        click.echo(self.message, err=True)


class WrongUse(Refusal):
    """The command was given something it has no use for: exit code 2."""

    exit_code = 2


@dataclass(frozen=True)
class Root:
    """A content root with its files."""

    folder: Path
    files: Files
    elsewhere: tuple[PurePosixPath, Path] | None = None
    """A folder among its files, and where that is on the disk: courses and exercises may lie in no root."""

    def shown(self, problem: Problem) -> Problem:
        """The problem with its file as the reader of a terminal can open it."""
        place = self.folder / problem.file
        if self.elsewhere and problem.file.is_relative_to(self.elsewhere[0]):
            place = self.elsewhere[1] / problem.file.relative_to(self.elsewhere[0])
        inside = place.resolve().is_relative_to(Path.cwd())
        shown = os.path.relpath(place) if inside else place.as_posix()
        return Problem(readable(PurePath(shown)), *(getattr(problem, name) for name in _REST))


_REST = ("line", "column", "severity", "code", "value", "sentence", "remedy")


def problems_under(path: Path) -> Iterator[Problem]:
    """The problems of whatever the path names, not sorted. Raises WrongUse where it names nothing of ours."""
    if not path.exists():
        raise WrongUse(say("There is no {path}.", path=path))
    if is_root(path):
        root = Root(path, files_of(path))
        yield from map(root.shown, load_root(root.files).problems)
        return
    course = course_around(path)
    found = [course] if course else courses_in(path)
    for folder in found:
        root, loaded = open_course(folder)
        yield from map(root.shown, loaded.problems)
    files = [] if course else exercises_in(path)
    for file in files:
        root, exercise = open_exercise(file)
        yield from map(root.shown, exercise.problems)
    if not found and not files:
        raise WrongUse(say("{path} is neither a course folder nor an exercise nor a content root.", path=path))


def files_of(root: Path, *courses: Path) -> Files:
    """The files of a root. Refuses one with a file that may not be read."""
    try:
        return read_files(root, *courses)
    except OSError as error:
        raise _unreadable(error) from None


def bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> WrongUse:
    return WrongUse(say("{path} cannot be read: {why}.", path=error.filename, why=error.strerror))


def course_around(path: Path) -> Path | None:
    """The folder of the course that the path names, or that it lies in."""
    if path.is_dir() and path.resolve().parent.name == "courses":
        return path
    return next((p for p in (path, *path.parents) if (p / OUTLINE).is_file()), None)


def courses_in(path: Path) -> list[Path]:
    return sorted(outline.parent for outline in path.glob(f"*/{OUTLINE}")) if path.is_dir() else []


def exercises_in(path: Path) -> list[Path]:
    """The exercise at the path, or the exercises of a topic or of the whole folder of exercises."""
    if path.is_file():
        return [path] if path.suffix == ".md" else []
    return sorted(path.rglob("*.md")) if "exercises" in path.resolve().parts else []


def open_course(folder: Path) -> tuple[Root, Loaded]:
    around = root_of(folder)
    inner = course_path(around, folder)
    root = Root(around, files_of(around, folder), (inner, folder))
    return root, load_course(root.files, inner)


def open_exercise(file: Path) -> tuple[Root, LoadedExercise]:
    """The exercise in a file, with those of its root around it; in a file outside any root it stands alone."""
    folder, place = root_of(file), file.resolve()
    if place.is_relative_to(folder.resolve() / "exercises"):
        root, inner = Root(folder, files_of(folder)), PurePosixPath(place.relative_to(folder.resolve()).as_posix())
    else:
        inner = PurePosixPath("exercises", place.name)
        root = Root(place.parent, {inner: bytes_of(place)}, (inner.parent, place.parent))
    return root, load_exercise(root.files, inner)


def course_called(name: str) -> tuple[Root, Loaded]:
    """The course of this slug among the shipped ones, or in the folder of this path. Refuses one with errors."""
    folder = SHIPPED / "courses" / name
    if not (folder / OUTLINE).is_file():
        folder = Path(name)
    if not (folder / OUTLINE).is_file():
        raise WrongUse(say("There is no course “{name}”.", name=name))
    root, loaded = open_course(folder)
    if loaded.course is None:
        _tell_of(map(root.shown, loaded.problems))
    whole(loaded)
    return root, loaded


def exercise_called(name: str) -> LoadedExercise:
    """The exercise of this slug among the shipped ones, or in the file of this path. Refuses one with errors."""
    path = Path(name)
    if not path.is_file():
        shelf = exercises_by_slug(read_files(SHIPPED))
        if name not in shelf:
            raise WrongUse(say("There is no exercise “{name}”.", name=name))
        path = SHIPPED / shelf[name]
    root, loaded = open_exercise(path)
    if loaded.spec is None:
        _tell_of(map(root.shown, loaded.problems))
    return loaded


def whole(loaded: Loaded) -> Course:
    """The course of what `course_called` found."""
    if loaded.course is None:
        raise Refusal(say("The course has errors: correct them first."))
    return loaded.course


def spec_of(loaded: LoadedExercise) -> Spec:
    """The spec of what `exercise_called` found."""
    if loaded.spec is None:
        raise Refusal(say("The exercise has errors: correct them first."))
    return loaded.spec


def _tell_of(problems: Iterator[Problem]) -> None:
    for problem in problems:
        click.echo(problem.in_words(terminal_language()), err=True)
