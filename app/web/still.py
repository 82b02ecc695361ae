"""Parts of pages that are the same for everybody: drawn once a language, and not with every page."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from markupsafe import Markup

from app.web.language import current_language


def draw_still_parts_once(app: Flask) -> None:
    """Give templates `still(template, macro)`: a macro without arguments that asks nothing of the request."""
    drawn: dict[tuple[str, str, str, str], Markup] = {}
    icons: Callable[[str], str] = app.jinja_env.globals["asset_url"]  # type: ignore[assignment]  # it is ours

    def still(template: str, macro: str) -> Markup:
        key = (template, macro, current_language(), icons("icons.svg"))  # they may be built anew while it is served
        if key not in drawn:
            part: Markup = getattr(app.jinja_env.get_template(template).module, macro)()
            drawn[key] = part
        return drawn[key]

    app.jinja_env.globals["still"] = still
