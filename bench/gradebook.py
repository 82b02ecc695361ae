"""The gradebook of a full room: its page, and what it asks the database beside the same rows in raw SQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy.orm import Session, joinedload

from app import clock
from app.cohorts.models import Cohort
from app.db import Database
from app.gradebook.queries import book_of, rules_of
from bench import load, servers
from bench.lines import Line
from bench.reports import ms_of_statements, statements_of
from bench.room import EXERCISES, TRAINEES, Room

BARE_PAGE = "Flask + Jinja page of 12 kB"
RAW = "points and hand-ins of the cohort, asked for in raw SQL"
RAW_POINTS = (
    "SELECT m.attempt_id, m.marked_by, m.earned_numerator, m.earned_denominator FROM marking m"
    " JOIN attempt t ON t.id = m.attempt_id JOIN assignment a ON a.id = t.assignment_id"
    " WHERE a.cohort_id = {cohort} AND m.marked_by IN ('key', 'trainer', 'peer', 'observer', 'override') ORDER BY m.id"
)
RAW_TURNS = (
    "SELECT w.enrolment_id, a.exercise, t.id, s.at FROM attempt_member w JOIN attempt t ON t.id = w.attempt_id"
    " JOIN assignment a ON a.id = t.assignment_id JOIN submission s ON s.attempt_id = t.id"
    " WHERE a.cohort_id = {cohort} AND t.returned_at IS NULL ORDER BY w.number"
)


def lines(room: Room, database: Database, product: servers.Server, bare: servers.Server) -> Iterator[Line]:
    """Both of them."""
    size = f"{TRAINEES} × {EXERCISES}"
    path = f"/cohorts/{room.cohort_id}/gradebook"
    whole = partial(
        load.cpu_ms_a_request,
        product.port,
        path,
        pid=product.pid,
        cookie=room.trainer["Cookie"],
        needle="学员200".encode(),
        count=10,
    )
    page = partial(load.cpu_ms_a_request, bare.port, "/page/3", pid=bare.pid, needle=b"Case 24")
    yield Line(f"gradebook, {size}", "ms of server CPU", "≤ 400 ms", whole, page, BARE_PAGE)
    ours = statements_of(database, partial(_book, room.cohort_id))
    raw = [(each.format(cohort=room.cohort_id), ()) for each in (RAW_POINTS, RAW_TURNS)]
    measure, reference = partial(ms_of_statements, database, ours), partial(ms_of_statements, database, raw)
    yield Line(f"queries of the gradebook, {size}", "ms", "≤ 1.5 × raw SQL", measure, reference, RAW)


def _book(cohort_id: int, db: Session) -> None:
    """What the page asks for."""
    rules_of(db, cohort_id)
    cohort = db.get_one(Cohort, cohort_id, options=[joinedload(Cohort.version)])
    book_of(db, cohort, now=clock.now())
