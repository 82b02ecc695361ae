"""The page on which trainers put people into pairs and groups."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import clock
from app.catalogue.queries import course_of
from app.classroom.dealing import PAIR, Dealt, Size, read_size
from app.classroom.grouping import (
    NEW,
    Named,
    StaleGroups,
    Wanted,
    change_groups,
    free_people,
    make_groups,
    share_out_rest,
    stamp_of,
    take_apart,
)
from app.classroom.groups import Party, away_now, parties_in
from app.classroom.models import WORK_MODES
from app.classroom.views import bp
from app.cohorts.models import Cohort
from app.cohorts.queries import cohort_for, is_trainer_of
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.errors import NotFound, UserError
from app.web.forms import read_id
from app.web.guards import NOTHING_HERE, for_roles
from app.web.language import words
from app.web.transactions import get_db, roll_back
from app.web.viewing import signed_in_viewer
from app.words import Language, Sentence, say

GROUPS = "/cohorts/<int(max=2147483647):cohort_id>/groups"
NOWHERE, ELSEWHERE = "none", "new"
"""How a form says that somebody goes into no group, and into one that is not there yet."""
_UNKNOWN = -1
"""A group that there is none of."""
DONE: Mapping[str, Sentence] = {
    "made": say("The groups are made. Move people below where they should be elsewhere."),
    "shared": say("Everybody is in a group now."),
    "saved": say("Saved."),
    "apart": say("Taken apart. Whoever was in it is in no group now."),
}


@dataclass(frozen=True)
class _Page:
    """The pairs or the groups of a cohort."""

    cohort: Cohort
    work: str
    parties: tuple[Party, ...]
    free: tuple[Dealt, ...]
    away: frozenset[int]

    @property
    def stamp(self) -> str:
        return stamp_of(self.parties, self.free)

    @property
    def size(self) -> Size:
        """What the outline of the course says."""
        return PAIR if self.work == "pairs" else Size(*course_of(self.cohort.version).people_in_group)

    @property
    def language(self) -> Language:
        """Of the course."""
        return course_of(self.cohort.version).language

    @property
    def exercises(self) -> tuple[Text, ...]:
        """What is done together in this way."""
        course = course_of(self.cohort.version)
        found = (course.exercises[slug] for slug in course.exercise_slugs)
        return tuple(inline(spec.title) for spec in found if spec.work == self.work)


@bp.get(GROUPS)
@for_roles("trainer")
def groups(cohort_id: int) -> str:
    """Who works with whom, and the form to change it."""
    return _show(_page(get_db(), cohort_id))


@bp.post(GROUPS)
@for_roles("trainer")
def save_groups(cohort_id: int) -> ResponseReturnValue:
    """Names, leaders, and who is in which group. 409 where the groups changed while the form was open."""
    db, work = get_db(), _work()
    cohort, by = _cohort(db, cohort_id), signed_in_viewer().person_id
    try:
        change_groups(db, cohort, work, _wanted(), named=_named(work), by=by, now=clock.now())
    except StaleGroups as stale:
        roll_back()
        return _show(_page(get_db(), cohort_id), refused=stale.sentence), 409
    except UserError as refused:
        roll_back()
        return _show(_page(get_db(), cohort_id), refused=refused.sentence, typed=request.form), 422
    return _done(cohort_id, work, "saved")


@bp.post(f"{GROUPS}/make")
@for_roles("trainer")
def deal_groups(cohort_id: int) -> ResponseReturnValue:
    """Deal everybody without a group into new ones, or share them out among those that are there."""
    db, work, form = get_db(), _work(), request.form
    cohort, by, now = _cohort(db, cohort_id), signed_in_viewer().person_id, clock.now()
    random = Random(secrets.randbits(64))  # noqa: S311 -- who works with whom is no secret
    try:
        if "share" in form:
            share_out_rest(db, cohort, work, random=random, by=by, now=now)
            return _done(cohort_id, work, "shared")
        size, mixed = _size(work), form.get("how") == "mixed"
        make_groups(db, cohort, work, size, mixed=mixed, named=_named(work), random=random, by=by, now=now)
    except UserError as refused:
        roll_back()
        return _show(_page(get_db(), cohort_id), refused=refused.sentence, typed=form), 422
    return _done(cohort_id, work, "made")


@bp.post(f"{GROUPS}/apart")
@for_roles("trainer")
def take_groups_apart(cohort_id: int) -> ResponseReturnValue:
    """Take one group apart, or all of them."""
    db, work = get_db(), _work()
    cohort, by = _cohort(db, cohort_id), signed_in_viewer().person_id
    group_id = read_id(request.form.get("group", ""))
    chosen = None if request.form.get("group") == "all" else [group_id or NEW]
    take_apart(db, cohort, work, chosen, by=by, now=clock.now())
    return _done(cohort_id, work, "apart")


def _cohort(db: Session, cohort_id: int) -> Cohort:
    """A cohort that the viewer is a trainer of; admins see its dates, not who works with whom. Raises NotFound."""
    viewer = signed_in_viewer()
    cohort = cohort_for(db, viewer, cohort_id)
    if not is_trainer_of(db, viewer.person_id, cohort_id):
        raise NotFound(NOTHING_HERE)
    return cohort


def _page(db: Session, cohort_id: int) -> _Page:
    cohort, work = _cohort(db, cohort_id), _work()
    parties, free = parties_in(db, cohort.id, work), free_people(db, cohort, work)
    return _Page(cohort, work, parties, free, away_now(db, cohort, clock.now()))


def _show(page: _Page, *, refused: Sentence | None = None, typed: Mapping[str, str] | None = None) -> str:
    return render_template(
        "classroom/groups.html",
        page=page,
        cohort=page.cohort,
        refused=refused,
        typed=typed or {},
        done=DONE.get(request.args.get("done", "")),
        nowhere=NOWHERE,
        elsewhere=ELSEWHERE,
    )


def _done(cohort_id: int, work: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("classroom.groups", cohort_id=cohort_id, work=work, done=done), 303)


def _work() -> str:
    asked = request.values.get("work", "")
    return asked if asked in WORK_MODES else "group"


def _size(work: str) -> Size:
    """How large the groups shall be. Raises UserError."""
    if work == "pairs":
        return PAIR
    size = read_size(request.form.get("size", ""))
    if isinstance(size, Sentence):
        raise UserError(size)
    return size


def _named(work: str) -> Named:
    def named(number: int) -> str:
        return words(say("Pair {number}", number=number) if work == "pairs" else say("Group {number}", number=number))

    return named


def _wanted() -> Wanted:
    """What the form says; what is not ours in it is passed over."""
    form = request.form
    places = {enrolment_id: _place(text) for enrolment_id, text in _numbered("place")}
    leaders = {group_id: read_id(text) for group_id, text in _numbered("leads")}
    return Wanted(form.get("stamp", ""), dict(_numbered("name")), leaders, places)


def _numbered(kind: str) -> Iterator[tuple[int, str]]:
    """The fields of a form that are called `kind-<id>`."""
    for name, text in request.form.items():
        called, _, number = name.partition("-")
        if called == kind and (found := read_id(number)) is not None:
            yield found, text


def _place(text: str) -> int | None:
    if text in (NOWHERE, ELSEWHERE):
        return None if text == NOWHERE else NEW
    return read_id(text) or _UNKNOWN
