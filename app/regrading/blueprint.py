"""The blueprint that all pages of this feature share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("regrading", __name__, template_folder="templates")
