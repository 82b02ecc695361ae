"""T-CERT: whoever holds a code sees all that stands on the paper; nobody finds one by guessing, or forges one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.actions import count_failure
from app.accounts.doors import Refused, TooSoon
from app.accounts.models import Person, Throttle
from app.certificates.actions import reissue_certificate, revoke_certificate
from app.certificates.codes import LETTERS, RANDOM, SAMPLE, grouped, is_whole, new_code, with_check
from app.certificates.models import Certificate
from app.certificates.snapshots import paper_of, sheet_of
from app.certificates.verifying import Slipped, Verified, guess_counters, verify_code
from app.db import Database
from app.documents.certificate import CertificatePaper, texts_of
from tests.certificates.samples import create_certificate, create_snapshot
from tests.conftest import NOW, CreatePerson


@pytest.fixture
def trainee(create_person: CreatePerson) -> Person:
    return create_person("陈雨桐", number="T-4711", email="chen@example.com")


@pytest.fixture
def issued(database: Database, trainee: Person) -> str:
    """A code."""
    with database.transaction() as db:
        return create_certificate(db, trainee).code


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "\n", page.replace("<wbr>", ""))).split())


def test_a_valid_one_is_told_with_everything_on_the_paper(client: FlaskClient, database: Database, issued: str) -> None:
    response = client.get(f"/verify/{issued}")
    assert response.status_code == 200
    assert "<h1>证书有效</h1>" in response.text
    found = verify_code(database, issued, address="192.0.2.1", now=NOW)
    assert isinstance(found, Verified)
    sheet, told = sheet_of(found.snapshot, issued), text_of(response.text)
    shown = [sheet.kind, sheet.name, sheet.statement, sheet.course, *(text for row in sheet.rows for text in row)]
    assert [text for text in shown if text not in told] == []
    assert ("陈雨桐", "线索与需求", grouped(issued)) == (sheet.name, sheet.course, sheet.rows[-1][1])


def test_nothing_else_is_told_about_the_person(
    client: FlaskClient, database: Database, issued: str, trainee: Person
) -> None:
    page = client.get(f"/verify/{issued}").text
    assert [secret for secret in ("T-4711", "chen@example.com", "姓名写错") if secret in page] == []


def test_the_page_is_kept_by_nobody_and_listed_nowhere(client: FlaskClient, issued: str) -> None:
    for address in ("/verify", f"/verify/{issued}", f"/verify/{SAMPLE}", f"/verify/{new_code()}", "/verify/abc"):
        headers = client.get(address).headers
        assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("no-store", "noindex, nofollow")


def test_in_english_the_verdict_is_english_and_the_paper_as_it_was_printed(client: FlaskClient, issued: str) -> None:
    page = client.get(f"/verify/{issued}", headers={"Accept-Language": "en"}).text
    assert "<h1>The certificate is valid</h1>" in page
    assert 'class="certificate" lang="zh-CN"' in page
    assert "结业证书" in page


@pytest.mark.parametrize("shape", [str.lower, grouped, lambda code: f" {'-'.join(code)} ", lambda code: f"{code}."])
def test_a_typed_code_leads_to_its_page(client: FlaskClient, issued: str, shape: Callable[[str], str]) -> None:
    response = client.get("/verify", query_string={"code": shape(issued)})
    assert (response.status_code, response.location) == (302, f"/verify/{issued}")


def test_a_slip_of_typing_is_told_without_looking_or_counting(
    client: FlaskClient, database: Database, issued: str
) -> None:
    slipped = issued[:-1] + ("A" if issued[-1] != "A" else "B")
    typed = client.get("/verify", query_string={"code": slipped})
    assert (typed.status_code, "编号不完整或有误" in typed.text, slipped in typed.text) == (422, True, True)
    for _ in range(50):
        opened = client.get(f"/verify/{slipped}")
        assert (opened.status_code, "编号不完整或有误" in opened.text) == (404, True)
    assert guesses(database) == 0


def test_the_sample_certifies_nothing(client: FlaskClient) -> None:
    response = client.get(f"/verify/{SAMPLE}")
    assert (response.status_code, "这是样张" in response.text, "证书有效" in response.text) == (200, True, False)


def test_an_expired_one_says_until_when(client: FlaskClient, database: Database, issued: str) -> None:
    over = create_snapshot(valid_until=date(2020, 1, 31)).model_dump(mode="json")
    with database.transaction() as db:
        db.execute(update(Certificate).values(snapshot=over))
    page = text_of(client.get(f"/verify/{issued}").text)
    assert "证书已过期" in page
    assert "有效期至 2020年1月31日" in page


# Guessing.


def guesses(database: Database) -> float:
    with database.reading() as db:
        found = db.scalar(select(func.sum(Throttle.failures)).where(Throttle.key.like("certificates %")))
    return found or 0.0


def neighbours(code: str) -> list[str]:
    """Whole codes that differ from a code in one random character."""
    body = code[:RANDOM]
    one_off = (body[:at] + letter + body[at + 1 :] for at in range(RANDOM) for letter in LETTERS)
    return [with_check(each) for each in one_off if each != body]


@pytest.mark.parametrize("number", [1000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_guesses_and_neighbours_find_nothing(database: Database, issued: str, number: int) -> None:
    near = neighbours(issued)
    assert len(near) == RANDOM * (len(LETTERS) - 1)
    tries = [*near, *(new_code() for _ in range(number - len(near)))]
    address, other = "192.0.2.1", "192.0.2.2"
    found = [verify_code(database, code, address=address, now=NOW) for code in tries]
    assert {type(each) for each in found} == {Refused}
    assert isinstance(verify_code(database, issued, address=other, now=NOW), Verified)


def test_a_guesser_at_the_door_is_slowed_down_and_nobody_else(client: FlaskClient, issued: str) -> None:
    answers = [client.get(f"/verify/{new_code()}") for _ in range(300)]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {404, 429}
    assert statuses.index(429) in range(30, 40)
    assert statuses.count(404) < 45
    assert {len(answer.text) for answer in answers if answer.status_code == 404} == {len(answers[0].text)}
    slowed = next(answer for answer in answers if answer.status_code == 429)
    assert int(slowed.headers["Retry-After"]) > 0
    assert client.get(f"/verify/{issued}").status_code == 429
    elsewhere = client.get(f"/verify/{issued}", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert elsewhere.status_code == 200


def test_unknown_codes_all_get_the_same_answer(client: FlaskClient, issued: str) -> None:
    codes = (new_code(), neighbours(issued)[0], with_check("Z" * 26))
    own = re.compile("|".join([*codes, r'name="csrf_token" value="[^"]+"']))  # the address, to come back to it
    assert len({own.sub("", client.get(f"/verify/{code}").text) for code in codes}) == 1


def test_guessing_codes_slows_no_sign_in_down(client: FlaskClient, database: Database) -> None:
    for _ in range(40):
        client.get(f"/verify/{new_code()}")
    with database.reading() as db:
        assert all(key.startswith("certificates address:") for key in db.scalars(select(Throttle.key)))


def test_looking_at_a_certificate_changes_nothing(client: FlaskClient, database: Database, issued: str) -> None:
    client.get("/verify", query_string={"code": issued})
    client.get(f"/verify/{issued}")
    client.get(f"/verify/{SAMPLE}")
    with database.reading() as db:
        assert db.scalars(select(Throttle.key)).all() == []


def test_a_wait_is_over_some_time(database: Database, issued: str) -> None:
    with database.transaction() as db:
        for _ in range(40):
            count_failure(db, guess_counters("192.0.2.1"), now=NOW)
    assert isinstance(verify_code(database, issued, address="192.0.2.1", now=NOW), TooSoon)
    later = NOW + timedelta(minutes=2)
    assert isinstance(verify_code(database, issued, address="192.0.2.1", now=later), Verified)


# Forging, six ways.


def test_an_edited_name_is_seen_on_the_page(client: FlaskClient, issued: str) -> None:
    page = text_of(client.get(f"/verify/{issued}").text)
    assert "陈雨桐" in page
    assert "马文才" not in page  # what somebody wrote into the PDF


def test_a_revoked_one_says_since_when_and_not_why(client: FlaskClient, database: Database, issued: str) -> None:
    with database.transaction() as db:
        certificate = db.scalars(select(Certificate)).one()
        revoke_certificate(db, certificate, "作弊", by=None, now=NOW)
    page = text_of(client.get(f"/verify/{issued}").text)
    assert "证书已撤销" in page
    assert "自 2026年11月23日 起失效" in page
    assert [word for word in ("证书有效", "作弊") if word in page] == []


def test_a_superseded_one_does_not_give_the_newer_away(client: FlaskClient, database: Database, issued: str) -> None:
    with database.transaction() as db:
        newer = reissue_certificate(db, db.scalars(select(Certificate)).one(), by=None, now=NOW).code
    page = client.get(f"/verify/{issued}").text
    assert "证书已被替换" in page
    assert [word for word in ("证书有效", newer, grouped(newer)) if word in page] == []
    assert "证书有效" in client.get(f"/verify/{newer}").text


def test_the_code_of_somebody_else_shows_somebody_else(
    client: FlaskClient, database: Database, issued: str, bob: Person
) -> None:
    with database.transaction() as db:
        his = create_certificate(db, bob).code
    page = text_of(client.get(f"/verify/{his}").text)
    assert ("Bob" in page, "陈雨桐" in page) == (True, False)


def test_another_host_in_the_square_is_not_in_what_we_print(database: Database, issued: str) -> None:
    found = verify_code(database, issued, address="", now=NOW)
    assert isinstance(found, Verified)
    paper: CertificatePaper = paper_of(found.snapshot, issued, public_url="https://training.example.com")
    assert paper.verify_url == f"https://training.example.com/verify/{issued}"
    assert "https://training.example.com/verify" in paper.note  # so that people know where to look
    assert not any("http" in text for text in texts_of(paper) if text != paper.note)


def test_codes_issued_one_after_the_other_have_nothing_in_common(
    database: Database, create_person: CreatePerson
) -> None:
    people = [create_person(f"甲{number}") for number in range(3)]
    with database.transaction() as db:
        codes = [create_certificate(db, person).code for person in people]
    assert len({code[:RANDOM] for code in codes}) == 3
    assert all(is_whole(code) for code in codes)
    for one, other in itertools.pairwise(codes):
        assert sum(a == b for a, b in zip(one[:RANDOM], other[:RANDOM], strict=True)) < 10


@pytest.mark.parametrize("typed", ["%00", "a" * 5000, "证书", "..", "%2e%2e%2fetc", "'--", "<script>"])
def test_what_is_no_code_is_answered_politely(client: FlaskClient, typed: str) -> None:
    assert client.get(f"/verify/{typed}").status_code == 404
    answer = client.get("/verify", query_string={"code": typed})
    assert answer.status_code == 422
    assert "<script>" not in answer.text


def test_slips_are_told_from_guesses(database: Database) -> None:
    assert isinstance(verify_code(database, "7K2M", address="", now=NOW), Slipped)


def test_erasing_the_name_of_a_person_leaves_the_certificate(
    client: FlaskClient, database: Database, trainee: Person, issued: str
) -> None:
    with database.transaction() as db:
        db.execute(
            update(Person).where(Person.id == trainee.id).values(display_name="已删除", number="X-1", email=None)
        )
    page = client.get(f"/verify/{issued}").text
    assert "陈雨桐" in page
