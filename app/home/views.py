"""The pages that begin a day: «my course» for trainees, «today» for trainers, the start page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts.rules import first_steps
from app.assessment.blueprint import COHORT
from app.assessment.rules import STATE_CHIPS, STATE_WORDS
from app.classroom.rules import TICK_CHIPS, TICK_WORDS
from app.cohorts.queries import enrolment_of
from app.home.freshness import settled
from app.home.my_course import my_course_of
from app.home.queries import own_enrolments, takes_part_elsewhere
from app.home.start_page import cards_of, the_only_course
from app.home.teaching_queries import teaching_day
from app.records.completion import SHOWN_CHIPS, SHOWN_WORDS
from app.web.guards import signed_in
from app.web.language import current_language
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer

bp = Blueprint("home", __name__, template_folder="templates")


@bp.get("/")
@signed_in
def start() -> ResponseReturnValue:
    """Where everybody starts: straight to their course, or what the day holds for them."""
    viewer, now = signed_in_viewer(), clock.now()
    enrolments = settled(lambda: own_enrolments(get_db(), viewer))
    cards = cards_of(get_db(), enrolments, language=current_language(), now=now)
    only = None if viewer.roles or "all" in request.args else the_only_course(cards)
    if only is not None:
        return redirect(url_for("home.my_course", cohort_id=only))
    return render_template(
        "home/start.html",
        cards=cards,
        teaching=teaching_day(get_db(), viewer, now=now) if viewer.has_any("trainer") else None,
        steps=first_steps(viewer),
        now=now,
    )


@bp.get(f"{COHORT}/my-course")
@signed_in
def my_course(cohort_id: int) -> str:
    """A trainee's course: where it stands, what to do next, everything by day."""
    viewer, now = signed_in_viewer(), clock.now()
    (enrolment,) = settled(lambda: (enrolment_of(get_db(), viewer, cohort_id),))
    return render_template(
        "home/my_course.html",
        page=my_course_of(get_db(), enrolment, viewer.display_name, language=current_language(), now=now),
        elsewhere=takes_part_elsewhere(get_db(), enrolment),
        shown_words=SHOWN_WORDS,
        shown_chips=SHOWN_CHIPS,
        state_words=STATE_WORDS,
        state_chips=STATE_CHIPS,
        tick_words=TICK_WORDS,
        tick_chips=TICK_CHIPS,
        now=now,
    )
