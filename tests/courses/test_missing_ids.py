"""Missing ids are written into an outline; everything else in it stays as it is."""

from __future__ import annotations

from app.courses.missing_ids import with_ids
from tests.courses.samples import OUTLINE_TEXT

BEFORE = """\
# A comment that stays.
format: 1
days:
  - title: Monday   # this one too
    sessions:
      - title: Beans
        slots:
          - {minutes: 60,  title: "Where beans grow"}
          - { break: tea, minutes: 15 }
          - minutes: 30
            title: 烘焙
      - id: brewing
        slots:
          - {id: brewing-1, minutes: 5}
          - {minutes: 5}
          - {minutes: 5, title: Where beans grow}
"""
AFTER = """\
# A comment that stays.
format: 1
days:
  - title: Monday   # this one too
    sessions:
      - id: beans
        title: Beans
        slots:
          - {id: where-beans-grow, minutes: 60,  title: "Where beans grow"}
          - {id: d1-1-break, break: tea, minutes: 15 }
          - id: d1-1-3
            minutes: 30
            title: 烘焙
      - id: brewing
        slots:
          - {id: brewing-1, minutes: 5}
          - {id: brewing-2, minutes: 5}
          - {id: where-beans-grow-2, minutes: 5, title: Where beans grow}
"""


def test_missing_ids_are_written_in_place() -> None:
    assert with_ids(BEFORE.encode()) == (AFTER.encode(), 6)


def test_line_ends_stay() -> None:
    before, after = (text.replace("\n", "\r\n").encode() for text in (BEFORE, AFTER))
    written, _ = with_ids(before)
    assert written == after


def test_an_outline_with_all_ids_stays_as_it_is() -> None:
    assert with_ids(AFTER.encode()) == (AFTER.encode(), 0)
    assert with_ids(OUTLINE_TEXT.encode()) == (OUTLINE_TEXT.encode(), 0)


def test_an_outline_that_cannot_be_read_stays_as_it_is() -> None:
    assert with_ids(b"days: [") == (None, 0)
    assert with_ids("标题".encode("gb18030")) == (None, 0)
