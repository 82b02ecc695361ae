"""What anybody sees who holds a certificate: whether it is valid, and everything that stands on it."""

from __future__ import annotations

from math import ceil

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.accounts.actions import count_failure
from app.accounts.doors import Refused, TooSoon
from app.certificates.blueprint import bp
from app.certificates.codes import LONGEST_TYPED, is_whole, plain
from app.certificates.snapshots import day_of, sheet_of
from app.certificates.verifying import IsSample, Slipped, Verified, verify_code
from app.web.guards import public
from app.web.language import current_language, moment_in_words
from app.web.transactions import database
from app.words import Sentence, say

SLIPPED = say("This is not a whole code. Compare it with the paper once more: a character is wrong or missing.")
UNKNOWN = say("There is no certificate with this code.")


@bp.get("/verify")
@public
def verify_form() -> ResponseReturnValue:
    """Where a code is typed; one that was typed leads to its own address."""
    typed = request.args.get("code", "")[:LONGEST_TYPED]
    code = plain(typed)
    if not typed.strip():
        return _unlisted(make_response(_ask()))
    if not is_whole(code):
        return _unlisted(make_response(_ask(typed, SLIPPED), 422))
    return redirect(url_for("certificates.verify", code=code))


@bp.get("/verify/<code>")
@public
def verify(code: str) -> Response:
    """The verdict and the certificate.

    An unknown code is counted, in a transaction of its own: the one GET that writes, because the square on the paper
    leads here, and so would a guesser.
    """
    now = clock.now()
    match verify_code(database(), code, address=request.remote_addr or "", now=now):
        case Slipped():
            answer = make_response(_ask(code[:LONGEST_TYPED], SLIPPED), 404)
        case TooSoon(wait):
            seconds = ceil(wait.total_seconds())
            sentence = say("Too many tries in a row. Wait {seconds} s, then try again.", seconds=seconds)
            answer = make_response(_ask("", sentence), 429, {"Retry-After": str(seconds)})
        case Refused(counters):
            with database().transaction() as db:
                count_failure(db, counters, now=now)
            answer = make_response(_ask("", UNKNOWN), 404)
        case IsSample():
            answer = make_response(render_template("certificates/verdict.html", found=None))
        case Verified() as found:
            answer = make_response(_verdict(found, moment_in_words(now, current_language(), zone=found.zone)))
    return _unlisted(answer)


def _verdict(found: Verified, checked: str) -> str:
    snapshot, language = found.snapshot, current_language()
    return render_template(
        "certificates/verdict.html",
        found=found,
        checked=checked,
        revoked_on=day_of(found.revoked_on, language) if found.revoked_on else "",
        valid_until=day_of(snapshot.valid_until, language) if snapshot.valid_until else "",
        sheet=sheet_of(snapshot, found.code),
    )


def _ask(typed: str = "", refusal: Sentence | None = None) -> str:
    return render_template("certificates/verify.html", typed=typed, refusal=refusal)


def _unlisted(response: Response) -> Response:
    """Search engines are not to list whom they find."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
