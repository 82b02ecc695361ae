"""A small course with a marker word in every place that only trainers may see."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from app.courses.outline import Course
from app.courses.vocabulary import Vocabulary

SECRET = "SECRET"
RING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>'
HIDDEN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="9" height="9"/></svg>'
NOTES = """# 信息筛选：把时间给谁

> 学完你能挑出本周要跟进的三条。

## 三条标准

先写依据，再排序。

![九个环节](media/ring.svg)

| 标准 | 要问的问题 |
|---|---|
| 价值 | 每年买多少？ |

::: exercise needs
:::

::: trainer
**开场** SECRET-fence 请大家写两个数字。

- SECRET-list

![SECRET-alt](media/hidden.svg)
:::
"""
HIERARCHY: dict[str, Any] = {
    "kind": "hierarchy",
    "title": "客户需求层次表",
    "minutes": 25,
    "points": 6,
    "marking": ["key", "trainer"],
    "source": "SECRET-source",
    "levels": [
        {"id": "primary", "label": "主要需求", "hint": "不满足就不会签约"},
        {"id": "secondary", "label": "次要需求"},
    ],
    "items": [
        {"id": "uptime", "text": "高峰期不能抛锚", "level": "primary", "sales_related": True, "why": "SECRET-why-1"},
        {"id": "seats", "text": "多两个座位", "level": "secondary", "sales_related": False, "why": "SECRET-why-2"},
    ],
    "reasons": [{"id": "evidence", "label": "判断依据", "lines": 2, "answer": "SECRET-reason"}],
    "rubric": [
        {
            "criterion": "给出依据",
            "levels": [{"points": 0, "text": "SECRET-level-0"}, {"points": 2, "text": "SECRET-level-2"}],
        }
    ],
    "note": "SECRET-note",
    "body": "滨河客运有 86 辆客车。",
}
OUTLINE: dict[str, Any] = {
    "format": 1,
    "title": "线索与需求",
    "language": "zh-CN",
    "audience": ["客户经理"],
    "group_size": "4-6",
    "objectives": ["挑出三条线索"],
    "process": [{"id": "collect", "label": "信息收集"}],
    "modules": {"information": {"title": "信息收集与筛选"}},
    "days": [
        {
            "title": "第一天",
            "sessions": [
                {
                    "id": "d1-am",
                    "module": "information",
                    "title": "信息筛选",
                    "covers": ["collect"],
                    "starts": "09:00",
                    "notes": "notes/screening.md",
                    "slots": [
                        {
                            "id": "standards",
                            "minutes": 60,
                            "title": "三条标准",
                            "methods": ["lecture", "interaction"],
                            "tools": ["slides", "flipchart", "pens"],
                            "aims": ["说出三条标准"],
                        },
                        {"id": "tea", "minutes": 15, "break": "tea", "title": "茶歇"},
                        {
                            "id": "practice",
                            "minutes": 45,
                            "title": "客户需求",
                            "methods": ["exercise"],
                            "tools": ["worksheet", "pens", "flipchart"],
                            "aims": ["区分两层需求"],
                            "exercise": ["needs"],
                        },
                    ],
                },
                {
                    "id": "d1-pm",
                    "title": "复盘",
                    "starts": "13:30",
                    "slots": [
                        {"id": "review", "minutes": 30, "title": "总结", "methods": ["summary"], "aims": ["说出一句话"]}
                    ],
                },
            ],
        }
    ],
}


def create_course(**over: Any) -> Course:
    """A compiled course as the loader makes it; `over` replaces keys of its outline."""
    used = _vocabulary().only(
        methods={"lecture", "interaction", "exercise", "summary"},
        tools={"slides", "flipchart", "pens", "worksheet"},
        breaks={"tea"},
    )
    media = {
        "media/ring.svg": {"sha256": _hash(RING), "media_type": "image/svg+xml"},
        "media/hidden.svg": {"sha256": _hash(HIDDEN), "media_type": "image/svg+xml"},
    }
    return Course.model_validate(
        {
            **OUTLINE,
            "slug": "leads",
            "notes": {"notes/screening.md": NOTES},
            "media": media,
            "exercises": {"needs": HIERARCHY},
            "vocabulary": used,
            **over,
        }
    )


@cache
def _vocabulary() -> Vocabulary:
    """Read once: its YAML takes longer than most tests."""
    return Vocabulary.model_validate(yaml.safe_load(Path("courses/vocabulary.yaml").read_text(encoding="utf-8")))


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
