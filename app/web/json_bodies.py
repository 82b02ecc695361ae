"""JSON that is sent to us: what Python would take beyond the standard is refused like any other slip of the pen."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider


class StrictJSON(DefaultJSONProvider):
    """Flask's JSON, which refuses NaN, Infinity, a key given twice, and nesting deeper than Python can follow."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:  # noqa: ANN401 -- its signature
        """Raises ValueError, which Flask answers with 400."""
        try:
            return json.loads(s, parse_constant=_no_constant, object_pairs_hook=_each_key_once, **kwargs)
        except RecursionError:
            raise ValueError("too many levels") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found
