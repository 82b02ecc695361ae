"""Who may call an endpoint: each declares a policy, and one without a policy is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.web.transactions import READING
from app.web.viewing import RoleName, Viewer, viewer
from app.words import say

View = TypeVar("View", bound=Callable[..., Any])

NOTHING_HERE = say("There is no such page, or it is not yours to see.")


@dataclass(frozen=True)
class Public:
    """Anybody, signed in or not."""


@dataclass(frozen=True)
class SignedIn:
    """Everybody who is signed in; which rows they get is the query's matter."""


@dataclass(frozen=True)
class ForRoles:
    """People with one of these roles; to the others the page does not exist."""

    roles: frozenset[RoleName]


Policy = Public | SignedIn | ForRoles


def public(view: View) -> View:
    """Declare a view open to anybody."""
    return _declare(view, Public())


def signed_in(view: View) -> View:
    """Declare a view open to whoever is signed in."""
    return _declare(view, SignedIn())


def for_roles(*roles: RoleName) -> Callable[[View], View]:
    """Declare a view open to people with one of the roles."""
    return lambda view: _declare(view, ForRoles(frozenset(roles)))


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """What an endpoint declared, or None."""
    return app.view_functions[endpoint].__dict__.get("policy")


def admits(policy: Policy, viewer: Viewer | None) -> bool:
    """Whether a policy lets someone in."""
    match policy:
        case Public():
            return True
        case SignedIn():
            return viewer is not None
        case ForRoles(roles):
            return viewer is not None and not viewer.roles.isdisjoint(roles)
        case _:
            assert_never(policy)


def guard_every_endpoint(app: Flask) -> None:
    """Check each request against the policy of its endpoint, before anything else sees it."""
    app.before_request(_refuse_the_uninvited)


def refuse_endpoints_without_policy(app: Flask) -> None:
    """Raise LookupError unless every endpoint declared a policy: the last step of putting an application together."""
    missing = sorted(endpoint for endpoint in app.view_functions if policy_of(app, endpoint) is None)
    if missing:
        raise LookupError(f"endpoints without a policy: {', '.join(missing)}")


def _declare(view: View, policy: Policy) -> View:
    view.__dict__["policy"] = policy
    return view


def _refuse_the_uninvited() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such address: Flask's own 404 or 405
    policy = policy_of(current_app, request.endpoint)
    if policy is None:
        raise LookupError(f"endpoint without a policy: {request.endpoint}")
    if isinstance(policy, Public) and request.method in READING:
        return None  # a public page does not ask who is there
    if admits(policy, viewer()):  # found out now: in a write transaction, noting them as seen would wait for itself
        return None
    if viewer() is None:
        answer: ResponseReturnValue = current_app.extensions["ask_to_sign_in"]()
        return answer
    raise NotFound(NOTHING_HERE)
