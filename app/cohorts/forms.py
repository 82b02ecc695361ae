"""What is typed about a cohort as a whole."""

from __future__ import annotations

from datetime import date

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField
from wtforms.validators import StopValidation

from app.cohorts.actions import NAME, ROOM
from app.cohorts.rules import is_zone
from app.web.forms import AtMost, Form, Needed, read_id
from app.web.language import words
from app.words import Sentence, say

NO_DAY = say("A date goes here, for example 2026-11-23.")


class Printable:
    """No control characters, and nothing else that paper cannot show."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip().isprintable():
            raise StopValidation(words(self.sentence))


class AZone:
    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if not is_zone((field.data or "").strip()):
            raise StopValidation(words(say("There is no time zone of that name. One looks like Asia/Shanghai.")))


class ADay:
    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if read_day(field.data or "") is None:
            raise StopValidation(words(NO_DAY))


class CohortForm(Form):
    """Name, zone and trainers."""

    name = StringField(validators=[Needed(say("Give the cohort a name.")), AtMost(200, NAME), Printable(NAME)])
    zone = StringField(validators=[AZone()])

    @property
    def trainers(self) -> tuple[int, ...]:
        return tuple(each for typed in request.form.getlist("trainers") if (each := read_id(typed)) is not None)


class OpenForm(CohortForm):
    """All that a new cohort needs."""

    name = StringField(validators=[AtMost(200, NAME), Printable(NAME)])  # left empty: see name_for
    course = StringField(validators=[Needed(say("Choose a course."))])
    first_day = StringField(validators=[ADay()])
    room = StringField(validators=[AtMost(200, ROOM), Printable(ROOM)])
    weekends = BooleanField()


def read_day(typed: str) -> date | None:
    """«2026-11-23», also as «2026/11/23», «2026.11.23», «20261123» or «2026年11月23日»; None for anything else."""
    plain = typed.strip().rstrip("日")
    for sign in "年月/.":
        plain = plain.replace(sign, "-")
    parts = plain.split("-")
    if len(parts) == 1 and len(plain) == 8:
        parts = [plain[:4], plain[4:6], plain[6:]]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
