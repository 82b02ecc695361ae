"""Names of files that browsers keep."""

from __future__ import annotations

import pytest
from flask import Response
from werkzeug.http import parse_options_header

from app.web.downloads import named, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("陈雨桐", "陈雨桐"),
        ("../../etc/passwd", "etc passwd"),
        ('a:b*c?"<>|d', "a b c d"),
        ("con.", "con"),
        ("a\u202eb\x00c", "a b c"),
        ("\u061ca\ufeffb\U000e0041", "a b"),
        (" . ", ""),
        ("桐" * 200, "桐" * 60),
    ],
)
def test_names_of_files_are_safe_on_every_system(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "full"), [("第三期", "第三期.pdf"), ('a"; b=\r\nX: y', "a ; b= X y.pdf"), ("///", "plain.pdf")]
)
def test_a_name_stays_in_its_place_of_the_header(name: str, full: str) -> None:
    header = named(Response(), name, "pdf", plain="plain").headers["Content-Disposition"]
    assert parse_options_header(header) == ("attachment", {"filename": full})
    assert header.startswith('attachment; filename="plain.pdf"; ')
    assert (
        named(Response(), name, "pdf", plain="plain", inline=True).headers["Content-Disposition"].startswith("inline;")
    )
