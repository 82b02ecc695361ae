"""An exercise that fails: logged under a reference, and in nobody's way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.errors import new_reference

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mishap:
    """Something of ours failed; the log has it under this reference."""

    reference: str


def or_mishap(step: Callable[[], T], about: str, *, reference: str = "") -> T | Mishap:
    """What the step returns, or the reference under which the log says why it failed.

    Of every failure but a database that is busy or gone: whatever the code of a kind, or a text that it cannot read,
    does to one answer, the answers of all others still have to be handed in. `reference`: of the same failure before.
    """
    try:
        return step()
    except (OperationalError, InterfaceError, NoConnectionFree):
        raise  # the same will do in a moment, for this answer and all others
    except Exception:
        reference = reference or new_reference()
        log.exception("%s %s", reference, about)
        return Mishap(reference)
