"""The pages of a gradebook: everybody's scores and totals, its rules, one person with what they are excused from."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.assessment.excuses import MOST_REASON, excuse_trainee, excuses_in, take_back_excuse
from app.assessment.extra_queries import enrolments_among
from app.assessment.showing import points_in_words
from app.assessment.table_views import trained_cohort
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.queries import enrolment_of
from app.errors import NotFound, UserError
from app.gradebook import actions
from app.gradebook.blueprint import COHORT, bp
from app.gradebook.forms import CATEGORIES, TypedRules, read_rules, read_supposed, shown_rules
from app.gradebook.queries import Book, book_of, rules_of
from app.gradebook.rules import Rules, Score, total_of
from app.gradebook.showing import (
    COUNTING_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    is_weighted,
    late_words,
    lines_of,
    percent,
    rule_sentences,
    table_of,
    totals_of,
)
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import get_db, only_look, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Sentence

PERSON = f"{COHORT}/people/<int(max=2147483647):enrolment_id>"
RULES = f"{COHORT}/rules"


@bp.get(COHORT)
@signed_in
def gradebook(cohort_id: int) -> str:
    """Everybody by exercises, with totals."""
    db, cohort = get_db(), trained_cohort(cohort_id)
    (rules, _), book = rules_of(db, cohort.id), book_of(db, cohort, now=clock.now())
    return render_template(
        "gradebook/gradebook.html",
        cohort=cohort,
        columns=book.columns,
        table=table_of(book, rules),
        words_of_rules=_words_of(book, rules),
        done="done" in request.args,
        **_looks(),
    )


@bp.get(RULES, endpoint="rules")
@signed_in
def rules_page(cohort_id: int) -> str:
    """The form for the rules."""
    db, cohort = get_db(), trained_cohort(cohort_id)
    (rules, seen), book = rules_of(db, cohort.id), book_of(db, cohort, now=clock.now())
    return _rules(cohort, book, TypedRules(shown_rules(book.columns, rules)), seen=seen)


@bp.post(RULES)
@signed_in
def change_rules(cohort_id: int) -> ResponseReturnValue:
    """Show what other rules would change, or save them."""
    if request.form.get("then") != "save":
        only_look()
    db, cohort = get_db(), trained_cohort(cohort_id)
    (before, newest), book = rules_of(db, cohort.id), book_of(db, cohort, now=clock.now())
    typed, seen = read_rules(book.columns, request.form, before), _seen()
    if typed.errors:
        return _rules(cohort, book, typed, seen=seen), 422
    if request.form.get("then") != "save":
        return _rules(cohort, book, typed, seen=seen, before=before)
    try:
        actions.set_rules(db, cohort, typed.rules, seen=seen, by=signed_in_viewer().person_id, now=clock.now())
    except actions.ChangedMeanwhile as refused:
        roll_back()
        return _rules(cohort, book, typed, seen=newest, before=before, refused=refused.sentence), 409
    return redirect(url_for("gradebook.gradebook", cohort_id=cohort_id, done=1), 303)


@bp.get(PERSON)
@signed_in
def person(cohort_id: int, enrolment_id: int) -> str:
    """One person's scores, and what they are excused from."""
    cohort = trained_cohort(cohort_id)
    return _person(cohort, _enrolment(cohort, enrolment_id))


