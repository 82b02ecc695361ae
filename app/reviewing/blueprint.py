"""The blueprint that all pages of this feature share, and the addresses they begin with."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reviewing", __name__, template_folder="templates")
ROUND = "/cohorts/<int(max=2147483647):cohort_id>/exercises/<exercise>/reviews"
OWN = "/cohorts/<int(max=2147483647):cohort_id>/exercises/<exercise>/reviewing"
REVIEW = "/reviews/<int(max=2147483647):review_id>"
"""Of one review: the address names neither whose answer it is nor who judges it."""
OBSERVERS = "/attempts/<int(max=2147483647):attempt_id>/observers"
