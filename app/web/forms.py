"""Forms: a CSRF token, explicit fields, and complaints in our own words."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import StopValidation

from app.web.language import words
from app.words import Sentence

ID_DIGITS = 10
"""With fewer than these a number fits every database."""


def read_id(typed: str) -> int | None:
    """A number that can be the id of a row, as an address or a form holds it; None for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < ID_DIGITS else None


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The base of every form. Only declared fields are read; whatever else is sent is ignored.

    Left to itself Flask-WTF takes files and JSON for what was typed, and a text field would hold anything.
    """

    def __init__(self) -> None:
        super().__init__(formdata=request.form)


class Needed:
    """Something other than white space must be typed."""

    field_flags = {"required": True}  # noqa: RUF012 -- WTForms reads it from the class

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(words(self.sentence))


class AtMost:
    """No more than so many characters."""

    def __init__(self, length: int, sentence: Sentence) -> None:
        self.length, self.sentence = length, sentence
        self.field_flags = {"maxlength": length}

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if len(field.data or "") > self.length:
            raise StopValidation(words(self.sentence))
