"""Rules on how a slot is taught: whether its methods, tools, aims and exercise belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from app.courses.lint.subject import Finding, Item, Subject
from app.courses.vocabulary import Named, OneOf, Vocabulary
from app.words import Language, say

_CLAUSE_END = "，,；;。.：:！!？?"
_GIVES_WAY = ("使", "让", "，", ",", "；", ";", "。")
"""What ends the activities after «通过»."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
# A clause begins after punctuation, after a modal, or after the means: «用三个问题问出», «从线索里挑出».
_CLAUSE_START = re.compile(
    r"(?:^|[，,；;、：:和并再能会可要并且]|学会|可以|能够|学员|独立|正确|准确|熟练|规范|安全|快速|迅速|主动|灵活|有效|自信|地|[里中内下后前上时])$"
)
_MEANS = re.compile(
    r"(?:^|[，,；;。])(?:能|会)?(?:按|用|以|从|在|把|将|对|为|向|给|就|由|依据|根据|针对|围绕|通过|借助|结合|参照)[^，,；;。]+$"
)
# What a verb in front makes the name of something: «沟通技巧», «谈判策略».
_NAMED_BY_A_VERB = re.compile(
    r"(?:技巧|技能|概述|要点|意义|原则|能力|知识|常识|基础|策略|理念|体系|目的|思路)(?:$|[，,；;。和与及、])"
)
# Verbs that no list knows give themselves away: «把…», «装好环境», «修改一张图»; «Swap over», «Attach the pads».
_BUILT_LIKE_A_VERB = re.compile(
    r"(?:^|[，,；;、：:里中内下后前上时能会])(?:"
    r"(?:把|将|让|帮)(?![来军关握手领])[^，,；;]{2}"
    r"|[^\W\d_a-zA-Z的]{1,3}?一[张个份段条次种台句幅家位页项篇道遍步组套封通笔场件名轮批]"
    r"|(?!支出|演出|杰出|爱好|偏好|良好|友好|美好|周到|报到|标准|精准|水准|基准)[\u4e00-\u9fff][好完出到准掉][^的和与及，,；;。])"
)
_LIKE_AN_IMPERATIVE = re.compile(
    r"(?!(?:the|an?|this|that|these|those|your|their|our|its|his|her|how|what|why|when|where|who|which|all|both|each|some)\b)"
    r"[a-z]{2,}(?<!ion)(?<!ment)(?<!ness)(?<!ing)(?<!ity) "
    r"(?:an?|the|this|that|these|those|your|their|one's|his|her|its|every|each|all|both|any|how|what|why|when|where|"
    r"whether|which|who|over|up|out|off|down|away|aside|back|\d+|two|three|four|five|six|ten|"
    r"(?<!s )(?:with|on|about|[a-z]+ly))\b",
    re.IGNORECASE,
)
_OF_IT = r"(?<!think)(?<!hear)(?<!speak)(?<!learn)(?<!dispose)(?<!approve) of\b"
"""Makes a noun of most verbs before it: «Review of last week»."""
_ENGLISH_LEAD = re.compile(r"(?:^|[,;:]|\b(?:to|can|and|then|will|should|must|or)\b)\s*(?:[a-z]+ly\s+)?", re.IGNORECASE)


