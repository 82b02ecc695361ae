"""`flask content …` and `flask exercise …`: what authors run over their files, without any database but to publish."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypedDict

import click
from flask import current_app
from flask.cli import with_appcontext
from markupsafe import escape

from app import clock
from app.cli.places import (
    Refusal,
    WrongUse,
    bytes_of,
    course_around,
    course_called,
    exercise_called,
    problems_under,
    spec_of,
    whole,
)
from app.courses.files import OUTLINE, SHIPPED
from app.courses.missing_ids import with_ids
from app.courses.outline import Outline
from app.courses.problems import Problem, cut
from app.courses.timetable import Timetable, compile_timetable
from app.courses.vocabulary import Vocabulary
from app.documents.blocks import (
    AllocationField,
    Block,
    GapText,
    GridField,
    LedgerField,
    NumberField,
    OrderField,
    TextField,
    field_names,
)
from app.documents.markdown import bare, inline
from app.documents.questions import choice_labels, field_labels, tick_names
from app.exercises import KINDS, Part, fields_of, grade_answer, read_answer
from app.words import Language, in_words, language_of, say
from config import terminal_language

if TYPE_CHECKING:
    from app.courses.documents import Built

LANGUAGES: Final = ("zh-CN", "en")
ANSWER_LIMIT = 1024 * 1024
FieldType = Literal["text", "number", "date", "choice", "tick"]

content = click.Group("content", help="Courses and exercises as files: check them, compile them, publish them.")
exercise = click.Group("exercise", help="Exercises as files: their sheets, and the marking of answers.")

_language = click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of the sentences; as the terminal if left out."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_out = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to write to."
)


@content.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@_language
@_json
def check(paths: tuple[Path, ...], *, strict: bool, language: Language | None, as_json: bool) -> None:
    """Say everything that is wrong with course folders, exercise files or content roots."""
    language = language or terminal_language()
    problems = sorted({problem for path in paths or (SHIPPED,) for problem in problems_under(path)})
    count = Counter(problem.severity for problem in problems)
    if as_json:
        _print_json([_problem_json(problem, language) for problem in problems])
    else:
        for problem in problems:
            click.echo(problem.in_words(language))
        summary = say("{errors} errors, {warnings} warnings.", errors=count["error"], warnings=count["warning"])
        click.echo(in_words(summary, language))
    sys.exit(1 if count["error"] or (strict and problems) else 0)


@content.command("timetable")
@click.argument("slug")
@_json
def timetable(slug: str, *, as_json: bool) -> None:
    """Print the clock times of every slot of a course."""
    loaded = course_called(slug)[1]
    compiled = compile_timetable(whole(loaded))
    if as_json:
        _print_json(compiled.as_json(loaded.slug))
    else:
        _print_timetable(compiled)


@content.command("ids")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
def ids(path: Path) -> None:
    """Write the ids that sessions and slots lack into an outline, and touch nothing else."""
    folder = course_around(path)
    if folder is None or not (folder / OUTLINE).is_file():
        raise WrongUse(say("There is no outline in {path}.", path=path))
    file = folder / OUTLINE
    before = bytes_of(file)
    after, written = with_ids(before)
    if after is None:
        raise Refusal(say("The outline cannot be read: `flask content check` says why."))
    if after != before:
        _write(file, after)
    click.echo(in_words(say("{count} ids written.", count=written), terminal_language()))


@content.command("schema")
@_out
def schema(out: Path) -> None:
    """Write JSON schemas of the outline, the vocabulary and every kind of exercise, for editors."""
    schemas = {"outline": Outline.model_json_schema(), "vocabulary": Vocabulary.model_json_schema()}
    schemas |= {f"exercise-{name}": kind.Spec.model_json_schema() for name, kind in KINDS.items()}
    for name, described in schemas.items():
        _write(out / f"{name}.schema.json", _dumped(described).encode())


@content.command("build")
@click.argument("slug")
@_out
@click.option(
    "--people", type=click.IntRange(1, 1000), default=24, show_default=True, help="How many to bring materials for."
)
def build(slug: str, *, out: Path, people: int) -> None:
    """Write all documents of a course as pages and PDFs, and its timetable."""
    from app.courses.documents import build_documents  # noqa: PLC0415  (slow to import, and only needed here)

    loaded = course_called(slug)[1]
    course = whole(loaded)
    for path, picture in loaded.media.items():
        _write(out / path, picture)
    for name, built in build_documents(course, pictures=loaded.media, people=people).items():
        _write_document(out / name, built)
    _write(out / "timetable.json", _dumped(compile_timetable(course).as_json(course.slug)).encode())


@content.command("publish")
@click.argument("slug")
@with_appcontext
def publish(slug: str) -> None:
    """Publish a course in the catalogue; the same content stays the same version."""
    from app.catalogue.actions import publish_course  # noqa: PLC0415  (only this command needs the database)
    from app.catalogue.shipped import keep_files  # noqa: PLC0415  (as above)
    from app.cli.operations import writing  # noqa: PLC0415  (as above)

    root, loaded = course_called(slug)
    files = keep_files(current_app.extensions["files"], loaded)
    with writing() as db:
        origin: Literal["shipped", "draft"] = "shipped" if root.folder == SHIPPED else "draft"
        version = publish_course(db, whole(loaded), by=None, now=clock.now(), origin=origin, files=files)
        done = say("{slug} is published as version {number}.", slug=loaded.slug, number=version.number)
    click.echo(in_words(done, terminal_language()))


@exercise.command("sheet")
@click.argument("name")
@_json
def sheet(name: str, *, as_json: bool) -> None:
    """List the fields of an exercise, by slug or file: name, type and label."""
    fields = [*_fields(fields_of(spec_of(exercise_called(name))))]
    if as_json:
        _print_json(fields)
    else:
        for field in fields:
            click.echo(f"{field['name']:<32} {field['type']:<8} {field['label']}")


@exercise.command("grade")
@click.argument("name")
@click.option("--answer", type=click.Path(path_type=Path), required=True, help="A JSON file of {field name: text}.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the feedback; as the exercise if left out.")
@_json
def grade(name: str, *, answer: Path, language: Language | None, as_json: bool) -> None:
    """Mark an answer to an exercise, by slug or file, as far as its key or rule marks."""
    spec = spec_of(exercise_called(name))
    language = language or language_of(spec.title)  # of a piece with the author's own feedback
    form = _form_in(answer, frozenset(field_names(fields_of(spec))))
    read = read_answer(spec, form)
    for field, why in read.unreadable.items():
        click.echo(f"{field}: {in_words(why, language)}", err=True)
    marked = grade_answer(spec, read)
    parts = marked.parts if marked else ()
    result: _Grade = {
        "earned": str(marked.earned if marked else 0),
        "possible": str(marked.possible if marked else 0),
        "parts": [_part_json(part, language) for part in parts],
    }
    if as_json:
        _print_json(result)
    else:
        _print_grade(result)


class _Field(TypedDict):
    name: str
    type: FieldType
    label: str


class _Part(TypedDict):
    label: str
    earned: str
    possible: str
    feedback: str


class _Grade(TypedDict):
    earned: str
    possible: str
    parts: list[_Part]


def _problem_json(problem: Problem, language: Language) -> dict[str, str | int]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "code": problem.code,
        "value": problem.value,
        "message": in_words(problem.sentence, language),
        "remedy": in_words(problem.remedy, language),
    }


def _part_json(part: Part, language: Language) -> _Part:
    return {
        "label": bare(inline(part.label)),
        "earned": str(part.earned),
        "possible": str(part.possible),
        "feedback": part.in_words(language),
    }


def _form_in(path: Path, known: frozenset[str]) -> dict[str, str]:
    """The fields and texts in a file. Refuses whatever is not {field name: text}."""
    if not path.exists():
        raise WrongUse(say("There is no {path}.", path=path))
    try:
        form = json.loads(bytes_of(path)[: ANSWER_LIMIT + 1].decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(say("{path} is not JSON in UTF-8.", path=path)) from None
    if not isinstance(form, dict) or not all(isinstance(text, str) for text in form.values()):
        raise Refusal(say("An answer is one JSON object of field names and texts: {example}.", example='{"a": "1"}'))
    strays = sorted(set(form) - known)
    if strays:
        raise Refusal(say("The sheet has no field “{name}”.", name=cut(strays[0].encode("utf-8", "replace").decode())))
    return form


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _fields(blocks: tuple[Block, ...]) -> Iterator[_Field]:
    """What can be filled in, block by block."""
    labels, choices, ticks = field_labels(blocks), choice_labels(blocks), tick_names(blocks)
    numbers, dates = _of_type(blocks, "number"), _of_type(blocks, "date")
    for name in field_names(blocks):
        kind: FieldType = "tick" if name in ticks else "number" if name in numbers else "text"
        kind = "choice" if name in choices else "date" if name in dates else kind
        yield {"name": name, "type": kind, "label": bare(labels[name])}


def _of_type(blocks: tuple[Block, ...], wanted: str) -> frozenset[str]:
    """The fields that take a number, or a date."""
    return frozenset(name for block in blocks for name in _names_of(block, wanted))


def _names_of(block: Block, wanted: str) -> Iterator[str]:
    match block:
        case NumberField() | OrderField() | AllocationField() if wanted == "number":
            yield from field_names((block,))
        case TextField(entry="date") if wanted == "date":
            yield block.name
        case GapText() if wanted == "number":
            yield from (gap.name for gap in block.gaps if gap.number)
        case GridField() | LedgerField():
            types = {column.id: column.type for column in block.columns}
            yield from (name for name in field_names((block,)) if types[name.rsplit(".", 1)[1]] == wanted)
        case _:
            pass


def _print_timetable(compiled: Timetable) -> None:
    for day in compiled.days:
        click.echo(day.day.title)
        for session in day.sessions:
            click.echo(f"  {session.session.title}")
            for slot in session.slots:
                click.echo(f"    {slot.starts}–{slot.ends} {slot.minutes:>4}  {slot.slot.title or ''}")


def _print_grade(result: _Grade) -> None:
    click.echo(f"{result['earned']} / {result['possible']}")
    for part in result["parts"]:
        click.echo(f"  {part['earned']} / {part['possible']}  {part['label']}  {part['feedback']}".rstrip())


def _write_document(place: Path, built: Built) -> None:
    """The document as `place`.html and `place`.pdf."""
    from app.documents import CannotPrint, to_pdf  # noqa: PLC0415  (ReportLab is slow to import)
    from app.documents.html import to_html  # noqa: PLC0415  (as above)

    document = built.document
    body = to_html(document, built.values, media_url=str, readonly=bool(built.values), heading_offset=1)
    title = escape(f"{document.title} · {document.subtitle}")
    page = _PAGE.format(language=document.language, title=title, body=body, stamp=escape(document.stamp))
    _write(place.with_suffix(".html"), page.encode())
    try:
        pdf = to_pdf(document, built.values)
    except CannotPrint as error:
        raise Refusal(say("{name} cannot be printed: {why}.", name=place.name, why=error.sentence)) from None
    _write(place.with_suffix(".pdf"), pdf)


_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<h1>{title}</h1>
{body}
<footer>{stamp}</footer>
</html>
"""


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise Refusal(say("{path} cannot be written: {why}.", path=file, why=error.strerror)) from None


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _print_json(value: object) -> None:
    click.echo(_dumped(value), nl=False)