@bp.post(PERSON)
@signed_in
def excuse(cohort_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Excuse somebody from an exercise."""
    db, cohort = get_db(), trained_cohort(cohort_id)
    enrolment, typed = _enrolment(cohort, enrolment_id), request.form
    exercise, by = typed.get("exercise", ""), signed_in_viewer().person_id
    try:
        excuse_trainee(db, cohort, exercise, enrolment, reason=typed.get("reason", ""), by=by, now=clock.now())
    except UserError as refused:
        roll_back()
        return _person(cohort, enrolment, refused.sentence), 422
    return redirect(url_for("gradebook.person", cohort_id=cohort_id, enrolment_id=enrolment_id, done=1), 303)


@bp.post(f"{PERSON}/ask-again")
@signed_in
def ask_again(cohort_id: int, enrolment_id: int) -> ResponseReturnValue:
    """Take an excuse back."""
    db, cohort = get_db(), trained_cohort(cohort_id)
    enrolment, by = _enrolment(cohort, enrolment_id), signed_in_viewer().person_id
    take_back_excuse(db, cohort, request.form.get("exercise", ""), enrolment, by=by, now=clock.now())
    return redirect(url_for("gradebook.person", cohort_id=cohort_id, enrolment_id=enrolment_id, done=1), 303)


@bp.get(f"{COHORT}/mine")
@signed_in
def own(cohort_id: int) -> str:
    """A trainee's own scores and total, and what it would be if: nothing of that is kept."""
    db = get_db()
    enrolment = enrolment_of(db, signed_in_viewer(), cohort_id)
    rules, _ = rules_of(db, cohort_id)
    book = book_of(db, enrolment.cohort, now=clock.now(), enrolment_id=enrolment.id)
    graded = book.graded(rules)
    scores = book.scores_of(enrolment.id, rules, graded, own=True)
    total = total_of(graded, scores, rules.dropped)
    asked = {each.slug: each.possible for each in graded if scores[each.slug].state not in ("excused", "unmarked")}
    supposed = read_supposed(asked, request.args)
    what_if = scores | {slug: Score("counts", points) for slug, points in supposed.points.items()}
    return render_template(
        "gradebook/own.html",
        cohort=enrolment.cohort,
        lines=lines_of(book, rules, scores, total),
        total=total,
        supposed=supposed,
        supposed_total=total_of(graded, what_if, rules.dropped) if supposed.points else None,
        words_of_rules=_words_of(book, rules),
        late_words=late_words,
        **_looks(),
    )


def _rules(
    cohort: Cohort,
    book: Book,
    typed: TypedRules,
    *,
    seen: int,
    before: Rules | None = None,
    refused: Sentence | None = None,
) -> str:
    """The form; with `before` also what the typed rules would change."""
    return render_template(
        "gradebook/rules.html",
        cohort=cohort,
        columns=book.columns,
        typed=typed.typed,
        errors=typed.errors,
        seen=seen,
        refused=refused,
        rows=book.rows,
        before=totals_of(book, before) if before else None,
        after=totals_of(book, typed.rules) if before else None,
        countings=COUNTING_WORDS,
        categories=CATEGORIES,
        percent=percent,
        points=points_in_words,
    )


def _person(cohort: Cohort, enrolment: Enrolment, refused: Sentence | None = None) -> str:
    db = get_db()
    rules, _ = rules_of(db, cohort.id)
    book = book_of(db, cohort, now=clock.now(), enrolment_id=enrolment.id)
    if not book.rows:
        raise NotFound(NOTHING_HERE)
    graded = book.graded(rules)
    scores = book.scores_of(enrolment.id, rules, graded)
    total = total_of(graded, scores, rules.dropped)
    excuses = {slug: each for (key, slug), each in excuses_in(db, cohort.id).items() if key == enrolment.id}
    return render_template(
        "gradebook/person.html",
        cohort=cohort,
        row=book.rows[0],
        lines=lines_of(book, rules, scores, total),
        total=total,
        excuses=excuses,
        refused=refused,
        typed=request.form,
        most_reason=MOST_REASON,
        late_words=late_words,
        done="done" in request.args and not refused,
        **_looks(),
    )


def _enrolment(cohort: Cohort, enrolment_id: int) -> Enrolment:
    found = enrolments_among(get_db(), cohort, [enrolment_id])
    if not found:
        raise NotFound(NOTHING_HERE)
    return found[0]


def _words_of(book: Book, rules: Rules) -> tuple[Sentence, ...]:
    return tuple(rule_sentences(rules, weighted=is_weighted(book.graded(rules))))


def _looks() -> dict[str, object]:
    return {"states": STATE_WORDS, "state_looks": STATE_LOOKS, "percent": percent, "points": points_in_words}


def _seen() -> int:
    """The rules that the page knew."""
    return read_id(request.form.get("seen", "")) or 0
