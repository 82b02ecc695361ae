"""JSON beyond the standard is refused as what it is: not readable."""

from __future__ import annotations

import pytest
from flask import Flask

DEEP = "[" * 200_000


@pytest.mark.parametrize("body", ["NaN", '{"a": Infinity}', '{"a": 1, "a": 2}', '[{"a": {"b": 1, "b": 1}}]', DEEP, "{"])
def test_what_is_no_json_is_a_value_error(app: Flask, body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- Flask catches any
        app.json.loads(body)


@pytest.mark.parametrize("body", ['{"a": {"b": [1, "x", null]}}', b'"\xe5\xa5\xbd"', "1e3"])
def test_what_is_json_is_read(app: Flask, body: str | bytes) -> None:
    assert app.json.dumps(app.json.loads(body))
