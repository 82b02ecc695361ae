"""The pages of discussions: the bar above a party's sheet, the trainer's walk from group to group, one for the wall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.accounts.models import Person
from app.assessment.queries import written_in
from app.classroom.models import Attendance
from app.cohorts.models import Cohort, CohortSession
from app.db import Database
from app.teamwork.discussion_queries import Talk, talk_of
from app.teamwork.models import Presence
from tests.assessment.samples import hand_in, save, start
from tests.conftest import NOW, statements_of, token_of
from tests.teamwork.discussion_samples import Hall, Table, begin, create_hall, enrolment_of

ClientOf = Callable[[Person], FlaskClient]


@dataclass(frozen=True)
class Scene:
    """Two groups of a committed cohort; the first has begun."""

    hall: Hall
    attempt_id: int

    @property
    def first(self) -> Table:
        return self.hall.tables[0]

    @property
    def groups(self) -> str:
        return f"/cohorts/{self.hall.cohort.id}/exercises/visit/groups"

    @property
    def sheet(self) -> str:
        return f"/attempts/{self.attempt_id}"


@pytest.fixture(autouse=True)
def _at_the_time_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def scene(database: Database, bob: Person, alice: Person) -> Scene:
    with database.transaction() as db:
        hall = create_hall(db, bob, alice)
        return Scene(hall, begin(db, hall.tables[0]).attempt.id)


def post(client: FlaskClient, path: str, *, as_json: bool = False, **form: str | int) -> Any:
    headers = {"Accept": "application/json"} if as_json else {}
    return client.post(path, data={"csrf_token": token_of(client), **form}, headers=headers)


def post_sheet(client: FlaskClient, path: str, *, base: int, name: str) -> Any:
    """As a button of the bar does without script: with all that stands on the sheet."""
    sent = {
        "csrf_token": token_of(client),
        "client": f"page-{name.encode().hex()}",
        "base": base,
        "sheet": "whole",
        "name": name,
    }
    return client.post(path, data=sent)


def talk(database: Database, attempt_id: int) -> Talk:
    with database.reading() as db:
        return talk_of(db, attempt_id)


def begun(database: Database, table: Table, exercise: str = "visit", *, name: str = "") -> int:
    """An attempt of a group, with something written."""
    with database.transaction() as db:
        work = begin(db, table, exercise)
        if name:
            save(db, work, name=name)
        return work.attempt.id


def test_the_bar_says_where_the_party_is_and_lets_its_leader_go_on(
    database: Database, scene: Scene, bob: Person, client_of: ClientOf
) -> None:
    client = client_of(bob)
    page = client.get(scene.sheet).text
    assert '<li data-stage="read" data-minutes="4" data-name="阅读" aria-current="step">' in page
    assert "到 09:04" in page
    assert "主持人 <b data-leader>Bob</b>" in page
    assert '<div class="actions" data-leads>' in page
    moved = post(client, f"{scene.sheet}/stage", to="discuss", seen="read")
    assert (moved.status_code, moved.location) == (303, scene.sheet)
    assert talk(database, scene.attempt_id).stage == "discuss"
    assert "到 09:07" in client.get(scene.sheet).text


def test_whoever_does_not_lead_sees_no_way_on_but_may_take_the_lead(
    database: Database, scene: Scene, client_of: ClientOf
) -> None:
    other = scene.first.people[1]
    client = client_of(other)
    assert '<div class="actions" data-leads hidden>' in client.get(scene.sheet).text
    assert post(client, f"{scene.sheet}/stage", to="discuss", seen="read").status_code == 422
    assert talk(database, scene.attempt_id).stage == ""
    own = next(each for each in talk(database, scene.attempt_id).members if each.person_id == other.id)
    assert post(client, f"{scene.sheet}/leader", leader=own.enrolment_id).status_code == 303
    assert post(client, f"{scene.sheet}/stage", to="discuss", seen="read").status_code == 303
    assert talk(database, scene.attempt_id).stage == "discuss"


def test_an_open_page_is_told_how_it_stands(scene: Scene, bob: Person, client_of: ClientOf) -> None:
    told = post(client_of(bob), f"{scene.sheet}/stage", as_json=True, to="discuss", seen="read").get_json()
    now = round(NOW.timestamp() * 1_000)
    assert {name: told[name] for name in ("stage", "since", "now", "leads", "words")} == {
        "stage": "discuss",
        "since": now,
        "now": now,
        "leads": True,
        "words": [],
    }
    assert [member["name"] for member in told["members"]] == ["Bob", "甲0", "甲1"]
    live = client_of(scene.first.people[1]).get(f"{scene.sheet}/live?since=0&client=x").get_json()["discussion"]
    assert live == {**told, "leads": False}


def test_when_the_minutes_are_over_a_sentence_says_so_and_nothing_else_happens(
    database: Database, scene: Scene, bob: Person, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(bob)
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=30))
    assert "这个阶段的时间到了。收个尾，准备好了就进入下一阶段。</span>" in client.get(scene.sheet).text
    assert talk(database, scene.attempt_id).stage == ""


def test_whoever_works_alone_has_no_bar_and_asks_nothing_more(
    database: Database, scene: Scene, bob: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        alone = start(db, scene.first.room, "alone").attempt.id
    client = client_of(bob)
    client.get(f"/attempts/{alone}")
    with statements_of(database) as seen:
        page = client.get(f"/attempts/{alone}").text
    assert "discussion-bar" not in page
    assert [each for each in seen if "discussion" in each or "trainer_word" in each] == []
    for path in ("stage", "leader", "words", "words/take-back"):
        assert post(client, f"/attempts/{alone}/{path}").status_code == 404


def test_people_of_another_group_reach_nothing(database: Database, scene: Scene, client_of: ClientOf) -> None:
    client = client_of(scene.hall.tables[1].people[0])
    for path in ("stage", "leader", "words", "words/take-back"):
        assert post(client, f"{scene.sheet}/{path}", to="discuss", seen="read", text="x").status_code == 404
    for address in (scene.groups, f"{scene.sheet}/shared"):
        assert client.get(address).status_code == 404
    assert post(client, scene.groups, to="discuss").status_code == 404
    assert talk(database, scene.attempt_id).stage == ""


def test_members_cannot_speak_as_their_trainer(
    database: Database, scene: Scene, bob: Person, client_of: ClientOf
) -> None:
    assert post(client_of(bob), f"{scene.sheet}/words", text="好").status_code == 404
    assert client_of(bob).get(f"{scene.sheet}/shared").status_code == 404
    assert talk(database, scene.attempt_id).words == ()


def test_the_trainer_walks_from_group_to_group(
    database: Database, scene: Scene, alice: Person, client_of: ClientOf
) -> None:
    begun(database, scene.first, name="顺达")
    with database.transaction() as db:
        here = enrolment_of(db, scene.first, scene.first.people[1])
        db.add(Presence(attempt_id=scene.attempt_id, enrolment_id=here, field="", seen_at=NOW))
    client = client_of(alice)
    page = client.get(scene.groups)
    assert page.status_code == 200
    assert "第 1 组" in page.text
    assert "第 2 组" in page.text
    assert "全体进入：讨论" in page.text
    told = client.get(scene.groups, headers={"Accept": "application/json"}).get_json()["groups"]
    assert told[0]["texts"] == {
        "state": "阅读",
        "time": "还有 4 分钟",
        "leader": "Bob",
        "present": "甲0",
        "answered": "1 / 3",
        "fields": "1",
        "changed": "09:00",
    }
    assert (told[1]["attempt"], told[1]["stage"], told[1]["texts"]["state"]) == (None, None, "未开始")


def test_all_go_on_by_one_click(database: Database, scene: Scene, alice: Person, client_of: ClientOf) -> None:
    second = begun(database, scene.hall.tables[1])
    client = client_of(alice)
    done = post(client, scene.groups, to="discuss")
    assert (done.status_code, done.location) == (303, scene.groups)
    assert [talk(database, each).stage for each in (scene.attempt_id, second)] == ["discuss", "discuss"]
    assert post(client, scene.groups, to="nonsense").status_code == 404


def test_a_word_of_the_trainer_is_read_on_the_sheet_and_after_handing_in(
    database: Database, scene: Scene, alice: Person, bob: Person, client_of: ClientOf
) -> None:
    trainer, trainee = client_of(alice), client_of(bob)
    said = post(trainer, f"{scene.sheet}/words", text="想想 <b>成本</b>")
    assert (said.status_code, said.location) == (303, f"{scene.groups}#group-{scene.first.group.id}")
    sentence = "想想 &lt;b&gt;成本&lt;/b&gt;"
    assert sentence in trainee.get(scene.sheet).text
    assert sentence in trainer.get(scene.groups).text
    with database.transaction() as db:
        hand_in(db, scene.first.room, begin(db, scene.first))
    assert sentence in trainee.get(scene.sheet).text
    assert sentence in trainer.get(f"/marking/{scene.attempt_id}").text
    (word,) = talk(database, scene.attempt_id).words
    assert post(trainer, f"{scene.sheet}/words/take-back", word=word.id).status_code == 303
    assert sentence not in trainee.get(scene.sheet).text


def test_a_step_keeps_what_stands_on_the_sheet_also_where_it_is_refused(
    database: Database, scene: Scene, bob: Person, client_of: ClientOf
) -> None:
    """Without script the buttons of the bar send the form of the sheet along."""
    for person, name in ((bob, "顺达"), (scene.first.people[1], "顺达物流")):
        with database.reading() as db:
            base = written_in(db, scene.attempt_id).newest
        done = post_sheet(client_of(person), f"{scene.sheet}/stage?seen=read&to=discuss", base=base, name=name)
        assert (done.status_code, done.location) == (303, scene.sheet)
        with database.reading() as db:
            assert written_in(db, scene.attempt_id).values["name"] == name
        assert talk(database, scene.attempt_id).stage == "discuss"
    two_texts = post_sheet(client_of(bob), f"{scene.sheet}/stage?seen=discuss&to=record", base=0, name="别家")
    assert two_texts.status_code == 409  # there is something to choose first
    assert talk(database, scene.attempt_id).stage == "discuss"


def test_whoever_is_ticked_absent_after_the_start_is_named_until_taken_off(
    database: Database, scene: Scene, alice: Person, client_of: ClientOf
) -> None:
    client, gone = client_of(alice), scene.first.people[1]
    assert "今天没来、还在成员里" not in client.get(scene.groups).text
    with database.transaction() as db:
        cohort_id, today = scene.hall.cohort.id, NOW.astimezone(ZoneInfo(scene.hall.cohort.zone)).date()
        session = db.scalars(select(CohortSession).where(CohortSession.cohort_id == cohort_id)).first()
        assert session
        session.day, session.starts = today, 0
        here = enrolment_of(db, scene.first, gone)
        db.add(Attendance(cohort_session_id=session.id, enrolment_id=here, state="absent", marked_at=NOW))
    assert f"今天没来、还在成员里：{gone.display_name}" in client.get(scene.groups).text
    assert "今天没来" in client.get(f"{scene.sheet}/members").text


def test_the_trainer_names_another_leader(database: Database, scene: Scene, alice: Person, client_of: ClientOf) -> None:
    client, members = client_of(alice), talk(database, scene.attempt_id).members
    assert f'<option value="{members[1].enrolment_id}">' in client.get(scene.groups).text
    done = post(client, f"{scene.sheet}/leader", leader=members[1].enrolment_id)
    assert (done.status_code, done.location) == (303, f"{scene.groups}#group-{scene.first.group.id}")
    assert talk(database, scene.attempt_id).leader == members[1]


def test_one_group_is_shown_to_all(database: Database, scene: Scene, alice: Person, client_of: ClientOf) -> None:
    begun(database, scene.first, name="顺达物流")
    second = begun(database, scene.hall.tables[1])
    client = client_of(alice)
    post(client, f"{scene.sheet}/words", text="只给小组看")
    page = client.get(f"{scene.sheet}/shared")
    assert page.status_code == 200
    assert "顺达物流" in page.text
    assert "只给小组看" not in page.text
    assert f'rel="next" href="/attempts/{second}/shared"' in page.text


def test_what_is_private_is_shown_to_nobody_else(
    database: Database, scene: Scene, alice: Person, client_of: ClientOf
) -> None:
    secret = begun(database, scene.first, "secret")
    client = client_of(alice)
    assert client.get(f"/attempts/{secret}/shared").status_code == 404
    page = client.get(scene.groups.replace("visit", "secret"))
    assert (page.status_code, "/shared" in page.text) == (200, False)
    assert client.get(scene.groups.replace("visit", "alone")).status_code == 404


def test_the_page_of_groups_asks_as_much_for_one_as_for_five(
    database: Database, bob: Person, alice: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        hall = create_hall(db, bob, alice, tables=5)
    client, page, counts = client_of(alice), f"/cohorts/{hall.cohort.id}/exercises/visit/groups", []
    for tables in (hall.tables[:1], hall.tables[1:]):
        for table in tables:
            attempt_id = begun(database, table, name="x")
            assert post(client, f"/attempts/{attempt_id}/stage", to="discuss", seen="read").status_code == 303
            assert post(client, f"/attempts/{attempt_id}/words", text="好").status_code == 303
        client.get(page)
        with statements_of(database) as seen:
            assert client.get(page).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_shut_sheet_offers_no_step(database: Database, scene: Scene, bob: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        db.get_one(Cohort, scene.hall.cohort.id).archived_at = NOW
    page = client_of(bob).get(scene.sheet).text
    assert "discussion-bar" in page
    assert "data-leads" not in page
    assert "data-takes" not in page
