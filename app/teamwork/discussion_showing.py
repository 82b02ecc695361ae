"""What pages show of a discussion: the bar above a party's sheet, what moves in it, and the trainer's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import clock
from app.assessment.beside import Place, drawn
from app.assessment.queries import Work
from app.assessment.showing import cohort_time
from app.assessment.standing import why_shut
from app.cohorts.models import Cohort
from app.teamwork.discussion import STAGE_WORDS, WHAT_TO_DO, Standing, steps_of
from app.teamwork.discussion_parties import Party
from app.teamwork.discussion_queries import is_in_class, is_party, talk_of, words_to
from app.web.language import words
from app.web.viewing import Viewer
from app.words import Sentence, say

MOVING = ("state", "time", "leader", "present", "answered", "fields", "changed")
"""What the trainer's page writes into place while it lies open."""


@dataclass(frozen=True)
class PartyRow:
    """A party on its trainer's page, in words; what moves there stands in `moving`."""

    party: Party
    state: str
    time: str
    is_over: bool
    leader: str
    present: str
    answered: str
    fields: str
    changed: str

    @property
    def moving(self) -> dict[str, Any]:
        """For the page that lies open."""
        return {
            "group": self.party.group_id,
            "attempt": self.party.attempt_id,
            "stage": self.party.under_way.stage if self.party.under_way else None,
            "over": self.is_over,
            "texts": {name: getattr(self, name) for name in MOVING},
        }


def discussion_beside(db: Session, work: Work, viewer: Viewer, place: Place) -> Markup:
    """The bar above a sheet, the trainer's words on the other pages; nothing for whoever works alone."""
    if not is_party(work):
        return Markup("")
    if place == "sheet":
        return _bar(db, work, viewer)
    said = words_to(db, [work.attempt.id])[work.attempt.id]
    return drawn("teamwork/discussion_words.html", said=said, place=place, work=work)


def stage_of(db: Session, viewer: Viewer, attempt_id: int) -> dict[str, Any]:
    """Where a party of the viewer's is in its discussion, for a page that lies open. Two statements."""
    talk = talk_of(db, attempt_id)
    return {
        "stage": talk.stage,
        "since": _milliseconds(talk.since),
        "now": _milliseconds(clock.now()),
        "leader": talk.leader.enrolment_id if talk.leader else None,
        "leads": talk.is_led_by(viewer.person_id),
        "members": [{"id": each.enrolment_id, "name": each.display_name} for each in talk.members],
        "words": [{"id": word.id, "text": word.text, "by": word.by} for word in talk.words],
    }


def party_row(cohort: Cohort, party: Party, now: datetime) -> PartyRow:
    """A party as its trainer's page says it."""
    where = party.under_way
    return PartyRow(
        party,
        state=words(_state(party)),
        time=words(_time(cohort, where, now)) if where else "",
        is_over=where is not None and where.is_over(now),
        leader=party.talk.leader.display_name if party.talk and party.talk.leader else "–",
        present=words(say(", ")).join(party.present) or "–",
        answered=f"{party.filled} / {party.asked}",
        fields=str(party.fields),
        changed=cohort_time(cohort, party.changed_at, today=now) or "–",
    )


def _state(party: Party) -> Sentence:
    if party.attempt_id is None:
        return say("Not started")
    return STAGE_WORDS[party.under_way.stage] if party.under_way else say("Handed in")


def _time(cohort: Cohort, where: Standing, now: datetime) -> Sentence:
    """How long its stage still has, or since when it has none."""
    if where.ends_at is None:
        return say("since {time}", time=cohort_time(cohort, where.since, today=now))
    left = where.ends_at - now
    if left >= timedelta(minutes=1):
        return say("{minutes} min left", minutes=left // timedelta(minutes=1))
    if left > timedelta():
        return say("less than 1 min left")
    return say("{minutes} min over", minutes=-left // timedelta(minutes=1))


def _bar(db: Session, work: Work, viewer: Viewer) -> Markup:
    now, talk = clock.now(), talk_of(db, work.attempt.id)
    in_class = is_in_class(work.version, work.assignment.exercise)
    where = talk.standing(work.spec, in_class=in_class)
    return drawn(
        "teamwork/discussion_bar.html",
        work=work,
        steps=steps_of(work.spec, in_class=in_class),
        talk=talk,
        where=where,
        until=cohort_time(work.cohort, where.ends_at, today=now),
        is_over=where.is_over(now),
        own=next((each for each in talk.members if each.person_id == viewer.person_id), None),
        leads=talk.is_led_by(viewer.person_id),
        since_ms=_milliseconds(talk.since),
        now_ms=_milliseconds(now),
        stage_words=STAGE_WORDS,
        what_to_do=WHAT_TO_DO,
        shut=why_shut(work, now),
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
