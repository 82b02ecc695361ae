"""Who may turn characters into markup: the linter knows every such call, under each of its names."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def makers(*arguments: str, source: str = "") -> Counter[str]:
    """How often each file makes markup of what is no literal, whatever its comments say of that."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "S704", "--ignore-noqa"]
    done = subprocess.run(
        [*command, "--output-format", "json", *arguments],
        input=source,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return Counter(str(Path(found["filename"]).relative_to(ROOT)) for found in json.loads(done.stdout))


def test_markup_is_made_in_three_places() -> None:
    assert makers("app") == {"app/documents/tree.py": 1, "app/web/typography.py": 1, "app/assessment/beside.py": 1}


@pytest.mark.parametrize(
    "source",
    [
        "from app.documents.blocks import Text\nText(written)\n",
        "from app.documents.blocks import Text as Words\nWords(f'<b>{written}</b>')\n",
        "from app.documents import blocks\nblocks.Text('<b>' + written)\n",
        "from markupsafe import Markup\nMarkup(written)\n",
    ],
)
def test_canary_another_maker_is_found(source: str) -> None:
    assert makers("--stdin-filename", "app/courses/sample.py", "-", source=source) == {"app/courses/sample.py": 1}
