"""HR issues, prints, issues anew and revokes; trainers see and download; everybody gets their own."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update

from app.accounts.models import Person
from app.certificates.actions import issue_certificates, revoke_certificate
from app.certificates.codes import grouped
from app.certificates.models import Certificate
from app.certificates.queries import certificates_of_person
from app.db import Database
from app.records.models import Progress
from tests.certificates.samples import (
    create_certificate,
    create_graduates,
    enrolments_of,
    name_organisation,
    set_outcome,
)
from tests.conftest import NOW, CreatePerson, statements_of, token_of
from tests.racing import at_once

Browser = Callable[[Person], FlaskClient]


@dataclass(frozen=True)
class Class:
    """Cohort 1: Bob and Charlie have completed it, Dora not; Alice trains it, Hana is HR."""

    cohort_id: int
    enrolments: tuple[int, ...]
    hr: FlaskClient
    trainer: FlaskClient
    page: str = "/cohorts/1/certificates"


@pytest.fixture
def people(bob: Person, charlie: Person, create_person: CreatePerson) -> list[Person]:
    return [bob, charlie, create_person("Dora")]


@pytest.fixture
def graduates(database: Database, people: list[Person], alice: Person, hana: Person, client_of: Browser) -> Class:
    with database.transaction() as db:
        name_organisation(db)
        cohort = create_graduates(db, people, trainers=[alice])
        enrolments = enrolments_of(db, cohort)
        set_outcome(db, enrolments[2], cohort, "open")
        made = cohort.id, tuple(each.id for each in enrolments)
    return Class(*made, client_of(hana), client_of(alice))


def send(client: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    response = client.post(path, data={"csrf_token": token_of(client), **form})
    return response.status_code, response.location or response.text


def codes(database: Database) -> list[str]:
    with database.reading() as db:
        return list(db.scalars(select(Certificate.code).order_by(Certificate.id)))


def issue_all(graduates: Class) -> None:
    assert send(graduates.hr, graduates.page, enrolment=list(graduates.enrolments[:2]))[0] == 303


def test_hr_is_told_who_waits_and_issues_to_all_of_them_at_once(graduates: Class, database: Database) -> None:
    waiting = graduates.hr.get("/certificates").text
    assert "2 人可颁发" in waiting
    page = graduates.hr.get(graduates.page).text
    assert re.findall(r'name="enrolment" value="(\d+)"( checked)?', page) == [
        (str(number), " checked") for number in graduates.enrolments[:2]
    ]
    status, location = send(graduates.hr, graduates.page, enrolment=list(graduates.enrolments))
    assert status == 422  # Dora was asked for as well
    assert "无法给Dora颁发证书：还没有完成课程。" in location
    assert "已颁发 2 份证书。" in location
    assert len(codes(database)) == 2
    after = graduates.hr.get("/certificates").text
    assert "可颁发" not in after
    assert ("Bob" in after, "Charlie" in after, "Dora" in after) == (True, True, False)


def test_sending_the_form_twice_issues_once(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    issue_all(graduates)
    assert len(codes(database)) == 2


def test_nobody_ticked_is_told(graduates: Class) -> None:
    status, page = send(graduates.hr, graduates.page)
    assert (status, "请至少选一个人。" in page) == (422, True)


def test_without_an_issuer_the_page_says_where_to_name_one(graduates: Class, database: Database) -> None:
    with database.transaction() as db:
        name_organisation(db, "")
    page = graduates.hr.get(graduates.page).text
    assert ('href="/certificates/design"' in page, 'name="enrolment"' in page) == (True, False)
    status, refused = send(graduates.hr, graduates.page, enrolment=graduates.enrolments[0])
    assert (status, "还没有填写颁发机构" in refused, codes(database)) == (422, True, [])


def test_ids_of_other_cohorts_are_left_alone(graduates: Class, database: Database, create_person: CreatePerson) -> None:
    ellen = create_person("Ellen")
    with database.transaction() as db:
        other = create_graduates(db, [ellen], name="别的班")
        foreign = enrolments_of(db, other)[0].id
    send(graduates.hr, graduates.page, enrolment=[foreign, "x", "9" * 30])
    assert codes(database) == []


def test_hr_revokes_with_a_reason_and_issues_another(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    code = codes(database)[0]
    status, page = send(graduates.hr, f"/certificates/{code}/revoke", reason=" ")
    assert (status, "请写明原因" in page) == (422, True)
    status, there = send(graduates.hr, f"/certificates/{code}/revoke", reason="姓名写错")
    assert (status, there) == (303, f"/certificates/{code}?done=revoked")
    shown = graduates.hr.get(there).text
    assert ("姓名写错" in shown, "已撤销" in shown, f"{code}.pdf" in shown) == (True, True, False)
    assert "姓名写错" not in graduates.trainer.get(f"/certificates/{code}").text
    status, there = send(graduates.hr, f"/certificates/{code}/reissue")
    assert status == 303
    assert codes(database)[2] in there
    both = graduates.hr.get(there).text
    assert (grouped(code) in both, "已撤销" in both, "有效" in both) == (True, True, True)


def test_who_was_revoked_is_offered_and_not_ticked(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    send(graduates.hr, f"/certificates/{codes(database)[0]}/revoke", reason="x")
    page = graduates.hr.get(graduates.page).text
    assert re.findall(r'name="enrolment" value="(\d+)"( checked)?', page) == [(str(graduates.enrolments[0]), "")]


def test_issuing_anew_for_a_superseded_one_is_refused(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    code = codes(database)[0]
    send(graduates.hr, f"/certificates/{code}/reissue")
    status, page = send(graduates.hr, f"/certificates/{code}/reissue")
    assert (status, "已经颁发过更新的证书" in page, len(codes(database))) == (422, True, 3)


def test_the_list_is_narrowed_by_name_number_course_cohort_code_and_state(
    graduates: Class, database: Database, bob: Person
) -> None:
    issue_all(graduates)
    first, second = codes(database)
    send(graduates.hr, f"/certificates/{second}/revoke", reason="x")
    with database.transaction() as db:
        db.execute(update(Person).where(Person.id == bob.id).values(display_name="Robert"))

    def found(**asked: str) -> list[str]:
        page = graduates.hr.get("/certificates", query_string=asked).text
        return re.findall(r'<th scope="row"><a class="hit-line" href="/certificates/(\w+)"', page)

    assert found() == [second, first]
    assert found(q="bob") == found(q="ROBERT") == found(q=bob.number.lower()) == found(q=grouped(first)) == [first]
    assert found(q="线索") == found(q="十一月") == [second, first]
    assert (found(state="valid"), found(state="revoked"), found(state="superseded")) == ([first], [second], [])
    assert found(q="100%") == found(q="_ob") == found(q="a\0b") == found(page="2") == []
    assert found(state="nonsense", page="-1") == [second, first]


def test_trainers_see_and_download_and_change_nothing(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    page = graduates.trainer.get(graduates.page)
    assert (page.status_code, 'name="enrolment"' in page.text) == (200, False)
    assert f'href="{graduates.page.replace("certificates", "completion")}"' in page.text
    assert 'href="/completion?cohort=' in graduates.hr.get(graduates.page).text
    one = graduates.trainer.get(f"/certificates/{codes(database)[0]}").text
    assert ("/reissue" in one, "/revoke" in one) == (False, False)
    assert graduates.trainer.get(f"{graduates.page}.pdf").status_code == 200


def test_a_trainee_downloads_their_own_and_nobody_elses(
    graduates: Class, database: Database, bob: Person, charlie: Person, client_of: Browser
) -> None:
    issue_all(graduates)
    his = codes(database)[0]
    mine = client_of(bob).get(f"/certificates/{his}.pdf")
    assert (mine.status_code, mine.mimetype) == (200, "application/pdf")
    assert f"{bob.number}-Bob.pdf" in mine.headers["Content-Disposition"]
    assert client_of(charlie).get(f"/certificates/{his}.pdf").status_code == 404
    again = client_of(bob).get(f"/certificates/{his}.pdf")
    assert again.data == mine.data


def test_a_reprint_is_the_same_whatever_changed_since(graduates: Class, database: Database, bob: Person) -> None:
    issue_all(graduates)
    path = f"/certificates/{codes(database)[0]}.pdf"
    before = graduates.hr.get(path).data
    with database.transaction() as db:
        db.execute(update(Person).where(Person.id == bob.id).values(display_name="Robert"))
        name_organisation(db, "别的公司")
    send(graduates.hr, "/certificates/design", design="plain", signer="王五")
    assert graduates.hr.get(path).data == before


@pytest.mark.parametrize("how", ["revoke", "reissue"])
def test_what_is_not_valid_is_not_printed(graduates: Class, database: Database, how: str) -> None:
    issue_all(graduates)
    code = codes(database)[0]
    send(graduates.hr, f"/certificates/{code}/{how}", reason="x")
    refused = graduates.hr.get(f"/certificates/{code}.pdf")
    assert (refused.status_code, "这份证书已经失效" in refused.text) == (422, True)


def test_a_cohort_is_one_pdf_or_a_file_for_each(graduates: Class, database: Database, bob: Person) -> None:
    assert "还没有人获得证书" in graduates.hr.get(f"{graduates.page}.zip").text
    issue_all(graduates)
    merged = graduates.hr.get(f"{graduates.page}.pdf")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(merged.data)).pages]
    assert ["Bob" in pages[0], "Charlie" in pages[1], len(pages)] == [True, True, 2]
    archive = zipfile.ZipFile(io.BytesIO(graduates.hr.get(f"{graduates.page}.zip").data))
    assert archive.testzip() is None
    assert archive.namelist() == [f"{bob.number}-Bob.pdf", f"P{int(bob.number[1:]) + 1:04}-Charlie.pdf"]
    code = codes(database)[0]
    assert archive.read(archive.namelist()[0]) == graduates.hr.get(f"/certificates/{code}.pdf").data
    send(graduates.hr, f"/certificates/{code}/revoke", reason="x")
    rest = zipfile.ZipFile(io.BytesIO(graduates.hr.get(f"{graduates.page}.zip").data))
    assert rest.namelist() == archive.namelist()[1:]


def test_somebody_whose_completion_was_corrected_stands_out(graduates: Class, database: Database) -> None:
    issue_all(graduates)
    with database.transaction() as db:
        progress = db.get_one(Progress, graduates.enrolments[0])
        progress.outcome, progress.completed_on = "open", None
    assert "现已不满足完成条件" in graduates.hr.get(graduates.page).text


def test_two_at_once_issue_one(
    graduates: Class, database: Database, create_person: CreatePerson, client_of: Browser
) -> None:
    browsers = [graduates.hr, client_of(create_person("Second HR", roles=("HR",)))]
    for browser in browsers:
        token_of(browser)
    calls = [partial(send, browser, graduates.page, enrolment=list(graduates.enrolments[:2])) for browser in browsers]
    assert [status for status, _ in at_once(calls)] == [303, 303]
    assert len(codes(database)) == 2


def test_pages_need_as_many_statements_for_many_as_for_few(
    database: Database, create_person: CreatePerson, hana: Person, client_of: Browser
) -> None:
    people = [create_person(f"N{number}") for number in range(16)]
    with database.transaction() as db:
        name_organisation(db)
        few = create_graduates(db, people[:2], name="小班")
        many = create_graduates(db, people[2:], name="大班")
        for cohort in (few, many):
            issue_certificates(db, cohort, by=None, now=NOW)
        revoke_certificate(db, db.scalars(select(Certificate)).first() or Certificate(), "x", by=None, now=NOW)
    client = client_of(hana)

    def counted(path: str) -> int:
        client.get(path)
        with statements_of(database) as seen:
            assert client.get(path, buffered=True).status_code == 200
        return len(seen)

    for ending in ("", ".pdf", ".zip"):
        assert counted(f"/cohorts/{few.id}/certificates{ending}") == counted(f"/cohorts/{many.id}/certificates{ending}")
    assert counted("/certificates?q=N1") == counted("/certificates?q=nobody")
    with database.reading() as db, statements_of(database) as seen:
        certificates_of_person(db, people[0].id)
    assert len(seen) == 1


def test_what_somebody_has_is_newest_first(database: Database, bob: Person) -> None:
    with database.transaction() as db:
        create_certificate(db, bob)
        create_certificate(db, bob)
        rows = certificates_of_person(db, bob.id)
        assert [row.enrolment_id for row in rows] == [2, 1]
        assert {(row.number, row.name, row.course, row.cohort, row.state) for row in rows} == {
            (bob.number, "Bob", "线索与需求", "十一月班", "valid")
        }
