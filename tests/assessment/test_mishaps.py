"""Which failures are those of one answer, and which concern all of them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.assessment.mishaps import Mishap, or_mishap


def failing(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    "error",
    [OperationalError("", None, Exception()), InterfaceError("", None, Exception()), NoConnectionFree()],
    ids=lambda error: type(error).__name__,
)
def test_a_database_that_is_busy_or_gone_is_no_answers_fault(error: Exception) -> None:
    with pytest.raises(type(error)):
        or_mishap(lambda: failing(error), "could not")


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), DataError("", None, Exception())], ids=lambda e: type(e).__name__
)
def test_what_one_answer_does_is_logged_under_a_reference(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    found = or_mishap(lambda: failing(error), "could not mark attempt 7")
    assert isinstance(found, Mishap)
    assert f"{found.reference} could not mark attempt 7" in caplog.text
