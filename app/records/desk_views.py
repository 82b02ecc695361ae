"""HR's desk: the list of enrolments with its exports, and the overview by department."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from flask import Response, render_template, request

from app import clock
from app.records.blueprint import bp
from app.records.desk_offers import Offered, departments_meant, newest_cohorts, offered, way_to
from app.records.desk_queries import Chosen, find_page, people_named
from app.records.desk_rows import every_line, lines_at
from app.records.filters import (
    NOWHERE,
    PAGE,
    STATE_FILTER_WORDS,
    read_turned,
    read_wanted,
    written,
)
from app.records.months import EARLIEST, LATEST, Span, month_of, span_of
from app.records.overview import WARMTH, overview_for
from app.records.progress import refresh_if_few
from app.records.states import STATE_CHIPS, STATE_WORDS
from app.web.exports import Column, Value, csv_download, xlsx_download
from app.web.guards import for_roles
from app.web.language import current_language, today_here, words
from app.web.transactions import database, end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import Language, Sentence, say

TITLE = say("Completion")
TOO_MANY_PEOPLE = say("More than 200 people fit this name. The first 200 were looked at: type more of it.")
BETWEEN: dict[Language, str] = {"zh-CN": "；", "en": "; "}


@bp.get("/completion")
@for_roles("HR")
def completion() -> str:
    """One page of the list."""
    lagging, now = refresh_if_few(database()), clock.now()
    db, language = get_db(), current_language()
    choices, chosen, unclear = _chosen()
    found = find_page(db, chosen, read_turned(request.args))
    return render_template(
        "records/completion.html",
        wanted=chosen.wanted,
        page_here={name: request.args[name] for name in PAGE if name in request.args},
        today=chosen.today,
        lines=lines_at(db, found.places, choices.paths, language=language, today=chosen.today),
        total=found.total,
        older=found.older and written(found.older),
        newer=found.newer and written(found.newer),
        choices=choices,
        cohorts=newest_cohorts(db, chosen.wanted, choices),
        unclear=unclear,
        lagging=lagging,
        now=now,
        states=STATE_FILTER_WORDS,
        state_words=STATE_WORDS,
        state_chips=STATE_CHIPS,
    )


@bp.get("/completion.csv")
@for_roles("HR")
def completion_csv() -> Response:
    """Every line of the list for other programs."""
    return csv_download(*_table())


@bp.get("/completion.xlsx")
@for_roles("HR")
def completion_xlsx() -> Response:
    """The same as a workbook."""
    name, columns, rows = _table()
    return xlsx_download(name, words(TITLE), columns, rows)


@bp.get("/completion/overview")
@for_roles("HR")
def overview() -> str:
    """Departments by courses: how many of the enrolled are through."""
    lagging, now = refresh_if_few(database()), clock.now()
    db, said = get_db(), request.args
    choices = offered(db, signed_in_viewer())
    whole = {name: _whole_month(said.get(name, ""), last=name == "until") for name in ("from", "until")}
    wanted, unclear = read_wanted({"department": said.get("department", ""), **whole}, choices.known)
    months = wanted.span if wanted.first or wanted.last else None
    return render_template(
        "records/completion_overview.html",
        overview=overview_for(db, choices, wanted.department, months),
        wanted=wanted,
        months=_months_said(months),
        choices=choices,
        way=way_to(choices.departments, wanted.department),
        unclear=unclear,
        lagging=lagging,
        now=now,
        nowhere=NOWHERE,
        warmth=WARMTH,
    )


def _chosen() -> tuple[Offered, Chosen, tuple[Sentence, ...]]:
    """What the address asks for, with what it reaches."""
    db, said = get_db(), request.args
    choices = offered(db, signed_in_viewer(), cohort=said.get("cohort", ""))
    wanted, unclear = read_wanted(said, choices.known)
    people, too_many = people_named(db, wanted.text) if wanted.text else (None, False)
    departments = departments_meant(choices, wanted.department, direct=wanted.direct)
    chosen = Chosen(wanted, departments, today_here(), people)
    return choices, chosen, (*unclear, TOO_MANY_PEOPLE) if too_many else unclear


def _table() -> tuple[str, list[Column], Iterator[list[Value]]]:
    """Name, columns and rows of the exports. The rows read in a transaction of their own, when they are sent."""
    refresh_if_few(database())
    choices, chosen, _unclear = _chosen()
    end_reading()
    name = f"{words(TITLE)} {chosen.today.isoformat()}"
    return name, _columns(), _rows(chosen, choices, current_language())


def _columns() -> list[Column]:
    return [
        Column(words(say("Name")), width=14),
        Column(words(say("Number")), width=11),
        Column(words(say("Department")), width=24),
        Column(words(say("Course")), width=24),
        Column(words(say("Cohort")), width=22),
        Column(words(say("State")), width=14),
        Column(words(say("Completed on, or last day")), "day", width=21),
        Column(words(say("Exercises handed in")), "whole", width=11),
        Column(words(say("Exercises required")), "whole", width=11),
        Column(words(say("Attended")), "percent", width=10),
        Column(words(say("Why not yet")), width=60, wraps=True),
    ]


def _rows(chosen: Chosen, choices: Offered, language: Language) -> Iterator[list[Value]]:
    states = {state: words(sentence) for state, sentence in STATE_WORDS.items()}
    shares = [Fraction(percent, 100) for percent in range(101)]
    between = BETWEEN[language]
    with database().reading() as db:
        for line in every_line(db, chosen, choices.paths, language=language):
            percent = line.attendance
            yield [
                line.display_name,
                line.number,
                line.department,
                line.course,
                line.cohort,
                states[line.state],
                line.dated_on,
                line.exercises,
                line.required,
                None if percent is None else shares[percent],
                between.join(line.reasons),
            ]


def _whole_month(typed: str, *, last: bool) -> str:
    """«2026-11» as its first or last day; everything else as it was typed, days with their whole month."""
    text = typed.strip()
    try:
        day = date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except ValueError:
        return text
    month = span_of(month_of(day))
    return (month.last if last else month.first).isoformat()


def _months_said(months: Span | None) -> dict[str, str]:
    if months is None:
        return {"from": "", "until": ""}
    return {
        "from": "" if months.first == EARLIEST else f"{months.first:%Y-%m}",
        "until": "" if months.last == LATEST else f"{months.last:%Y-%m}",
    }
