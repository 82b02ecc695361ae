"""The page on which the leader of a group names who observes an answer of theirs."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.assessment.queries import Work, any_work
from app.assessment.showing import head_of
from app.errors import NotFound, UserError
from app.reviewing.actions import name_observer
from app.reviewing.blueprint import OBSERVERS, bp
from app.reviewing.queries import leads, names_in, observers_of, people_of
from app.reviewing.rounds import is_reviewed
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, signed_in
from app.web.transactions import database
from app.web.viewing import signed_in_viewer


@bp.get(OBSERVERS)
@signed_in
def observers(attempt_id: int) -> str:
    """Who observes an answer of the viewer's group, and the form to name one more."""
    with database().reading() as db:
        return _page(db, _led(db, attempt_id))


@bp.post(OBSERVERS)
@signed_in
def lead_observers(attempt_id: int) -> ResponseReturnValue:
    """Name somebody of the cohort, also of the same group."""
    by, observer = signed_in_viewer().person_id, read_id(request.form.get("observer", "")) or 0
    try:
        with database().transaction() as db:
            work = _led(db, attempt_id)
            name_observer(db, work.cohort, work.assignment, attempt_id, observer, by=by, now=clock.now())
    except NotFound:
        raise
    except UserError as refused:
        with database().reading() as db:
            return _page(db, _led(db, attempt_id), refused), 422
    return redirect(url_for("reviewing.observers", attempt_id=attempt_id, done=1), 303)


def _led(db: Session, attempt_id: int) -> Work:
    """An answer that is observed, of a group that the viewer leads. Raises NotFound."""
    viewer = signed_in_viewer()
    if not leads(db, viewer.person_id, attempt_id):
        raise NotFound(NOTHING_HERE)
    work = any_work(db, attempt_id)
    if not is_reviewed(work.spec) or "observer" not in work.spec.marking or work.submission is None:
        raise NotFound(NOTHING_HERE)
    return work


def _page(db: Session, work: Work, refused: UserError | None = None) -> str:
    named = observers_of(db, work.attempt.id)
    return render_template(
        "reviewing/observers.html",
        work=work,
        head=head_of(work.spec, work.version),
        named=sorted(names_in(db, named).values()),
        people={who: name for who, name in people_of(db, work.cohort.id).items() if who not in named},
        refused=refused and refused.sentence,
        done="done" in request.args,
    )
