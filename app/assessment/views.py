"""The pages of one's own attempts: begin, write, check, hand in, read the marks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment import actions, chains
from app.assessment.actions import RefusedSave, Save
from app.assessment.blueprint import ATTEMPT, EXERCISE, bp
from app.assessment.chains import news_for
from app.assessment.checking import check_answers as check_now
from app.assessment.company import ahead_of
from app.assessment.ending import ending_of, offer_of
from app.assessment.late import late_texts
from app.assessment.outcomes import GivenBack, given_back_before, outcome_of
from app.assessment.parties import next_number, party_of, variant_of
from app.assessment.policies import WORK, when_seen, who_marks
from app.assessment.queries import (
    Work,
    attempts_at,
    handed_in,
    marking_spec,
    marking_version,
    own_task,
    own_work,
    trains_attempt,
    written_in,
)
from app.assessment.rules import STATE_CHIPS, STATE_WORDS
from app.assessment.saves import (
    came_late,
    page_named,
    read_id,
    refuse_unknown_fields,
    refused_save,
    save_request,
    saved_answer,
)
from app.assessment.settled import settled_now
from app.assessment.showing import (
    blanks,
    case_markup,
    checks_of,
    clashes,
    cohort_time,
    head_of,
    profile_markup,
    sheet_markup,
)
from app.assessment.standing import comes_late, may_have_late, why_shut
from app.assessment.together import together_for_trainee
from app.assessment.writing import Written, changed_fields
from app.errors import NotFound, UserError
from app.web.errors import wants_json
from app.web.guards import signed_in
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer
from app.words import Sentence

OWN_FIELDS = frozenset({"csrf_token", "client", "base", "sheet"})
"""What a form carries besides the fields of its sheet."""


@bp.get(EXERCISE)
@signed_in
def exercise(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """What an exercise is about, with the way to begin; the newest attempt where there is one."""
    db, now = get_db(), clock.now()
    task = own_task(db, signed_in_viewer(), cohort_id, exercise)
    before = attempts_at(db, task.enrolment.id, exercise)
    if before and request.args.get("again") is None:
        return redirect(url_for("assessment.attempt", attempt_id=before[-1][0].id))
    party, number = party_of(db, task), next_number(before)
    task = replace(task, seed=variant_of(db, task, party, number))
    return render_template(
        "assessment/exercise.html",
        task=task,
        promises=(who_marks(task.spec), when_seen(task.spec)),
        work=WORK[task.spec.work],
        ahead=ahead_of(db, task, party, number=number, now=now),
        opens=cohort_time(task.cohort, task.times.opens_at),
        offer=(offer := offer_of(db, task, now)),
        head=head_of(task.spec, task.version),
        case=case_markup(task),
        not_open=task.times.not_open_yet(now),
        closed=offer.is_over(now),
    )


@bp.post(EXERCISE)
@signed_in
def start(cohort_id: int, exercise: str) -> ResponseReturnValue:
    """Begin an attempt, or go on with the one under way."""
    db, viewer = get_db(), signed_in_viewer()
    task = own_task(db, viewer, cohort_id, exercise)
    attempt = actions.start_attempt(db, task, by=viewer.person_id, now=clock.now())
    return redirect(url_for("assessment.attempt", attempt_id=attempt.id), 303)


@bp.get(ATTEMPT)
@signed_in
def attempt(attempt_id: int) -> ResponseReturnValue:
    """The worksheet of an attempt, or what became of it; trainers of the cohort get to where they mark.

    As JSON {"ends_at", "now"}: when it ends, for a page that lies open; a trainer may have given more time.
    """
    db, viewer = get_db(), signed_in_viewer()
    try:
        work = own_work(db, viewer, attempt_id)
    except NotFound:
        if not trains_attempt(db, viewer, attempt_id):
            raise
        return redirect(url_for("marking.answer", attempt_id=attempt_id))
    if wants_json():
        return jsonify(ends_at=work.ends_at and work.ends_at.isoformat(), now=clock.now().isoformat())
    if work.submission is not None or work.attempt.returned_at is not None:
        return _outcome(work)
    return _worksheet(work, written_in(db, attempt_id), given_back=given_back_before(db, work))


@bp.patch(ATTEMPT)
@signed_in
def save_fields(attempt_id: int) -> ResponseReturnValue:
    """Keep some fields. 200 with what others saved meanwhile; 409 where two pages wrote into one field: both are kept.

    What comes after the end is kept beside the answer, and told so. 422 with a sentence where the sheet takes no more,
    or a text cannot be kept; nothing of the save is, then.
    """
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    wanted = save_request()
    work = own_work(db, viewer, attempt_id, to_change=True)
    save = Save(wanted.client, wanted.seq, wanted.base, wanted.fields)
    try:
        saved = actions.save_fields(db, work, save, by=viewer.person_id, now=now)
    except RefusedSave as refused:
        return refused_save(refused)
    return saved_answer(work, save, saved, now=now)


@bp.post(ATTEMPT)
@signed_in
def save_form(attempt_id: int) -> ResponseReturnValue:
    """Keep what the form says, for browsers without script, and come back to the sheet."""
    return _keep_form(attempt_id, then="assessment.attempt")


@bp.post(f"{ATTEMPT}/check")
@signed_in
def save_and_check(attempt_id: int) -> ResponseReturnValue:
    """Keep what the form says, and go on to the check before handing in."""
    return _keep_form(attempt_id, then="assessment.check")


@bp.post(f"{ATTEMPT}/checks")
@signed_in
def check_answers(attempt_id: int) -> ResponseReturnValue:
    """Keep what the form says, and show what the key says to what is answered by now."""
    return _keep_form(attempt_id, then="assessment.attempt", checks=True)


@bp.post(f"{ATTEMPT}/take-over")
@signed_in
def take_over(attempt_id: int) -> ResponseReturnValue:
    """Take over what earlier answers say by now."""
    db, viewer = get_db(), signed_in_viewer()
    work = own_work(db, viewer, attempt_id, to_change=True)
    chains.take_over(db, work, by=viewer.person_id, now=clock.now())
    return redirect(_url(attempt_id), 303)


@bp.get(f"{ATTEMPT}/check")
@signed_in
def check(attempt_id: int) -> ResponseReturnValue:
    """What is blank, what cannot be read, what was written twice: then hand in, or go back."""
    db = get_db()
    work = own_work(db, signed_in_viewer(), attempt_id)
    if work.submission is not None:
        return redirect(url_for("assessment.attempt", attempt_id=attempt_id))
    written = written_in(db, attempt_id)
    return render_template(
        "assessment/check.html",
        work=work,
        head=head_of(work.spec, work.version),
        blanks=blanks(work, written),
        clashes=clashes(work, written),
        asked=len(work.sheet.questions),
        ending=ending_of(db, work, clock.now()),
        shut=why_shut(work, clock.now()),
    )


@bp.post(f"{ATTEMPT}/choose")
@signed_in
def choose(attempt_id: int) -> ResponseReturnValue:
    """Settle which of two texts counts."""
    db, viewer, form = get_db(), signed_in_viewer(), request.form
    work = own_work(db, viewer, attempt_id, to_change=True)
    field, change_id = form.get("field", ""), read_id(form.get("change"))
    theirs, base = form.get("take") == "other", read_id(form.get("base"))
    actions.choose_text(db, work, field, change_id, theirs=theirs, base=base, by=viewer.person_id, now=clock.now())
    return redirect(url_for("assessment.attempt", attempt_id=attempt_id), 303)


@bp.post(f"{ATTEMPT}/hand-in")
@signed_in
def hand_in(attempt_id: int) -> ResponseReturnValue:
    """Hand in, once whatever is clicked. What the form carries is kept first, where it comes from the sheet itself.

    After the end what was saved before counts, and what the form carries is kept beside it.
    """
    viewer, now = signed_in_viewer(), clock.now()
    with database().reading() as reading:  # grading takes its time, and would hold up everybody's saves
        before = own_work(reading, viewer, attempt_id)
        spec, written = marking_spec(reading, before), written_in(reading, attempt_id)
        about, version_id = f"attempt {attempt_id}", marking_version(reading, before).id
        known = actions.graded_or_unmarked(spec, written, about=about, version_id=version_id)
    db = get_db()
    work = own_work(db, viewer, attempt_id, to_change=True)
    saved, posted = None, None
    if "client" in request.form and (work.submission is None or comes_late(work, now)):
        posted, base = _posted(work), read_id(request.form.get("base"))
        client = page_named(request.form["client"])
        try:
            saved = actions.save_form(db, work, posted, client=client, base=base, by=viewer.person_id, now=now)
        except RefusedSave as refused:
            return _worksheet(work, written_in(db, attempt_id), posted, refused), 422
    try:
        submission = actions.hand_in(db, work, known, by=viewer.person_id, now=now)
    except UserError:
        if not (saved and saved.late):
            raise
        return _worksheet(work, written_in(db, attempt_id), posted, shut=came_late(work)), 422  # and it is kept
    if wants_json():
        when, collected = submission.at.isoformat(), submission.collected
        return jsonify(attempt=attempt_id, handed_in_at=when, url=_url(attempt_id), collected=collected)
    return redirect(_url(attempt_id), 303)


def _keep_form(attempt_id: int, *, then: str, checks: bool = False) -> ResponseReturnValue:
    db, viewer, now = get_db(), signed_in_viewer(), clock.now()
    work = own_work(db, viewer, attempt_id, to_change=True)
    if told := keep_form(work):
        return told
    opened = sorted(work.sheet.hints.intersection(request.form))
    if checks:
        check_now(db, work, by=viewer.person_id, now=now)
    return redirect(
        url_for(then, attempt_id=attempt_id, _anchor="checked" if checks else next(iter(opened), None)), 303
    )


def keep_form(work: Work) -> ResponseReturnValue | None:
    """Keep what this request's form says of a sheet; None where it counts, else the page that says why it does not."""
    db, viewer = get_db(), signed_in_viewer()
    posted, base = _posted(work), read_id(request.form.get("base"))
    client, attempt_id = page_named(request.form.get("client")), work.attempt.id
    try:
        saved = actions.save_form(db, work, posted, client=client, base=base, by=viewer.person_id, now=clock.now())
    except UserError as refused:
        return _worksheet(work, written_in(db, attempt_id), posted, refused), 422
    if saved and saved.late and work.submission is None:
        return _worksheet(work, written_in(db, attempt_id), posted, shut=came_late(work))
    if saved and saved.stale:
        return _worksheet(work, written_in(db, attempt_id)), 409
    return None


