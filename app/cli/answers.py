"""Commands about answers: handing in what browsers left behind, without waiting for the worker."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app import clock
from app.assessment import sweeper
from app.cli.operations import refusals_as_sentences, refuse_old_tables, tell
from app.web.transactions import database
from app.words import say

answers = AppGroup("answers", help="What trainees wrote.")


@answers.command("sweep")
@click.option("--set-aside", "again", is_flag=True, help="Also what could not be read before.")
def sweep(*, again: bool) -> None:
    """Hand in what time has ended, as the worker does every ten seconds."""
    with refusals_as_sentences():
        refuse_old_tables()
    if again:
        sweeper.look_again(database(), now=clock.now())
        sweeper.take_up_again(database(), now=clock.now())
    swept = sweeper.sweep(database(), now=clock.now)
    tell(
        say(
            "Handed in: {handed_in}. Nothing written: {blank}. Marked now: {marked}. Set aside: {set_aside}.",
            handed_in=swept.handed_in,
            blank=swept.blank,
            marked=swept.marked,
            set_aside=swept.set_aside,
        )
    )
