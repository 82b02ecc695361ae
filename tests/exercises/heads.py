"""Heads of exercises that nobody wrote: a strategy for each of the newer kinds, all of them sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

Head = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

WORDS = (
    *("客户", "臺灣 輛", "ＡＢＣ　１２３", "a *bold* word", "`x < y`"),
    *("50 % & more", "“引号”", "é😀", "一个很长的标签" * 8),
)
POINTS = st.sampled_from([1, 2, 7, 10, "1/3", "7/2", 100])
SOME = st.booleans()


def texts(draw: Draw, least: int, most: int) -> list[tuple[str, str]]:
    """Ids and texts of one list, each there once."""
    count = draw(st.integers(least, most))
    return [(f"n-{n}", f"{draw(st.sampled_from(WORDS))} {n}") for n in range(count)]


def named(draw: Draw, least: int, most: int, text: str = "label") -> list[Head]:
    return [{"id": name, text: words} for name, words in texts(draw, least, most)]


def ids(those: list[Head]) -> list[str]:
    return [each["id"] for each in those]


def maybe(draw: Draw, **own: Any) -> Head:
    """Some of these keys."""
    return {name: value for name, value in own.items() if draw(SOME)}


def head(draw: Draw, kind: str, **own: Any) -> Head:
    title = draw(st.sampled_from(["Never seen", "从未见过"]))
    return {"kind": kind, "title": title, "minutes": 5, "points": draw(POINTS)} | own


@st.composite
def matchings(draw: Draw) -> Head:
    targets = [each | maybe(draw, hint="提示") for each in named(draw, 2, 12)]
    once = draw(SOME)
    items = named(draw, 1, len(targets) if once else 15, "text")
    right = draw(st.permutations(ids(targets))) * 8
    for item, target in zip(items, right, strict=False):
        others = [name for name in ids(targets) if name != target]
        wrong = {draw(st.sampled_from(others)): "不对，*再想*。"}
        item.update({"target": target} | maybe(draw, why="因为", wrong=wrong))
    return head(draw, "matching", targets=targets, items=items, once=once)


@st.composite
def buckets(draw: Draw) -> Head:
    places = named(draw, 2, 8)
    several = draw(SOME)
    items = named(draw, 1, 12, "text")
    for item in items:
        among = draw(st.lists(st.sampled_from(ids(places)), unique=True, max_size=len(places)))
        item["in"] = among if several else draw(st.sampled_from(ids(places)))
    if several:
        items[0]["in"] = ids(places)  # one at least belongs somewhere
    return head(draw, "buckets", buckets=places, items=items, several=several)


@st.composite
def rankings(draw: Draw) -> Head:
    items = named(draw, 3, 20, "text")
    order = draw(st.permutations(ids(items)))
    rank: list[Any] = []
    while order:
        size = draw(st.integers(1, 3)) if rank else 1  # never all of one rank
        rank.append(order[0] if size == 1 or len(order) == 1 else order[:size])
        order = order[size:]
    by_top = {"credit": "top", "top": draw(st.integers(1, len(items) - 1)), "ordered": draw(SOME)}
    return head(draw, "ranking", items=items, rank=rank, **(by_top if draw(SOME) else {}))


@st.composite
def classifications(draw: Draw) -> Head:
    low, high = sorted(draw(st.lists(st.integers(-50, 500), min_size=2, max_size=2, unique=True)))
    facts: list[Head] = [
        {"id": "units", "label": "台数", "unit": "台", "from": low - 5, "to": high + 5, "step": 1},
        {"id": "ours", "label": "我方", "type": "yes_no"},
        {"id": "city", "label": "城市", "type": "choice", "options": named(draw, 2, 4)},
    ]
    classes = named(draw, 3, 3)
    one, two, rest = ids(classes)
    rule = [
        {"when": f"units >= {high} and (ours or city == 'n-0')", "class": one, "why": "大"},
        {"when": f"not (units < {low}) or city != 'n-0' and not ours", "class": two},
        {"class": rest},
    ]
    numbers = st.integers(low - 2, high + 2) | st.sampled_from([low, high])
    cases = [
        {"id": f"c-{n}", "text": f"客户 {n}",
         "facts": {"units": draw(numbers), "ours": draw(SOME), "city": draw(st.sampled_from(["n-0", "n-1"]))}}
        for n in range(draw(st.integers(1, 5)))
    ]  # fmt: skip
    made = {"generate": {"count": draw(st.integers(1, 6)), "near": draw(SOME)}} if draw(SOME) else {}
    return head(
        draw, "classification", facts=facts, classes=classes, rule=rule, cases=cases, show_rule=draw(SOME), **made
    )


@st.composite
def gaps(draw: Draw) -> Head:
    count = draw(st.integers(1, 8))
    found: Head = {}
    for n in range(count):
        number = {
            "number": draw(st.integers(-99, 10**6)),
            "tolerance": draw(st.sampled_from([0, 1, "5 %"])),
            "unit": "台",
        }
        words = {"accept": [f"答案{n}", f"Answer {n}"], "wrong": [{"is": f"错的{n}", "say": "反了。"}]}
        found[f"g-{n}"] = (number if draw(SOME) else words) | maybe(draw, why="*因为*", width=6)
    text = "。\n\n".join(f"第 {n} 处是{{{{g-{n}}}}}" for n in range(count))
    ignore = draw(st.lists(st.sampled_from(["width", "case", "space", "punctuation", "traditional"]), unique=True))
    return head(draw, "blanks", text=text, gaps=found, **maybe(draw, ignore=ignore))


@st.composite
def allocations(draw: Draw) -> Head:
    items = named(draw, 2, 12)
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(items) - 1, max_size=len(items) - 1)))
    shares = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
    marking = draw(st.sampled_from([["key"], ["rule"], ["key", "rule"]]))
    if "key" in marking:
        items = [item | {"answer": share} for item, share in zip(items, shares, strict=True)]
    chart = draw(st.sampled_from(["bars", "pie"]))
    tolerance = {"tolerance": draw(st.sampled_from([0, 1, "5/2", 30]))} if "key" in marking else {}
    return head(draw, "allocation", marking=marking, items=items, chart=chart, **tolerance)


@st.composite
def surveys(draw: Draw) -> Head:
    dimensions = [each | maybe(draw, high="高", low="低") for each in named(draw, 1, 8)]
    items = named(draw, len(dimensions), 16, "text")
    for n, item in enumerate(items):
        item["dimension"] = dimensions[n % len(dimensions)]["id"]
        item.update(maybe(draw, reversed=True, weight=draw(st.sampled_from([1, 2, "1/2", 0.25]))))
    bands = [{"up_to": 40, "label": "弱"}, {"label": "强", "say": "继续。"}]
    own = maybe(draw, bands=bands, private=True, least=draw(st.sampled_from(["1%", "60%", "100%"])))
    profile = draw(st.sampled_from(["radar", "bars"]))
    return head(
        draw, "survey", points=0, marking="none", scale=named(draw, 2, 7), dimensions=dimensions, items=items,
        profile=profile, **own,
    )  # fmt: skip


@st.composite
def free_texts(draw: Draw) -> Head:
    tasks: list[Head] = []
    for name, label in texts(draw, 1, 4):
        elements = [
            {"id": f"e-{n}", "any_of": [f"要素{n}", f"thing{n}"], "say": "没有。"}
            for n in range(draw(st.integers(1, 4)))
        ]
        model = " ".join(f"要素{n}" for n in range(len(elements)))
        length = {"at_least": 2, "at_most": draw(st.integers(40, 400))}
        tasks.append(
            {"id": name, "label": label, "elements": elements, "model": model} | maybe(draw, length=length, lines=2)
        )
    return head(draw, "text", marking="rule", tasks=tasks)


@st.composite
def observations(draw: Draw) -> Head:
    items = [each | maybe(draw, required=True, good="看见了") for each in named(draw, 1, 10, "text")]
    roles = [each | {"brief": "你来*演*。"} | maybe(draw, secret="别说。") for each in named(draw, 2, 5)]
    extra: Head = {}
    if draw(SOME):
        extra = {"evidence": "原话", "rule": {"evidence": draw(st.integers(1, len(items)))}}
    extra |= maybe(draw, result={"label": "结果", "options": named(draw, 2, 4)}, questions=named(draw, 1, 3))
    scale = named(draw, 2, 7)
    return head(draw, "observation", marking="rule", work="group", roles=roles, scale=scale, items=items, **extra)


@st.composite
def ledgers(draw: Draw) -> Head:
    least = draw(st.integers(1, 5))
    options = named(draw, 2, 3)
    columns: list[Head] = [
        {"id": "who", "label": "客户", "required": True},
        {"id": "day", "label": "日期", "type": "date", "required": draw(SOME)},
        {"id": "units", "label": "台数", "type": "number", "from": 0, "to": 5000, "whole": draw(SOME)},
        {"id": "role", "label": "角色", "type": "choice", "options": options},
        {"id": "ours", "label": "我方", "type": "tick"},
        {"id": "twice", "label": "两倍", "formula": "units * 2 + 1"},
        {"id": "ago", "label": "月数", "formula": "months(day, '2026-06-30')",
         "bands": [{"up_to": 3, "label": "A"}, {"label": "B"}]},
    ]  # fmt: skip
    model = [
        {"who": f"客户 {n}", "day": f"2026-05-{n + 1:02}", "units": n,
         "role": options[n % len(options)]["id"], "ours": True}
        for n in range(max(least, len(options)))
    ]  # fmt: skip
    rules = [
        {"id": "r-1", "count": {"column": "who", "distinct": True, "at_least": least}, "say": "不同的客户。"},
        {"id": "r-2", "each_of": {"column": "role"}, "say": "每种角色。"},
        {"id": "r-3", "not_before": {"column": "day", "other": "2026-01-01"}, "say": "不早于一月。"},
        {"id": "r-4", "sum": {"column": "units", "at_most": 100}, "say": "最多 100。"},
        {"id": "r-5", "unique": {"column": "day"}, "say": "不重复。"},
        {"id": "r-6", "length": {"column": "who", "at_least": 2}, "say": "至少两个字。"},
        {"id": "r-7", "sum": {"column": "twice", "at_least": 1}, "say": "合计。"},
        {"id": "r-8", "count": {"column": "ago", "is": "A", "at_least": 1}, "say": "至少一个。"},
    ]
    chosen = [rule for rule in rules if draw(SOME)]
    rows = {"least": least, "most": draw(st.integers(len(model), 12)), "shown": least}
    return head(draw, "ledger", marking="rule", rows=rows, columns=columns, rules=chosen, model=model)


@st.composite
def checklists(draw: Draw) -> Head:
    marking = draw(st.sampled_from([["key"], ["rule"], ["key", "rule"]]))
    items = named(draw, 2, 20, "text")
    if "key" in marking:
        items = [item | {"needed": draw(SOME)} for item in items]
        items[0]["needed"] = True
    own = draw(st.integers(1, 4))
    needed = sum(item.get("needed", True) for item in items)
    rule = {"ticked": draw(st.integers(1, needed)), "own": draw(st.integers(1, own))}
    extra = {"rule": rule} if "rule" in marking else {}
    return head(draw, "checklist", marking=marking, items=items, own=own, **extra, **maybe(draw, remark="谁"))


@st.composite
def scorings(draw: Draw) -> Head:
    options, criteria = named(draw, 2, 6), named(draw, 2, 8)
    weights = [10] * (len(criteria) - 1)
    criteria = [each | {"weight": w} for each, w in zip(criteria, [*weights, 100 - sum(weights)], strict=True)]
    to = draw(st.sampled_from([1, 5, 10]))
    cells = {o: {c: draw(st.integers(0, to)) for c in ids(criteria)} for o in ids(options)}
    marked = draw(st.sampled_from(["key", "rule"]))
    given = {"key": cells, "tolerance": draw(st.sampled_from([0, 1]))} if marked == "key" else {"model": cells}
    return head(
        draw, "scoring", marking=marked, options=options, criteria=criteria, scores={"from": 0, "to": to}, **given
    )


@st.composite
def walls(draw: Draw) -> Head:
    columns = named(draw, 1, 6)
    least = draw(st.integers(1, 3))
    cards = {"least": least, "most": least + draw(st.integers(0, 5)), "length": draw(st.integers(5, 60))}
    model = {name: [f"想法{n}" for n in range(least)] for name in ids(columns)}
    return head(draw, "card_wall", marking="rule", columns=columns, cards=cards, model=model)


@st.composite
def polls(draw: Draw) -> Head:
    options = [each | maybe(draw, says="讨论*这一点*。") for each in named(draw, 2, 12, "text")]
    own = {"question": "选哪个？", "options": options, "several": draw(SOME)} | maybe(draw, reason="为什么？")
    return head(draw, "poll", points=0, marking="none", feedback="on_release", **own)


HEADS: Mapping[str, st.SearchStrategy[Head]] = {
    "matching": matchings(),
    "buckets": buckets(),
    "ranking": rankings(),
    "classification": classifications(),
    "blanks": gaps(),
    "allocation": allocations(),
    "survey": surveys(),
    "text": free_texts(),
    "observation": observations(),
    "ledger": ledgers(),
    "checklist": checklists(),
    "scoring": scorings(),
    "card_wall": walls(),
    "poll": polls(),
}
