"""The pages of discussions: what a party's bar sends, the trainer's walk from group to group, one for the wall."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.blueprint import ATTEMPT, EXERCISE
from app.assessment.queries import Work, handed_in, take_turn
from app.assessment.saves import read_id
from app.assessment.showing import case_markup, head_of, sheet_markup
from app.assessment.table_queries import ExerciseColumn, exercise_columns
from app.assessment.table_views import trained_cohort
from app.assessment.views import keep_form
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort
from app.errors import NotFound, UserError
from app.teamwork import discussion_actions as actions
from app.teamwork.blueprint import bp
from app.teamwork.discussion import STAGE_WORDS, STAGES
from app.teamwork.discussion_parties import next_for_all, parties_at, under_way
from app.teamwork.discussion_queries import party_work, trained_party
from app.teamwork.discussion_showing import party_row, stage_of
from app.web.errors import wants_json
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer

GROUPS = f"{EXERCISE}/groups"


@dataclass(frozen=True)
class GroupWork:
    """An exercise that the groups of a cohort do, for its trainer."""

    cohort: Cohort
    column: ExerciseColumn


@bp.post(f"{ATTEMPT}/stage")
@signed_in
def move_stage(attempt_id: int) -> ResponseReturnValue:
    """Go on to the next stage, or back: whoever leads the party, or its trainer.

    Without script the form of the sheet brings what was typed along, and it is kept.
    """
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    work, trains = party_work(db, viewer, attempt_id)
    to, seen = request.values.get("to", ""), request.values.get("seen", "")

    def move() -> None:
        actions.move_discussion(db, work, to, seen=seen, by=viewer.person_id, now=now, as_trainer=trains)

    return _with_the_sheet(work, move, as_trainer=trains)


@bp.post(f"{ATTEMPT}/leader")
@signed_in
def choose_leader(attempt_id: int) -> ResponseReturnValue:
    """Hand the lead on, or take it. What was typed on the sheet is kept, as above."""
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    work, trains = party_work(db, viewer, attempt_id)
    leader = read_id(request.values.get("leader"))

    def choose() -> None:
        actions.choose_leader(db, work, leader, by=viewer.person_id, now=now, as_trainer=trains)

    return _with_the_sheet(work, choose, as_trainer=trains)


@bp.post(f"{ATTEMPT}/words")
@signed_in
def add_word(attempt_id: int) -> ResponseReturnValue:
    """Say something to a party."""
    db, viewer = get_db(), signed_in_viewer()
    work = trained_party(db, viewer, attempt_id, to_change=True)
    actions.add_word(db, work, request.form.get("text", ""), by=viewer.person_id, now=clock.now())
    return _answer(work, as_trainer=True)


@bp.post(f"{ATTEMPT}/words/take-back")
@signed_in
def take_back_word(attempt_id: int) -> ResponseReturnValue:
    """Show a word no more."""
    db, viewer = get_db(), signed_in_viewer()
    work = trained_party(db, viewer, attempt_id, to_change=True)
    actions.take_back_word(db, work, read_id(request.form.get("word")), by=viewer.person_id, now=clock.now())
    return _answer(work, as_trainer=True)


@bp.get(GROUPS)
@signed_in
def groups_at_work(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Where each group is. As JSON what moves of it, for the page that lies open."""
    db, now = get_db(), clock.now()
    asked = _group_work(cohort_id, exercise)
    cohort, column = asked.cohort, asked.column
    parties = parties_at(db, cohort, exercise, column.spec.work, now=now)
    rows = [party_row(cohort, party, now) for party in parties]
    if wants_json():
        return jsonify(groups=[row.moving for row in rows])
    return render_template(
        "teamwork/discussion_groups.html",
        cohort=cohort,
        column=column,
        exercise_language=course_of(cohort.version).language,
        rows=rows,
        stage_words=STAGE_WORDS,
        all_go_to=next_for_all(parties),
        longest=actions.LONGEST_WORD,
    )


@bp.post(GROUPS)
@signed_in
def move_all(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """All groups go on to one stage; those that are ahead stay."""
    db, viewer = get_db(), signed_in_viewer()
    asked = _group_work(cohort_id, exercise)
    to = next((stage for stage in STAGES if stage == request.form.get("to")), None)
    if to is None:
        raise NotFound(NOTHING_HERE)
    work = asked.column.spec.work
    for attempt_id in sorted(under_way(db, asked.cohort, exercise, work)):
        take_turn(db, attempt_id)
    standings = under_way(db, asked.cohort, exercise, work)  # as whoever came first left them
    actions.move_discussions(db, asked.cohort, standings, to, by=viewer.person_id, now=clock.now())
    return redirect(url_for("teamwork.groups_at_work", cohort_id=cohort_id, exercise=exercise), 303)


@bp.get(f"{ATTEMPT}/shared")
@signed_in
def shared(attempt_id: int) -> str:
    """One party's answer, large and to be read only: for the wall, while its people speak. Not what is private."""
    db, viewer = get_db(), signed_in_viewer()
    work = trained_party(db, viewer, attempt_id)
    if work.spec.private:
        raise NotFound(NOTHING_HERE)
    parties = parties_at(db, work.cohort, work.assignment.exercise, work.spec.work, now=clock.now())
    begun = [party for party in parties if party.attempt_id is not None]
    place = next((n for n, party in enumerate(begun) if party.attempt_id == attempt_id), None)
    if place is None:
        raise NotFound(NOTHING_HERE)
    return render_template(
        "teamwork/discussion_shared.html",
        work=work,
        party=begun[place],
        head=head_of(work.spec, work.version),
        case=case_markup(work),
        sheet=sheet_markup(work, handed_in(db, work).values, readonly=True),
        before=begun[place - 1] if place else None,
        after=begun[place + 1] if place + 1 < len(begun) else None,
    )


def _with_the_sheet(work: Work, act: Callable[[], None], *, as_trainer: bool) -> ResponseReturnValue:
    """Do something to a discussion; where the form of the sheet comes along, that is kept first, and in any case."""
    if as_trainer or "client" not in request.form:
        act()
    elif told := keep_form(work):
        return told
    else:
        with suppress(UserError):  # it changed nothing, and the page that follows says who leads by now
            act()
    return _answer(work, as_trainer=as_trainer)


def _group_work(cohort_id: int, exercise: str) -> GroupWork:
    """An exercise for pairs or groups in a cohort that the viewer trains. Raises NotFound."""
    cohort = trained_cohort(cohort_id)
    column = next((each for each in exercise_columns(get_db(), cohort) if each.slug == exercise), None)
    if column is None or column.spec.work == "individual":
        raise NotFound(NOTHING_HERE)
    return GroupWork(cohort, column)


def _answer(work: Work, *, as_trainer: bool) -> ResponseReturnValue:
    """Back to where the form stood; for a page that lies open, how it stands now."""
    if as_trainer:
        group, exercise = f"group-{work.attempt.group_id}", work.assignment.exercise
        url = url_for("teamwork.groups_at_work", cohort_id=work.cohort.id, exercise=exercise, _anchor=group)
        return redirect(url, 303)
    if wants_json():
        return jsonify(stage_of(get_db(), signed_in_viewer(), work.attempt.id))
    return redirect(url_for("assessment.attempt", attempt_id=work.attempt.id), 303)
