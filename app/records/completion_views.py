"""The page on which trainers see who of a cohort is through, and why the others are not yet."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import render_template

from app import clock
from app.assessment.blueprint import COHORT
from app.catalogue.queries import course_of
from app.cohorts.queries import cohort_for, is_trainer_of
from app.errors import NotFound
from app.records.blueprint import bp
from app.records.cohort_queries import cohort_completion
from app.records.completion import SHOWN_CHIPS, SHOWN_WORDS
from app.records.definition import definition_of
from app.records.progress import refresh_if_few
from app.web.guards import NOTHING_HERE, signed_in
from app.web.language import current_language
from app.web.navigation import way_for_viewer
from app.web.transactions import database, get_db
from app.web.viewing import signed_in_viewer


@bp.get(f"{COHORT}/completion", endpoint="cohort_completion")
@signed_in
def cohort_completion_page(cohort_id: int) -> str:
    """Everybody with state, attendance, exercises and points; for the trainers of the cohort alone."""
    lagging = refresh_if_few(database())
    db, viewer, language = get_db(), signed_in_viewer(), current_language()
    cohort = cohort_for(db, viewer, cohort_id)
    if not is_trainer_of(db, viewer.person_id, cohort_id):
        raise NotFound(NOTHING_HERE)
    today = clock.now().astimezone(ZoneInfo(cohort.zone)).date()
    return render_template(
        "records/cohort.html",
        cohort=cohort,
        completion=cohort_completion(db, cohort, language=language, today=today),
        definition=definition_of(course_of(cohort.version), language),
        lagging=lagging,
        certificates=way_for_viewer("certificates.cohort", cohort_id=cohort.id),
        today=today,
        state_words=SHOWN_WORDS,
        state_chips=SHOWN_CHIPS,
    )
