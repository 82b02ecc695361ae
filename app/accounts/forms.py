"""What people type about themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField, StringField
from wtforms.validators import ValidationError

from app.accounts.passwords import LONGEST, password_refusal
from app.accounts.rules import name_refusal
from app.web.forms import AtMost, Form, Needed
from app.web.language import language_named, words
from app.words import say


class SignInForm(Form):
    """The door; a script sends the same two fields as JSON."""

    name = StringField(
        validators=[
            Needed(say("Type your number or e-mail address.")),
            AtMost(254, say("That is longer than any number or e-mail address.")),
        ]
    )
    password = PasswordField(
        validators=[
            Needed(say("Type your password.")),
            AtMost(LONGEST, say("That is longer than any password here.")),
        ]
    )

    def __init__(self) -> None:
        FlaskForm.__init__(self, formdata=MultiDict(_typed_in_json()) if request.is_json else request.form)


class ForgotForm(Form):
    name = StringField(
        validators=[
            Needed(say("Type your number or e-mail address.")),
            AtMost(254, say("That is longer than any number or e-mail address.")),
        ]
    )


class NewPasswordForm(Form):
    """A password to come, of somebody of whom a few words are known."""

    password = PasswordField(validators=[Needed(say("Type a password."))])

    def __init__(self, about: Iterable[str] = ()) -> None:
        super().__init__()
        self.about = tuple(about)

    def validate_password(self, field: Field) -> None:
        if refusal := password_refusal(field.data or "", about=self.about):
            raise ValidationError(words(refusal))


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(
        validators=[
            Needed(say("Type the password that you have now.")),
            AtMost(LONGEST, say("That is longer than any password here.")),
        ]
    )


class ProfileForm(Form):
    display_name = StringField(filters=[lambda typed: (typed or "").strip()])
    language = StringField()
    course_mail = StringField()

    def validate_display_name(self, field: Field) -> None:
        if refusal := name_refusal(field.data):
            raise ValidationError(words(refusal))

    def validate_language(self, field: Field) -> None:
        if field.data and language_named(field.data) is None:
            raise ValidationError(words(say("Pages can be read in Chinese and in English.")))


def _typed_in_json() -> Mapping[str, str]:
    """The texts of a JSON object; half characters, which JSON can write and no database stores, become marks."""
    sent = request.get_json(silent=True)
    texts = sent.items() if isinstance(sent, dict) else ()
    return {name: text.encode("utf-8", "replace").decode() for name, text in texts if isinstance(text, str)}
