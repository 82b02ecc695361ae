"""From the files of a content root to a course, or to the list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from pydantic import ValidationError

from app.courses.files import LOST, OUTLINE, VOCABULARY, Files, is_slug, slug_of
from app.courses.lint import LOCAL_RULES, RULES, Finding, Subject
from app.courses.media import is_picture, media_of, picture_problems
from app.courses.notes import Notes, load_notes, lost_pictures
from app.courses.outline import Course, Outline, Session, Slot
from app.courses.printing import unprintable_values
from app.courses.problems import Problem, cut, once_a_slip
from app.courses.reading import read_model
from app.courses.shelf import LoadedExercise, exercise_files, exercises_by_slug, load_exercise
from app.courses.source import Source, parse_yaml
from app.courses.text import read_text
from app.courses.vocabulary import Vocabulary
from app.courses.wording import problems_of
from app.exercises import Spec
from app.exercises.spelling import nearest
from app.words import Language, say

KEPT = 32
"""Loaded courses that are remembered, by the digest of their files."""


@dataclass(frozen=True)
class Loaded:
    """A course is there exactly when there are no errors; warnings may remain."""

    slug: str
    course: Course | None
    problems: tuple[Problem, ...]
    media: Mapping[str, bytes] = field(default_factory=dict)
    """The pictures by path inside the course's folder."""
    sources: Files = field(default_factory=dict)
    """The text files that the course was made of, by path in the root."""