def _posted(work: Work) -> dict[str, str]:
    """What a form says of the fields of a sheet. Ticks that are missing are blank where it is the whole sheet."""
    form, names = request.form, work.sheet.names | work.sheet.hints
    refuse_unknown_fields(form, names | OWN_FIELDS)
    posted = {name: form[name] for name in form if name in names}
    if form.get("sheet") == "whole":
        unsent = work.sheet.ticks - settled_now(get_db(), work)  # what was checked can be chosen no more, nor sent
        posted |= {name: "" for name in unsent if name not in form}
    return posted


def _worksheet(
    work: Work,
    written: Written,
    posted: Mapping[str, str] | None = None,
    refused: UserError | None = None,
    *,
    given_back: GivenBack | None = None,
    shut: Sentence | None = None,
) -> str:
    """The sheet to write on; with `posted` and `refused` as it was typed, and why it was not kept.

    Then it still says what the form knew: it shows nothing newer, so the next save must not pass for one that saw it.
    `shut`: what to say of a sheet that takes nothing more, if not why.
    """
    errors = refused.refused if isinstance(refused, RefusedSave) else {}
    if posted is not None:  # what was not kept has opened no hint
        posted = {name: text for name, text in posted.items() if name not in work.sheet.hints}
    shut = shut or why_shut(work, clock.now())
    return render_template(
        "assessment/worksheet.html",
        work=work,
        head=head_of(work.spec, work.version),
        case=case_markup(work),
        sheet=sheet_markup(
            work, {**written.values, **(posted or {})}, readonly=bool(shut) and refused is None, errors=errors
        ),
        base=read_id(request.form.get("base")) if posted else written.newest,
        unsaved=sorted(changed_fields(posted or {}, written.values)),
        saved_at=cohort_time(work.cohort, written.saved_at, today=clock.now()),
        ending=ending_of(get_db(), work, clock.now()),
        clashes=clashes(work, written),
        checks=checks_of(work, marking_spec(get_db(), work), written),
        news=news_for(get_db(), work),
        client=secrets.token_hex(8),
        shut=shut,
        given_back=given_back,
        refused=refused and refused.sentence,
    )


def _outcome(work: Work) -> str:
    """What was handed in, and what was said to it as far as it may be seen."""
    db, now = get_db(), clock.now()
    values, outcome, spec = handed_in(db, work).values, outcome_of(db, work, now), marking_spec(db, work)
    return render_template(
        "assessment/outcome.html",
        work=work,
        spec=spec,
        head=head_of(spec, work.version),
        case=case_markup(work),
        sheet=sheet_markup(work, values, readonly=True),
        profile=profile_markup(work, spec, values) if outcome.result else "",
        together=together_for_trainee(db, work, may_see=outcome.result is not None),
        outcome=outcome,
        news=news_for(db, work),
        chip=(STATE_WORDS[outcome.state], *STATE_CHIPS[outcome.state]),
        handed_in_at=cohort_time(work.cohort, work.submission.at if work.submission else None),
        came_late=may_have_late(work) and late_texts(db, work) is not None,
        closes=cohort_time(work.cohort, work.times.closes_at),
    )


def _url(attempt_id: int) -> str:
    return url_for("assessment.attempt", attempt_id=attempt_id)
