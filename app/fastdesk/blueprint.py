"""The blueprint that all pages of the fast desk share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("fastdesk", __name__, template_folder="templates")
