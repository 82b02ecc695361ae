"""A save as it travels: what an open page sends, and what it is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from app.assessment.actions import RefusedSave, Save, Saved
from app.assessment.queries import Work
from app.assessment.showing import cohort_time, in_page_words, shown_text
from app.assessment.standing import was_handed_in_by_another
from app.errors import UserError
from app.web.language import words
from app.words import Sentence, say

MOST_ID = 2**31 - 1
"""What a column of ids holds on PostgreSQL, which complains of more."""
CLIENT = re.compile(r"[A-Za-z0-9._~-]{1,64}")


class SaveRequest(BaseModel):
    """The body of a save: texts of some fields by name, and what the page knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client: Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._~-]+$")]
    seq: Annotated[StrictInt, Field(ge=1, le=MOST_ID)]
    base: Annotated[StrictInt, Field(ge=0, le=MOST_ID)]
    fields: Annotated[dict[StrictStr, StrictStr], Field(min_length=1, max_length=2_000)]


def page_named(typed: str | None) -> str:
    """The name of an open page as its form gives it; one for all whose name somebody changed."""
    return typed if typed and CLIENT.fullmatch(typed) else "form"


def read_id(typed: str | None) -> int:
    """The id of a row that our own page put into a form; 0 where there is none, or somebody changed it."""
    ours = typed and typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_ID))
    return number if ours and (number := int(typed or 0)) <= MOST_ID else 0


def refuse_unknown_fields(sent: Iterable[str], known: Collection[str]) -> None:
    """Raises UserError for what is on no sheet of ours."""
    unknown = sorted(set(sent).difference(known))
    if unknown:
        raise UserError(say("This sheet has no field “{name}”. Load the page again.", name=unknown[0][:80]))


def save_request() -> SaveRequest:
    """What this request wants saved. Raises UserError with the place where it cannot be read."""
    try:
        return SaveRequest.model_validate(request.get_json(), strict=True)
    except ValidationError as wrong:
        place = ".".join(str(step) for step in wrong.errors()[0]["loc"])[:80]
        raise UserError(say("This save cannot be read at “{place}”. Load the page again.", place=place)) from None


def saved_answer(work: Work, save: Save, saved: Saved, *, now: datetime) -> Response:
    """What the page is told: when it was kept, what others wrote, and what waits for a choice (then with 409).

    "late": it came after the end and is kept beside the answer; "detail" says so. "now" is the server's clock.
    "restored": what the page saved before may be gone with a database that a backup replaced: it should say all again.
    "waiting": what others wrote into fields in which something else stands, all of it.
    """
    others = saved.news
    answer: dict[str, Any] = {
        "saved_at": saved.at.isoformat(),
        "time": _wall_time(saved.at, work),
        "base": saved.change_id,
        "fields": {name: text for name, text in others.items() if name not in save.fields},
        "conflicts": [_conflict(work, save, others, name) for name in saved.stale if name in others],
        "waiting": [
            {
                "field": each.field,
                "label": work.sheet.labels[each.field].striptags(),
                "stands": each.stands,
                "other": each.other,
            }
            for each in saved.waiting
            if each.field in work.sheet.labels
        ],
        "late": saved.late,
        "restored": saved.base_is_gone,
        "ends_at": work.ends_at and work.ends_at.isoformat(),
        "now": now.isoformat(),
    }
    if saved.late:
        answer["detail"] = words(came_late(work))
    if not answer["conflicts"]:
        return jsonify(answer)
    sentence = words(say("Somebody else wrote here at the same time. Both texts are kept: please choose one."))
    return _problem(409, say("Two texts"), sentence, **answer)


def came_late(work: Work) -> Sentence:
    """What somebody is told whose save came after the end."""
    if was_handed_in_by_another(work):
        return say("Somebody of your group had handed in by then: it is kept, and your trainer can count it.")
    if work.ends_at is None:  # it was moved away since
        return say("This arrived after the end: it is kept, and your trainer can count it.")
    time = cohort_time(work.cohort, work.ends_at)
    return say("This arrived after the end ({time}): it is kept, and your trainer can count it.", time=time)


def _conflict(work: Work, save: Save, others: Mapping[str, str], name: str) -> dict[str, str]:
    stands, yours = others[name], save.fields[name]
    return {
        "field": name,
        "label": work.sheet.labels[name].striptags(),
        "stands": stands,
        "yours": yours,
        "stands_in_words": shown_text(work, name, stands),
        "yours_in_words": shown_text(work, name, yours),
    }


def refused_save(refused: RefusedSave) -> Response:
    """Why nothing of a save was kept, for each field that stands in the way."""
    told = in_page_words(refused.refused)
    return _problem(422, say("Not saved"), next(iter(told.values())), errors=told)


def _problem(status: int, title: Sentence, detail: str, **more: object) -> Response:
    response = jsonify(type="about:blank", status=status, title=words(title), detail=detail, **more)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response


def _wall_time(moment: datetime, work: Work) -> str:
    return f"{moment.astimezone(ZoneInfo(work.cohort.zone)):%H:%M}"
