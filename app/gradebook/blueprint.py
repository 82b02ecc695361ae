"""The blueprint that all pages of this feature share, and the addresses they begin with."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("gradebook", __name__, template_folder="templates")
COHORT = "/cohorts/<int(max=2147483647):cohort_id>/gradebook"