@dataclass(frozen=True)
class LoadedRoot:
    courses: tuple[Loaded, ...]
    exercises: tuple[LoadedExercise, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of all courses and exercises, each once, sorted."""
        found = {problem for loaded in self.courses for problem in loaded.problems}
        return tuple(sorted(found | {problem for loaded in self.exercises for problem in loaded.problems}))


def load_root(files: Files) -> LoadedRoot:
    """Every course and every exercise of a content root."""
    folders = sorted({folder for file in files if (folder := _folder_of(file))})
    exercises = tuple(load_exercise(files, file) for file in sorted(exercise_files(files)))
    return LoadedRoot(tuple(load_course(files, folder) for folder in folders), exercises)


def _folder_of(file: PurePosixPath) -> PurePosixPath | None:
    """The course's folder that the file stands in: one that has lost its outline is a course all the same."""
    if file.name == OUTLINE:
        return file.parent
    return PurePosixPath(*file.parts[:2]) if file.parts[0] == "courses" and len(file.parts) > 2 else None


def load_course(files: Files, course: PurePosixPath | str) -> Loaded:
    """The course of this slug, or in this folder of the root; remembered until one of its files changes."""
    folder = PurePosixPath("courses", course) if isinstance(course, str) else course
    own = {file: content for file, content in files.items() if _concerns(file, folder)}
    key = _digest(own, folder)
    if key not in _remembered:
        _remembered[key] = _loaded(own, folder)
        while len(_remembered) > KEPT:
            _remembered.popitem(last=False)
    return _remembered[key]


def load_vocabulary(files: Files) -> tuple[Vocabulary | None, tuple[Problem, ...]]:
    """The vocabulary of the root, or what is wrong with it."""
    if VOCABULARY not in files:
        return None, (_missing(VOCABULARY),)
    return _vocabulary(files[VOCABULARY])


_remembered: OrderedDict[str, Loaded] = OrderedDict()


def _concerns(file: PurePosixPath, folder: PurePosixPath) -> bool:
    return file == VOCABULARY or file.parts[0] == "exercises" or file.is_relative_to(folder)


def _digest(files: Files, folder: PurePosixPath) -> str:
    whole = hashlib.sha256(str(folder).encode())
    for file, content in files.items():
        whole.update(f"\0{file}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


@lru_cache(maxsize=8)
def _vocabulary(content: bytes) -> tuple[Vocabulary | None, tuple[Problem, ...]]:
    source = _source(VOCABULARY, content)
    if source.data is None:
        return None, source.problems
    try:
        vocabulary = Vocabulary.model_validate(source.data)
    except ValidationError as error:
        return None, (*source.problems, *problems_of(error, source, Vocabulary))
    return None if source.problems else vocabulary, source.problems


def _missing(file: PurePosixPath) -> Problem:
    return Problem(file, 1, 1, "error", "file-missing", "", say("There is no such file."), say("Check the path."))


def _source(file: PurePosixPath, content: bytes) -> Source:
    text, problems = read_text(file, content, tabs=False)
    if text is None:
        return Source(file, None, {}, problems)
    source = parse_yaml(file, text)
    if source.data is None and not source.problems:
        empty = Problem(file, 1, 1, "error", "empty", "", say("The file is empty."), say("Begin with “format: 1”."))
        return Source(file, None, {}, (*problems, empty))
    told = {problem.line for problem in problems}
    others = tuple(problem for problem in source.problems if problem.line not in told)
    return Source(file, source.data, source.spots, (*problems, *others, *unprintable_values(source, text)))


def _loaded(files: Files, folder: PurePosixPath) -> Loaded:
    vocabulary, problems = load_vocabulary(files)
    file = folder / OUTLINE
    if file not in files:
        sentence, remedy = (
            say("The folder has no outline."),
            say("Put the plan into a file called {name}.", name=OUTLINE),
        )
        lost = Problem(file, 1, 1, "error", "file-missing", "", sentence, remedy)
        return Loaded(slug_of(folder.name), None, (*problems, lost))
    source = _source(file, files[file])
    if source.data is None or vocabulary is None:
        return Loaded(slug_of(folder.name), None, tuple(sorted((*problems, *source.problems))))
    return _checked(files, folder, source, vocabulary=vocabulary)


def _misnamed(files: Files, folder: PurePosixPath) -> Iterator[Problem]:
    """Names that could be neither an address nor be written into an outline."""
    if folder.parent.name == VOCABULARY.parent.name and not is_slug(folder.name):
        sentence = say("The name of a course's folder is small letters, digits and single hyphens.")
        remedy = say("Rename the folder: its name is the course's address.")
        yield Problem(folder / OUTLINE, 1, 1, "error", "file-name", cut(folder.name), sentence, remedy)
    for file in files:
        if file.is_relative_to(folder) and LOST in str(file.relative_to(folder)):
            sentence, remedy = say("The file's name is not UTF-8."), say("Rename it in small letters and digits.")
            yield Problem(file, 1, 1, "error", "file-name", cut(file.name), sentence, remedy)


@dataclass(frozen=True)
class _Parts:
    """What an outline names, as far as it was found."""

    exercises: Mapping[str, LoadedExercise]
    notes: Mapping[str, Notes]
    pictures: Mapping[str, bytes]
    """By path inside the folder, like the notes."""
    picture_problems: tuple[Problem, ...]

    @property
    def problems(self) -> Iterator[Problem]:
        yield from self.picture_problems
        for exercise in self.exercises.values():
            yield from exercise.problems
        for notes in self.notes.values():
            yield from notes.problems


def _checked(files: Files, folder: PurePosixPath, source: Source, *, vocabulary: Vocabulary) -> Loaded:
    read = read_model(source, source.data, Outline.model_validate, model=Outline)
    if read.value is None:
        return Loaded(slug_of(folder.name), None, once_a_slip({*source.problems, *read.problems}))
    parts = _gathered(files, folder, read.value)
    subject = _subject(files, folder, source, outline=read.value, vocabulary=vocabulary, parts=parts)
    found = (_problem(source, finding) for rule in (RULES if read.whole else LOCAL_RULES) for finding in rule(subject))
    problems = once_a_slip({*source.problems, *read.problems, *parts.problems, *found, *_misnamed(files, folder)})
    if any(problem.severity == "error" for problem in problems):
        return Loaded(slug_of(folder.name), None, problems)
    course = _course(subject, parts, slug_of(folder.name))
    used = {source.file, VOCABULARY, *(each.file for each in parts.exercises.values())}
    used |= {folder / path for path in parts.notes}
    return Loaded(slug_of(folder.name), course, problems, parts.pictures, {file: files[file] for file in sorted(used)})


def _gathered(files: Files, folder: PurePosixPath, outline: Outline) -> _Parts:
    index = exercises_by_slug(files)
    named = {slug if slug in index else nearest(slug, index) or slug for slug in outline.exercise_slugs}
    pictures = {file: content for file, content in files.items() if file.is_relative_to(folder) and is_picture(file)}
    by_path = {str(file.relative_to(folder)): content for file, content in pictures.items()}
    notes = {}
    for session in outline.sessions:
        if session.notes is not None and (file := folder / session.notes) in files:
            notes[session.notes] = load_notes(file, files[file], named, known=index, media=by_path)
    exercises = {slug: load_exercise(files, index[slug]) for slug in outline.exercise_slugs if slug in index}
    wrong = [problem for file, content in pictures.items() for problem in picture_problems(file, content)]
    for each in exercises.values():
        wrong += lost_pictures(each.file, each.pictures, by_path)
    return _Parts(exercises, notes, by_path, tuple(wrong))


def _subject(
    files: Files, folder: PurePosixPath, source: Source, *, outline: Outline, vocabulary: Vocabulary, parts: _Parts
) -> Subject:
    own = frozenset(str(file.relative_to(folder)) for file in files if file.is_relative_to(folder))
    specs: dict[str, Spec | None] = dict.fromkeys(exercises_by_slug(files))
    specs |= {slug: loaded.spec for slug, loaded in parts.exercises.items()}
    return Subject(outline, vocabulary, specs, own, lambda at: source.spot(at).line)


def _problem(source: Source, finding: Finding) -> Problem:
    spot = source.spot(finding.at)
    value = spot.text if finding.value is None else finding.value
    return Problem(
        source.file,
        spot.line,
        spot.column,
        finding.severity,
        finding.code,
        cut(value),
        finding.sentence,
        finding.remedy,
    )


def _course(subject: Subject, parts: _Parts, slug: str) -> Course:
    """The outline with everything it names in it: words as ids, exercises as specs, notes as text."""
    days = tuple(
        day.model_copy(update={"sessions": tuple(_session(session, subject) for session in day.sessions)})
        for day in subject.outline.days
    )
    slots = [slot for day in days for session in day.sessions for slot in session.slots]
    exercises = {name: loaded.spec for name, loaded in parts.exercises.items() if loaded.spec}
    written = {field_: getattr(subject.outline, field_) for field_ in Outline.model_fields}
    return Course(
        **written | {"days": days},
        slug=slug,
        notes={path: notes.text or "" for path, notes in parts.notes.items()},
        media={path: media_of(content, PurePosixPath(path)) for path, content in parts.pictures.items()},
        exercises=exercises,
        vocabulary=subject.vocabulary.only(
            methods={word for slot in slots for word in slot.methods},
            tools={word for slot in slots for word in slot.tools},
            breaks={slot.break_ for slot in slots if slot.break_},
        ),
    )


def _session(session: Session, subject: Subject) -> Session:
    slots = tuple(_slot(slot, subject.vocabulary, subject.outline.language) for slot in session.slots)
    return session.model_copy(update={"slots": slots})


def _slot(slot: Slot, words: Vocabulary, language: Language) -> Slot:
    methods = dict.fromkeys(method.id for word in slot.methods if (method := words.method(word)))
    tools = dict.fromkeys(tool.id for word in slot.tools if (tool := words.tool(word)))
    pause = words.pause(slot.break_) if slot.break_ is not None else None
    changed: dict[str, object] = {"methods": tuple(methods), "tools": tuple(tools)}
    if pause:
        changed |= {"break_": pause.id, "title": slot.title or pause.entry.label.in_language(language)}
    return slot.model_copy(update=changed)
