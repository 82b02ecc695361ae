"""What people type about themselves."""

from __future__ import annotations

from wtforms import PasswordField, StringField

from app.accounts.passwords import LONGEST
from app.web.forms import AtMost, Form, Needed
from app.words import say


class SignInForm(Form):
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
