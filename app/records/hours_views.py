"""HR's page of training hours, with its exports."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, render_template, request

from app import clock
from app.courses.clock_times import in_hours
from app.records.blueprint import bp
from app.records.desk_offers import Offered, offered, way_to
from app.records.desk_views import TOO_MANY_PEOPLE
from app.records.filters import NOWHERE, read_wanted
from app.records.hours import (
    DepartmentHours,
    HoursWanted,
    department_hours,
    every_person,
    hours_page,
    read_place,
    years_with_hours,
)
from app.records.progress import refresh_if_few
from app.web.exports import Column, Value, csv_download, xlsx_download
from app.web.forms import read_id
from app.web.guards import for_roles
from app.web.language import today_here, words
from app.web.transactions import database, end_reading, get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence, say

TITLE = say("Training hours")
BY_DEPARTMENT = say("By department")
MOST_HOURS = 10_000
FIRST_YEAR, LAST_YEAR = 1990, 2199


@bp.get("/hours")
@for_roles("HR")
def hours() -> str:
    """A year of training: departments, and one page of the people."""
    lagging, now = refresh_if_few(database()), clock.now()
    db, said = get_db(), request.args
    choices = offered(db, signed_in_viewer())
    wanted, unclear = _wanted(choices)
    page = hours_page(
        db, wanted, choices, after=read_place(said.get("after", "")), before=read_place(said.get("before", ""))
    )
    return render_template(
        "records/hours.html",
        page=page,
        wanted=wanted,
        years=tuple(sorted({*years_with_hours(db, today_here()), wanted.year}, reverse=True)),
        choices=choices,
        way=way_to(choices.departments, wanted.department),
        unclear=(*unclear, TOO_MANY_PEOPLE) if page.too_many else unclear,
        lagging=lagging,
        now=now,
        nowhere=NOWHERE,
        hours=lambda minutes: f"{float(in_hours(minutes)):,.1f}",
    )


@bp.get("/hours.csv")
@for_roles("HR")
def hours_csv() -> Response:
    """The people, or with `by=departments` the departments, for other programs."""
    return csv_download(*_table())


@bp.get("/hours.xlsx")
@for_roles("HR")
def hours_xlsx() -> Response:
    """The same as a workbook."""
    name, columns, rows = _table()
    return xlsx_download(name, words(TITLE), columns, rows)


def _wanted(choices: Offered) -> tuple[HoursWanted, tuple[Sentence, ...]]:
    """What the address asks for, and a sentence for each part that means nothing here."""
    said = request.args
    names = {name: said.get(name, "") for name in ("department", "direct", "q")}
    known, unclear = read_wanted(names, choices.known)
    year = read_id(said.get("year", "")) if said.get("year") else today_here().year
    under = read_id(said.get("under", "").strip())
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        unclear = (*unclear, say("There is no such year. The list shows the present one."))
        year = today_here().year
    if said.get("under", "").strip() and (under is None or under > MOST_HOURS):
        unclear = (*unclear, say("A number of hours goes here, for example 40. It was left out."))
        under = None
    return (
        HoursWanted(
            year,
            department=known.department,
            direct=known.direct,
            under=under,
            text=known.text,
            least_first=said.get("order") == "least",
        ),
        unclear,
    )


def _table() -> tuple[str, list[Column], Iterator[list[Value]]]:
    refresh_if_few(database())
    db = get_db()
    choices = offered(db, signed_in_viewer())
    wanted, _unclear = _wanted(choices)
    name = f"{words(TITLE)} {wanted.year}"
    if request.args.get("by") == "departments":
        rows = department_hours(db, wanted, choices)
        return f"{name} {words(BY_DEPARTMENT)}", _department_columns(), _department_rows(rows, choices)
    end_reading()
    return name, _columns(), _rows(wanted, choices)


def _columns() -> list[Column]:
    return [
        Column(words(say("Name")), width=14),
        Column(words(say("Number")), width=12),
        Column(words(say("Department")), width=30),
        Column(words(say("Hours")), "number", width=10),
    ]


def _rows(wanted: HoursWanted, choices: Offered) -> Iterator[list[Value]]:
    with database().reading() as db:
        for line in every_person(db, wanted, choices):
            yield [line.display_name, line.number, line.department, in_hours(line.minutes)]


def _department_columns() -> list[Column]:
    return [
        Column(words(say("Department")), width=30),
        Column(words(say("People with training")), "whole", width=12),
        Column(words(say("Hours")), "number", width=12),
        Column(words(say("Hours a person")), "number", width=12),
    ]


def _department_rows(rows: tuple[DepartmentHours, ...], choices: Offered) -> Iterator[list[Value]]:
    for row in rows:
        name = name_of(row, choices)
        yield [name, row.people, in_hours(row.minutes), in_hours(row.average)]


def name_of(row: DepartmentHours, choices: Offered) -> str:
    """What a line of the departments is called."""
    if row.department == NOWHERE:
        return words(say("Without a department"))
    path = choices.paths[row.department]
    return words(say("Directly in {department}", department=path)) if row.direct else path
