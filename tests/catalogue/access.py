"""Who may call what in the catalogue."""

from __future__ import annotations

from tests.access import Call, Table, everyone, only, signed_in

TEACHERS = only(200, "trainer", "other_trainer", "author", "admin")
"""To the others the page does not exist."""

ACCESS: Table = {
    "catalogue.course": (
        Call("GET", "/courses/leads", signed_in(200)),
        Call("GET", "/courses/nothing", signed_in(404)),
        Call("GET", "/courses/no%00thing", signed_in(404)),
    ),
    "catalogue.courses": (Call("GET", "/courses", signed_in(200)),),
    "catalogue.document": (
        Call("GET", "/courses/leads/handbook", signed_in(200)),
        Call("GET", "/courses/leads/worksheets", signed_in(200)),
        Call("GET", "/courses/leads/session-plan", TEACHERS),
        Call("GET", "/courses/leads/run-sheet", TEACHERS),
        Call("GET", "/courses/leads/answer-key", TEACHERS),
        Call("GET", "/courses/leads/materials", TEACHERS),
        Call("GET", "/courses/leads/secrets", everyone(404)),
        Call("GET", "/courses/nothing/session-plan", signed_in(404)),
    ),
    "catalogue.document_pdf": (
        Call("GET", "/courses/leads/handbook.pdf", signed_in(200)),
        Call("GET", "/courses/leads/answer-key.pdf", TEACHERS),
        Call("GET", "/courses/nothing/handbook.pdf", signed_in(404)),
    ),
    "catalogue.media": (
        Call("GET", "/courses/leads/media/ring.svg", signed_in(200)),
        Call("GET", "/courses/leads/media/hidden.svg", TEACHERS),
        Call("GET", "/courses/leads/media/none.svg", signed_in(404)),
    ),
}
