from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from app.catalogue.actions import publish_course
from app.catalogue.queries import course_of
from app.catalogue.shipped import publish_shipped, publish_shipped_courses
from app.courses.loading import Loaded
from app.db import Database
from app.files import FileStore
from tests.catalogue.samples import RING, create_course
from tests.conftest import NOW

OUTLINE = PurePosixPath("courses/leads/outline.yaml")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def loaded(**over: object) -> Loaded:
    return Loaded("leads", create_course(**over), (), {"media/ring.svg": RING}, {OUTLINE: b"format: 1\n"})


def test_a_shipped_course_is_published_with_its_sources_and_pictures(db: Session, store: FileStore) -> None:
    version = publish_shipped(db, loaded(), store=store, now=NOW)

    assert version is not None
    assert (version.number, version.origin, version.published_by_id) == (1, "shipped", None)
    assert {path: store.content(key) for path, key in version.files.items()} == {str(OUTLINE): b"format: 1\n"}
    assert store.content(course_of(version).media["media/ring.svg"].sha256) == RING


def test_an_unchanged_shipped_course_is_not_published_again(db: Session, store: FileStore) -> None:
    first = publish_shipped(db, loaded(), store=store, now=NOW)

    assert publish_shipped(db, loaded(), store=store, now=NOW) is first


def test_a_start_brings_back_the_files_of_a_version_that_is_there(
    db: Session, store: FileStore, tmp_path: Path
) -> None:
    version = publish_shipped(db, loaded(), store=store, now=NOW)
    second_node = FileStore(tmp_path / "another node")

    assert publish_shipped(db, loaded(), store=second_node, now=NOW) is version
    assert version is not None
    assert [key in second_node for key in version.files.values()] == [True]
    assert second_node.content(course_of(version).media["media/ring.svg"].sha256) == RING


def test_nodes_that_start_together_publish_once(database: Database, tmp_path: Path) -> None:
    together = Barrier(3)

    def start(node: int) -> int:
        store = FileStore(tmp_path / str(node))
        together.wait()
        with database.transaction() as db:
            version = publish_shipped(db, loaded(), store=store, now=NOW)
            assert version is not None
            return version.number

    with ThreadPoolExecutor(3) as nodes:
        assert list(nodes.map(start, range(3))) == [1, 1, 1]


def test_a_changed_shipped_course_is_the_next_version(db: Session, store: FileStore) -> None:
    publish_shipped(db, loaded(), store=store, now=NOW)
    second = publish_shipped(db, loaded(title="改过的课程"), store=store, now=NOW)

    assert second is not None
    assert (second.number, second.origin) == (2, "shipped")


def test_a_course_of_ones_own_is_left_alone(db: Session, store: FileStore) -> None:
    publish_shipped(db, loaded(), store=store, now=NOW)
    own = publish_course(db, create_course(title="我们自己的"), by=None, now=NOW)

    assert publish_shipped(db, loaded(title="随产品更新"), store=store, now=NOW) is own


def test_a_shipped_course_with_errors_is_logged_and_left_out(
    db: Session, store: FileStore, caplog: pytest.LogCaptureFixture
) -> None:
    assert publish_shipped(db, Loaded("leads", None, ()), store=store, now=NOW) is None
    assert caplog.messages == ["the shipped course leads has errors and is not published: see `flask content check`"]


def test_the_shipped_courses_of_this_product_are_published(database: Database, store: FileStore) -> None:
    versions = publish_shipped_courses(database, Path(__file__).parents[2], store=store, now=NOW)

    titles = {version.title for version in versions}
    assert len(versions) == len(titles) == len(list((Path(__file__).parents[2] / "courses").glob("*/outline.yaml")))
    assert {"关键客户营销生态系统", "大客户关系：从读懂客户到达成协议"} <= titles
