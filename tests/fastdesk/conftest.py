"""Five answers in a cohort of two trainers, some of which say the same, and a browser for each of the two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.db import Database
from tests.conftest import CreatePerson
from tests.fastdesk.several import TEXTS, create_class


@pytest.fixture
def amir(create_person: CreatePerson) -> Person:
    """Another trainer of the cohort."""
    return create_person("Amir", roles=("trainer",))


@pytest.fixture
def attempts(database: Database, alice: Person, amir: Person) -> list[int]:
    """Five answers in a cohort of Alice and Amir, some of which say the same."""
    with database.transaction() as db:
        return create_class(db, [alice, amir], len(TEXTS), TEXTS.__getitem__)[1]


@pytest.fixture
def desk(attempts: list[int], alice: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(alice)


@pytest.fixture
def other(attempts: list[int], amir: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(amir)
