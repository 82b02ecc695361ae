"""RULES: what needs the whole course to be seen. Each is a generator of findings, independent of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.courses.lint import chains, durations, naming, teaching, texts, timing
from app.courses.lint.subject import Finding, Subject

Rule = Callable[[Subject], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    timing.times_are_well_written,
    timing.slots_have_a_length,
    timing.days_have_a_start,
    timing.minutes_agree_with_times,
    timing.pins_agree,
    timing.sessions_begin_when_they_say,
    timing.slots_do_not_overlap,
    timing.half_days_have_no_gaps,
    timing.days_end_before_midnight,
    timing.people_get_a_break,
    durations.sessions_take_what_they_state,
    durations.modules_take_what_they_state,
    durations.slots_are_long_enough,
    durations.exercises_fit_their_slot,
    durations.lectures_are_short,
    durations.lectures_leave_room,
    teaching.aims_have_a_verb,
    teaching.aims_name_what_happens,
    teaching.boards_have_pens,
    teaching.methods_have_their_tools,
    teaching.exercise_slots_name_one,
    texts.slots_have_a_title,
    texts.titles_are_unique,
    texts.ids_are_unique,
    texts.brackets_match,
    texts.topics_are_complete,
    naming.methods_are_known,
    naming.tools_are_known,
    naming.breaks_are_known,
    naming.labels_are_used,
    naming.modules_are_known,
    naming.modules_are_taught,
    naming.steps_are_known,
    naming.steps_are_covered,
    naming.exercises_exist,
    naming.required_exercises_are_met,
    naming.notes_exist,
    chains.carried_exercises_come_first,
    chains.chains_have_an_end,
    chains.private_answers_stay_private,
    chains.carried_fields_exist,
)

LOCAL_RULES: tuple[Rule, ...] = tuple(
    rule
    for rule in RULES
    if (rule.__module__ in (teaching.__name__, texts.__name__) and rule is not texts.slots_have_a_title)
    or rule in (timing.times_are_well_written, naming.methods_are_known, naming.tools_are_known, naming.exercises_exist)
)
"""Rules that look at one slot or one text: they hold for what is left of an outline that has to be mended first."""

__all__ = ["LOCAL_RULES", "RULES", "Finding", "Rule", "Subject"]
