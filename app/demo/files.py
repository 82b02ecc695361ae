"""What the demo is told in: YAML files under `demo/`, read by the loader that authors' files go through."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from app.courses.source import parse_yaml


def read_data(root: Path, name: str) -> Any:  # noqa: ANN401 -- YAML holds anything; whoever asks has a model for it
    """The values in `demo/<name>`. Raises ValueError with the place of what cannot be read."""
    source = parse_yaml(PurePosixPath("demo") / name, (root / "demo" / name).read_text(encoding="utf-8"))
    if source.problems:
        raise ValueError(source.problems[0].in_words("en"))
    return source.data
