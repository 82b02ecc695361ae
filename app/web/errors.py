"""Mistakes of people as pages with a way out; mistakes of the program as a page with a reference to the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, MethodNotAllowed

from app.errors import NotAllowed, NotFound, UserError, new_reference
from app.files import NoRoom
from app.web.assets import AssetsMissing
from app.web.guards import NOTHING_HERE, Public, policy_of
from app.web.language import current_language, words
from app.web.redirects import safe_target
from app.web.trouble import TROUBLES, Trouble, tell_log, trouble_of
from app.web.viewing import forget_viewer, viewer
from app.words import Sentence, say

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mishap:
    """What an error page says: what happened, what is safe or to be done, and a reference where the log has more."""

    status: int
    title: Sentence
    sentence: Sentence
    safe: Sentence | None = None
    reference: str = ""


NOT_DONE = say("Not done")
OF_STATUS = {
    400: (say("Not understood"), say("The browser sent something that cannot be read. Go back and try once more.")),
    403: (say("Not allowed"), say("You may see this, but not change it.")),
    404: (say("Nothing here"), NOTHING_HERE),
    405: (say("Not possible here"), say("This address cannot be used in that way.")),
    413: (say("Too large"), say("What you sent is larger than this place takes. Send less at once.")),
    429: (say("A moment, please"), say("That was too much at once. Wait a little, then try again.")),
    503: (say("Busy"), say("Too many people are saving at this moment. Nothing is lost: try again in a few seconds.")),
}
IN_TROUBLE: dict[Trouble, Mishap] = {
    "busy": Mishap(503, *OF_STATUS[503]),
    "gone": Mishap(
        503,
        say("A moment, please"),
        say(
            "The database cannot be reached at this moment. Everything saved before this step is safe: "
            "try again in a few seconds."
        ),
    ),
    "full": Mishap(
        507,
        say("The server's disk is full"),
        say(
            "The server's disk is full, or cannot be written to. This step was not kept; everything saved before it "
            "is safe. What you typed is still on its page: go back to it if you left it, keep it open, and tell your "
            "trainer or administrator."
        ),
    ),
}
RETRY_AFTER = {429: 3, 503: 3, 507: 10}
"""Seconds until the same may do."""
EXPIRED = Mishap(
    403,
    say("This page had been open too long"),
    say("For your safety nothing was changed."),
    say("Go back, load the page again and send it once more."),
)
SIGNED_OUT = Mishap(
    401,
    say("You are signed out"),
    say("You are no longer signed in. Sign in, then do this once more."),
)
NOT_BUILT = Mishap(
    503,
    say("The pages cannot be drawn yet"),
    say("Their styles and scripts are not built: run «make assets» on the server."),
)


def register_error_pages(app: Flask) -> None:
    """Answer every error with a page, or with JSON where that was asked for."""
    app.register_error_handler(UserError, _user_error)
    app.register_error_handler(CSRFError, lambda _: answer(SIGNED_OUT if _from_a_page_left_behind() else EXPIRED))
    app.register_error_handler(InternalServerError, _mistake_of_ours)
    app.register_error_handler(AssetsMissing, _assets_missing)
    for error in TROUBLES:
        app.register_error_handler(error, _trouble)
    app.register_error_handler(HTTPException, _http_error)


def answer(mishap: Mishap) -> Response:
    """The mishap as a response."""
    response = _as_json(mishap) if wants_json() else _as_page(mishap)
    response.status_code = mishap.status
    if mishap.status in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[mishap.status])
    return response


def told_path() -> str:
    """The path for the log, without a one-time code that stands in it."""
    code = (request.view_args or {}).get("code")
    return request.path.replace(str(code), "…") if code else request.path


def _from_a_page_left_behind() -> bool:
    """Whether a script asks whose person is signed out by now: signing in helps it, loading the page anew does not."""
    guarded = request.endpoint and not isinstance(policy_of(current_app, request.endpoint), Public)
    return bool(guarded and wants_json() and viewer() is None)


def _user_error(error: UserError) -> Response:
    match error:
        case NotFound():
            return answer(Mishap(404, OF_STATUS[404][0], error.sentence))
        case NotAllowed():
            return answer(Mishap(403, OF_STATUS[403][0], error.sentence))
        case NoRoom():
            return answer(Mishap(507, NOT_DONE, error.sentence))
        case _:
            return answer(Mishap(422, NOT_DONE, error.sentence))


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect that routing raised
    response = answer(Mishap(code, *OF_STATUS.get(code, OF_STATUS[400])))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _assets_missing(error: AssetsMissing) -> Response:
    log.error("%s %s: %s", request.method, told_path(), error)
    return answer(NOT_BUILT)


def _trouble(error: Exception) -> Response:
    found = trouble_of(error)
    if found is None:
        raise error
    return _in_trouble(found, error)


def _in_trouble(trouble: Trouble, error: BaseException) -> Response:
    tell_log(trouble, error, asked=f"{request.method} {told_path()}")
    forget_viewer()
    return answer(IN_TROUBLE[trouble])


def _mistake_of_ours(error: InternalServerError) -> Response:
    failed = error.original_exception
    if failed is not None and (trouble := trouble_of(failed)):  # a commit's, after the handlers of single errors
        return _in_trouble(trouble, failed)
    reference = new_reference()
    log.error("%s %s %s", reference, request.method, told_path(), exc_info=failed)
    forget_viewer()
    return answer(
        Mishap(
            500,
            say("This did not work"),
            say("The mistake is ours, and it is written down under its reference."),
            say(
                "Nothing of this step was kept; everything saved before it is safe. Try once more. If that does not "
                "help, tell the reference to your trainer or administrator."
            ),
            reference,
        )
    )


def _as_page(mishap: Mishap) -> Response:
    """The page, or its words alone where none can be drawn."""
    if isinstance(request.routing_exception, BadHost):
        return _as_text(mishap)  # under such a name nothing has an address, and every page links
    try:
        return Response(render_template("layout/error.html", mishap=mishap, came_from=_came_from()))
    except AssetsMissing:
        return _as_text(mishap)


def _came_from() -> str:
    """The page of ours that a form was sent from; "" where there is none, or none that can be opened again."""
    address = request.referrer or ""
    if request.method != "POST" or not address.startswith(request.host_url):
        return ""
    target = safe_target("/" + address.removeprefix(request.host_url), otherwise="")
    try:
        current_app.url_map.bind("").match(target.partition("?")[0], method="GET")
    except HTTPException:  # also a redirect: a form may stand on the page that answered one
        return ""
    return target


def _as_text(mishap: Mishap) -> Response:
    told = [words(sentence) for sentence in (mishap.title, mishap.sentence, mishap.safe) if sentence]
    return Response("\n".join([*told, mishap.reference]).strip() + "\n", mimetype="text/plain")


def wants_json() -> bool:
    """Whether this request speaks JSON, so that its answer should."""
    accepted = request.accept_mimetypes
    return request.is_json or accepted["application/json"] > accepted["text/html"]


def _as_json(mishap: Mishap) -> Response:
    told = [words(sentence) for sentence in (mishap.sentence, mishap.safe if mishap.reference else None) if sentence]
    response = jsonify(
        type="about:blank",
        status=mishap.status,
        title=words(mishap.title),
        detail=("" if current_language() == "zh-CN" else " ").join(told),
        **({"instance": mishap.reference} if mishap.reference else {}),
    )
    response.mimetype = "application/problem+json"
    return response
