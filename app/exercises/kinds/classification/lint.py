"""What does not fit together in a classification: rules, facts and cases that contradict or miss one another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from keyword import iskeyword
from math import prod
from typing import Any, Final

from app.exercises.formulas import FormulaError, Value, read_formula
from app.exercises.kinds.classification.deciding import TRUTHS, decide, grid, is_plain
from app.exercises.kinds.classification.parts import Case, Fact, Line
from app.exercises.spec import Mistake, mistake
from app.exercises.spelling import did_you_mean
from app.exercises.written import Path
from app.words import Sentence, say

MOST_COMBINED: Final = 4000
"""Combinations of facts up to which it is tried which lines of a rule can hold."""
_TAKEN: Final = frozenset({*TRUTHS, "min", "max", "abs", "floor", "ceil", "round", "days", "months"})


def classification_mistakes(head: Mapping[str, Any]) -> Iterator[Mistake]:
    """Everything wrong with facts, rule, classes and cases; the checks of one need the ones before to be sound."""
    facts, rule, cases = head["facts"], head["rule"], head["cases"]
    found = [*_fact_mistakes(facts), *_line_mistakes(facts, rule, [each.id for each in head["classes"]])]
    found += _class_mistakes(head["classes"], rule)
    found += [each for place, case in enumerate(cases) for each in _case_mistakes(facts, case, ("cases", place))]
    yield from found
    if not found:
        yield from _unreachable(facts, rule)
        yield from _undecided(facts, rule, cases)
        yield from _made_mistakes(head)


def _fact_mistakes(facts: Sequence[Fact]) -> Iterator[Mistake]:
    for place, fact in enumerate(facts):
        if iskeyword(fact.id) or fact.id in _TAKEN:
            sentence = say("“{name}” means something of its own in a rule.", name=fact.id)
            yield mistake(("facts", place, "id"), "fact-name", sentence, say("Give the fact another id."))
        if (fact.type == "choice") != bool(fact.options):
            sentence = say("A fact of type “choice” has “options”, and no other has.")
            yield mistake(
                ("facts", place, "options"), "fact-options", sentence, say("Add options, or change the type.")
            )
        if fact.from_ is not None and fact.to is not None and fact.to < fact.from_:
            sentence = say("“to” lies below “from”.")
            yield mistake(("facts", place, "to"), "fact-range", sentence, say("Put them in order."))


def _line_mistakes(facts: Sequence[Fact], rule: Sequence[Line], classes: list[str]) -> Iterator[Mistake]:
    for place, line in enumerate(rule):
        if line.class_ not in classes:
            remedy = did_you_mean(line.class_, classes, say("Take one of: {names}.", names=", ".join(classes)))
            sentence = say("There is no class “{name}”.", name=line.class_)
            yield mistake(("rule", place, "class"), "class-unknown", sentence, remedy)
        if line.when is None:
            if place < len(rule) - 1:
                sentence = say("A line without “when” catches every case: the lines after it never hold.")
                yield mistake(("rule", place), "rule-catches-all", sentence, say("Move it to the end."))
        else:
            yield from _formula_mistakes(facts, line.when, ("rule", place, "when"))


def _formula_mistakes(facts: Sequence[Fact], when: str, path: Path) -> Iterator[Mistake]:
    names = [fact.id for fact in facts]
    try:
        formula = read_formula(when)
        unknown = sorted(formula.names - {*names, *TRUTHS})
        for name in unknown:
            sentence = say("There is no fact “{name}”.", name=name)
            remedy = did_you_mean(name, names, say("Take one of: {names}.", names=", ".join(names)))
            yield mistake(path, "fact-unknown", sentence, remedy)
        if not unknown:
            yield from _option_mistakes(facts, formula.tree, path)
            formula.holds({**TRUTHS, **{fact.id: _any(fact) for fact in facts}})
    except FormulaError as wrong:
        yield mistake(path, "formula", wrong.sentence, _how_to_write())


def _how_to_write() -> Sentence:
    return say("Write it like “units >= 250 and not taxi”, with == and quotes for a choice: degree == 'college'.")


def _any(fact: Fact) -> Value:
    """Some value of the right sort, to see whether a formula takes it."""
    values = grid([fact], ())[fact.id]
    return values[0] if values else ""


def _option_mistakes(facts: Sequence[Fact], tree: ast.expr, path: Path) -> Iterator[Mistake]:
    """Choices are compared with options they have."""
    options = {fact.id: [option.id for option in fact.options] for fact in facts if fact.type == "choice"}
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        named = next((side.id for side in sides if isinstance(side, ast.Name) and side.id in options), None)
        for side in sides if named else ():
            if isinstance(side, ast.Constant) and side.value not in options[named or ""]:
                known = options[named or ""]
                remedy = did_you_mean(str(side.value), known, say("Take one of: {names}.", names=", ".join(known)))
                sentence = say("“{fact}” has no option “{name}”.", fact=named, name=side.value)
                yield mistake(path, "option-unknown", sentence, remedy)


def _class_mistakes(classes: Sequence[Any], rule: Sequence[Line]) -> Iterator[Mistake]:
    given = {line.class_ for line in rule}
    for place, each in enumerate(classes):
        if each.id not in given:
            sentence = say("No line of the rule gives the class “{name}”.", name=each.id)
            yield mistake(("classes", place), "class-unused", sentence, say("Add a line, or take the class out."))


def _case_mistakes(facts: Sequence[Fact], case: Case, path: Path) -> Iterator[Mistake]:
    names = [fact.id for fact in facts]
    for name in case.facts:
        if name not in names:
            sentence = say("There is no fact “{name}”.", name=name)
            remedy = did_you_mean(name, names, say("Take one of: {names}.", names=", ".join(names)))
            yield mistake((*path, "facts", name), "fact-unknown", sentence, remedy)
    for fact in facts:
        if fact.id not in case.facts:
            sentence = say("The case does not say “{name}”.", name=fact.id)
            yield mistake((*path, "facts"), "fact-missing", sentence, say("Add it; every case says every fact."))
        elif fact.value(case.facts[fact.id]) is None:
            yield mistake((*path, "facts", fact.id), "fact-value", *_wanted(fact))


def _wanted(fact: Fact) -> tuple[Sentence, Sentence]:
    match fact.type:
        case "number":
            return say("“{name}” is a number.", name=fact.id), say("Write figures, for example 12, 0.5 or 3/4.")
        case "yes_no":
            return say("“{name}” is yes or no.", name=fact.id), say("Write true or false.")
        case "choice":
            known = ", ".join(option.id for option in fact.options)
            return say("“{name}” is one of its options.", name=fact.id), say("Take one of: {names}.", names=known)


def _unreachable(facts: Sequence[Fact], rule: Sequence[Line]) -> Iterator[Mistake]:
    """Lines that hold for nothing that the lines before them have left over."""
    try:
        values = grid(facts, rule)
        if not is_plain(facts, rule) or prod(map(len, values.values())) > MOST_COMBINED:
            return
        combined = (dict(zip(values, each, strict=True)) for each in product(*values.values()))
        reached = {decide(rule, each) for each in combined}
    except FormulaError:
        return  # such as a division by 0 somewhere: whether it matters the cases tell
    for place, line in enumerate(rule):
        if place not in reached:
            sentence = say("This line never holds: the lines before it catch all that it would.")
            if line.when is not None:
                yield mistake(("rule", place, "when"), "rule-never", sentence, say("Move it up, or change it."))
            else:
                yield mistake(("rule", place), "rule-never", sentence, say("Take it out."))


def _undecided(facts: tuple[Fact, ...], rule: Sequence[Line], cases: Sequence[Case]) -> Iterator[Mistake]:
    for place, case in enumerate(cases):
        try:
            number = decide(rule, case.values(facts))
        except FormulaError as wrong:
            remedy = say("Change the case, or the rule.")
            yield mistake(("cases", place, "facts"), "case-undecided", wrong.sentence, remedy)
            continue
        if number is None:
            sentence = say("No line of the rule holds for this case.")
            remedy = say("Add a last line without “when”, or change the case.")
            yield mistake(("cases", place), "case-unmatched", sentence, remedy)
        elif rule[number].class_ in case.id.split("-"):
            sentence = say("The id tells whoever reads the page's source what the answer is.")
            remedy = say("Name it after what it is about.")
            yield mistake(("cases", place, "id"), "id-gives-key-away", sentence, remedy)


def _made_mistakes(head: Mapping[str, Any]) -> Iterator[Mistake]:
    if not head["cases"] and head["generate"] is None:
        sentence = say("There is no case to classify.")
        yield mistake(("cases",), "too-few", sentence, say("Add cases, or “generate”."))
    elif head["generate"] and len(head["generated"]) < head["generate"].count:
        amounts = {"count": len(head["generated"]), "wanted": head["generate"].count}
        sentence = say("Only {count} different cases can be made, {wanted} are asked for.", **amounts)
        remedy = say("Ask for fewer, or give the facts “from”, “to” and “step”.")
        yield mistake(("generate", "count"), "generate-few", sentence, remedy)