def aims_have_a_verb(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        for number, aim in enumerate(item.slot.aims):
            if not _has_verb(aim, subject.vocabulary):
                sentence = say("This aim does not say what a trainee will be able to do.")
                remedy = say("Begin with a verb: name, explain, choose, calculate, write …")
                yield Finding("warning", "aim-without-verb", (*item.at, "aims", number), sentence, remedy)


def aims_name_what_happens(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        for number, aim in enumerate(item.slot.aims if item.certain else ()):
            for name, word in _promised(aim, subject.vocabulary).items():
                if name not in item.methods:
                    label = subject.vocabulary.methods[name].label.in_language(subject.outline.language)
                    sentence = say("The aim names an activity, “{word}”, that is not among the methods.", word=word)
                    remedy = say("Add “{method}” to the methods, or change the aim.", method=label)
                    at = (*item.at, "aims", number)
                    yield Finding("warning", "aim-missing-activity", at, sentence, remedy)


def boards_have_pens(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        lacking = [tool for tool in item.tools.values() if _lacks(item, tool.needs)]
        if lacking and item.certain:
            names = _labels(subject, lacking)
            sentence = say("{tools} without anything to write with.", tools=names)
            remedy = say("Add one of: {tools}.", tools=_options(subject, _lacks(item, lacking[0].needs)[0]))
            yield Finding("warning", "board-without-pens", (*item.at, "tools"), sentence, remedy, names)


def methods_have_their_tools(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        for method in item.methods.values():
            lacking = _lacks(item, method.needs)
            if lacking and item.certain:
                label = method.label.in_language(subject.outline.language)
                sentence = say("“{method}” needs a tool that is not listed.", method=label)
                remedy = say("Add one of: {tools}.", tools=_options(subject, lacking[0]))
                yield Finding("warning", "method-needs-tool", (*item.at, "methods"), sentence, remedy, label)


def exercise_slots_name_one(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        if item.slot.exercise:
            continue
        for method in item.methods.values():
            if method.needs_exercise:
                label = method.label.in_language(subject.outline.language)
                sentence = say("“{method}” is planned, but no exercise is named.", method=label)
                remedy = say("Add “exercise” with the name of its file.")
                yield Finding("warning", "exercise-unnamed", item.at, sentence, remedy, item.slot.title)


def _lacks(item: Item, needs: tuple[OneOf, ...]) -> list[OneOf]:
    return [group for group in needs if not set(group) & set(item.tools)]


def _labels(subject: Subject, entries: Sequence[Named]) -> str:
    separator = "、" if subject.outline.language == "zh-CN" else ", "
    return separator.join(entry.label.in_language(subject.outline.language) for entry in entries)


def _options(subject: Subject, group: OneOf) -> str:
    return _labels(subject, [subject.vocabulary.tools[tool] for tool in group])


def _language(text: str) -> Language:
    return "zh-CN" if _CHINESE.search(text) else "en"


def _has_verb(aim: str, vocabulary: Vocabulary) -> bool:
    verbs = vocabulary.verbs.get(_language(aim))
    if verbs is None:
        return True
    if _language(aim) == "en":
        known = _english_verb((*verbs.anywhere, *verbs.first))
        return bool(known.search(aim) or _LIKE_AN_IMPERATIVE.match(aim))
    return (
        any(_stands_as_verb(aim, verb, first=False) for verb in verbs.anywhere)
        or any(_stands_as_verb(aim, verb, first=True) for verb in verbs.first)
        or bool(_BUILT_LIKE_A_VERB.search(aim))
    )


@lru_cache(maxsize=8)
def _english_verb(verbs: tuple[str, ...]) -> re.Pattern[str]:
    """One of the verbs where a clause begins, and something after it."""
    words = "|".join(re.escape(word) for word in sorted(verbs, key=len, reverse=True))
    return re.compile(rf"{_ENGLISH_LEAD.pattern}(?:{words})\b(?=,?\s*\w)(?!{_OF_IT})", re.IGNORECASE)


def _stands_as_verb(aim: str, verb: str, *, first: bool) -> bool:
    """Whether it stands in the aim with an object after it: «调研» in «满意度的调研和提升» is a noun."""
    if verb not in aim:
        return False
    for match in re.finditer(re.escape(verb), aim):
        before, after = aim[: match.start()], aim[match.end() :].lstrip("了过")
        is_noun = before.endswith("的") or not after or after[0] in f"的和与及、{_CLAUSE_END}"
        is_noun = is_noun or (first and bool(_NAMED_BY_A_VERB.match(after)))
        if not is_noun and (not first or _CLAUSE_START.search(before) or _MEANS.search(before)):
            return True
    return False


def _promised(aim: str, vocabulary: Vocabulary) -> Mapping[str, str]:
    """Method ids and the words for them, of the activities that the aim says it is reached through."""
    language = _language(aim)
    found: dict[str, str] = {}
    for lead in vocabulary.through.get(language, ()):
        pattern = re.escape(lead) if language == "zh-CN" else rf"\b{re.escape(lead)}\b"
        for match in re.finditer(pattern, aim, re.IGNORECASE):
            found |= _activities(aim[match.end() :].strip(), vocabulary, language)
    return found


def _activities(text: str, vocabulary: Vocabulary, language: Language) -> Mapping[str, str]:
    """The activities named before the first verb or the end of the clause."""
    activities = _activity_words(vocabulary, language)
    verbs = vocabulary.verbs.get(language)
    stops = (*_GIVES_WAY, *(verbs.anywhere if verbs and language == "zh-CN" else ()))
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        word = next((w for w in activities if _stands_at(text, w, at, language)), None)
        if word:
            found.setdefault(activities[word], text[at : at + len(word)])
        elif text.startswith(stops, at):
            break
        at += len(word or " ")
    return found


def _stands_at(text: str, word: str, at: int, language: Language) -> bool:
    if text[at : at + len(word)].casefold() != word:
        return False
    whole = not text[at - 1 : at].isalnum() and not text[at + len(word) : at + len(word) + 1].isalnum()
    return language == "zh-CN" or whole or at == 0


@lru_cache(maxsize=8)
def _words(key: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(sorted(key, key=lambda pair: -len(pair[0])))


def _activity_words(vocabulary: Vocabulary, language: Language) -> Mapping[str, str]:
    """Casefolded word → method id, longest first."""
    pairs: dict[str, str] = {}
    for name, method in vocabulary.methods.items():
        own = [method.label.in_language(language), *method.synonyms.get(language, ()), *method.claims.get(language, ())]
        pairs |= {word.casefold(): name for word in own}
    return _words(tuple(pairs.items()))
