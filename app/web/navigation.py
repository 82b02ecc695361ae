"""The ways from every page to the main ones: whoever may open one sees it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from app.web.guards import admits, policy_of
from app.web.language import words
from app.web.viewing import viewer
from app.words import Sentence


@dataclass(frozen=True)
class Way:
    """A main page: its endpoint, its name, and what it is good for."""

    endpoint: str
    label: Sentence
    purpose: Sentence


@dataclass(frozen=True)
class NavItem:
    """A way as the page shows it to one viewer."""

    label: str
    url: str
    current: bool
    purpose: str


def navigation() -> tuple[NavItem, ...]:
    """The main pages that the viewer may open."""
    someone = viewer()
    ways: tuple[Way, ...] = current_app.extensions["ways"]
    policies = ((way, policy_of(current_app, way.endpoint)) for way in ways)
    return tuple(_item(way) for way, policy in policies if policy and admits(policy, someone))


def way_for_viewer(endpoint: str, **values: object) -> str | None:
    """The address of a page, which may belong to a feature above; None where it is not for the viewer."""
    policy = policy_of(current_app, endpoint)
    if policy is None or not admits(policy, viewer()):
        return None
    return url_for(endpoint, **values)  # type: ignore[arg-type]  # as url_for takes them


def offer_ways(app: Flask, ways: tuple[Way, ...]) -> None:
    """Give every template `nav` and `viewer`."""
    app.extensions["ways"] = ways
    app.context_processor(lambda: {"nav": navigation(), "viewer": viewer()})


def _item(way: Way) -> NavItem:
    url = url_for(way.endpoint)
    current = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
    return NavItem(words(way.label), url, current, words(way.purpose))
