"""What authors write, as values that no page can show by accident."""

from __future__ import annotations

from typing import NoReturn

from pydantic import BaseModel, ConfigDict

Path = tuple[str | int, ...]
"""Where something stands in a spec: ("items", 2, "level")."""


class Written(BaseModel):
    """Something an author wrote. It may hold a key: it has no text form, so that no page can show it by accident."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __str__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} may hold a key: show the sheet made from it")

    def __html__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} may hold a key: show the sheet made from it")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
