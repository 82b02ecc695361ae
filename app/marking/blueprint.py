"""The blueprint that all pages of this feature share, and the address of an answer in them."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("marking", __name__, template_folder="templates")
ANSWER = "/marking/<int(max=2147483647):attempt_id>"
