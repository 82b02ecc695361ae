"""What a certificate states is the same in the row, on the page and on the paper."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pypdf import PdfReader

from app.accounts.rules import name_refusal
from app.certificates.codes import new_code
from app.certificates.snapshots import Snapshot, paper_of, rows_of, sheet_of
from app.documents import CannotPrint, certificates_to_pdf, unprintable
from app.documents.certificate import texts_of
from tests.certificates.samples import create_snapshot

URL = "https://training.example.com"
NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=("Cc", "Zs")),
        st.sampled_from("·•—’“”«»𠮷𫖯㐂龘é̂ ́‍🙂א"),
    ),
    min_size=1,
    max_size=30,
).map(str.strip)


def value(snapshot: Snapshot, label: str) -> str:
    return dict(rows_of(snapshot))[label]


def test_a_snapshot_comes_back_as_it_was_stored() -> None:
    snapshot = create_snapshot(earned=Fraction(1, 3), valid_until=date(2028, 2, 29))
    assert Snapshot.model_validate(json.loads(json.dumps(snapshot.model_dump(mode="json")))) == snapshot


def test_a_snapshot_takes_nothing_that_it_does_not_know_and_never_changes() -> None:
    stored = create_snapshot().model_dump(mode="json")
    with pytest.raises(ValidationError):
        Snapshot.model_validate({**stored, "number": "T-4711"})
    with pytest.raises(ValidationError):
        create_snapshot().name = "Mallory"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("first", "last", "chinese", "english"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), "2026年11月23日", "23 November 2026"),
        (date(2026, 11, 23), date(2026, 11, 27), "2026年11月23日–27日", "23–27 November 2026"),
        (date(2026, 11, 30), date(2026, 12, 1), "2026年11月30日–12月1日", "30 November – 1 December 2026"),
        (date(2026, 12, 31), date(2027, 1, 2), "2026年12月31日–2027年1月2日", "31 December 2026 – 2 January 2027"),
    ],
)
def test_days_say_once_what_they_share(first: date, last: date, chinese: str, english: str) -> None:
    days = {"first_day": first, "last_day": last}
    assert value(create_snapshot(**days), "日期") == chinese
    assert value(create_snapshot(**days, language="en"), "Dates") == english


def test_shares_are_never_more_than_they_were() -> None:
    snapshot = create_snapshot(attended_minutes=1799, earned=Fraction(9999, 100))
    assert value(snapshot, "净授课") == "30 小时，出勤 99%"
    assert value(snapshot, "练习") == "完成 14 份，共 14 份，得分 99%"


@pytest.mark.parametrize(
    ("over", "label", "shown"),
    [
        ({"first_day": None, "last_day": None}, "日期", None),
        ({"taught_minutes": 0, "attended_minutes": 0}, "净授课", None),
        ({"required": 0, "handed_in": 0}, "练习", None),
        ({"possible": Fraction(0), "earned": Fraction(0)}, "练习", "完成 14 份，共 14 份"),
        ({"valid_until": date(2028, 11, 30)}, "有效期至", "2028年11月30日"),
        ({}, "有效期至", None),
        ({"taught_minutes": 135, "attended_minutes": 135}, "净授课", "2.2 小时，出勤 100%"),
    ],
)
def test_what_there_is_not_has_no_row(over: dict[str, Any], label: str, shown: str | None) -> None:
    assert dict(rows_of(create_snapshot(**over))).get(label) == shown


@pytest.mark.parametrize(
    ("signer", "title", "shown"),
    [("周敏", "培训总监", "周敏，培训总监"), ("周敏", "", "周敏"), ("", "培训总监", "培训总监"), ("", "", None)],
)
def test_who_signs_is_named_where_somebody_is(signer: str, title: str, shown: str | None) -> None:
    assert dict(sheet_of(create_snapshot(signer=signer, signer_title=title), new_code()).rows).get("签署人") == shown


@given(NAMES, NAMES, st.sampled_from(["zh-CN", "en"]))
def test_the_page_has_every_text_of_the_paper(name: str, course: str, language: Any) -> None:
    snapshot, code = create_snapshot(name=name, course=course, language=language), new_code()
    paper, sheet = paper_of(snapshot, code, public_url=URL), sheet_of(snapshot, code)
    on_page = "\n".join(
        (sheet.kind, sheet.name, sheet.statement, sheet.course, *(t for row in sheet.rows for t in row))
    )
    assert [text for text in texts_of(paper) if text not in on_page] == [paper.note]
    assert (sheet.name, sheet.course) == (snapshot.name, snapshot.course) == (paper.name, paper.course)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_what_can_be_issued_prints_as_it_stands_in_the_row(name: str) -> None:
    if name_refusal(name):
        return
    snapshot, code = create_snapshot(name=name), new_code()
    paper = paper_of(snapshot, code, public_url=URL)
    if unprintable(paper):
        with pytest.raises(CannotPrint):
            certificates_to_pdf([paper])
        return
    page = PdfReader(io.BytesIO(certificates_to_pdf([paper]))).pages[0].extract_text()
    printed = bare(page)
    assert [text for text in texts_of(paper) if bare(text) not in printed] == []


def bare(text: str) -> str:
    """Without white space, which only says where things stand."""
    return "".join(unicodedata.normalize("NFC", text).split())


def test_what_nobody_sees_is_not_certified() -> None:
    assert create_snapshot(name="陈\u200b雨\u00ad桐").name == "陈雨桐"
    assert create_snapshot(name="Jose\u0301  Luis").name == "José Luis"
