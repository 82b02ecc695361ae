"""The pages of statistics: all exercises of a course, and one of them in depth."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.statistics.queries import course_statistics, exercise_statistics
from app.statistics.rules import FEWEST_SHOWN
from app.web.guards import for_roles
from app.web.transactions import get_db
from app.web.viewing import signed_in_viewer

bp = Blueprint("statistics", __name__, template_folder="templates")


@bp.get("/courses/<slug>/statistics")
@for_roles("author", "trainer")
def course(slug: str) -> str:
    """How the exercises of a course go, over all its cohorts."""
    return render_template(
        "statistics/course.html",
        shown=course_statistics(get_db(), signed_in_viewer(), slug),
        fewest=FEWEST_SHOWN,
    )


@bp.get("/courses/<slug>/statistics/<exercise>")
@for_roles("author", "trainer")
def exercise(slug: str, exercise: str) -> str:
    """One exercise, question by question."""
    shown = exercise_statistics(get_db(), signed_in_viewer(), slug, exercise)
    return render_template("statistics/exercise.html", shown=shown)
