"""Addresses of many rows of a page: built once, and filled in for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, url_for

STAND_IN = 1_999_999_973
"""An id that no row has; ids in addresses come before whatever people typed."""


def url_by(endpoint: str, name: str, **values: object) -> Callable[[int], str]:
    """`url_for` with the id of one row after another in the place of `name`."""
    parts: dict[str, Any] = {name: STAND_IN, **values}
    before, _, after = url_for(endpoint, **parts).partition(str(STAND_IN))
    return lambda key: f"{before}{key}{after}"


def address_rows_in_templates(app: Flask) -> None:
    """Give templates `url_by`."""
    app.jinja_env.globals["url_by"] = url_by
