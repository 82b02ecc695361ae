"""The pages of the guides."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("guide", __name__, template_folder="templates")
