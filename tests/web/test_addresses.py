"""Addresses of many rows are those that `url_for` builds one by one, whatever else stands in them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.web.addresses import url_by


def test_a_row_has_the_address_that_url_for_builds(app: Any) -> None:
    with app.test_request_context():
        record_of = url_by("home.person_record", "person_id", q="1999999973 & <李>", course="3")
        assert record_of(7) == url_for("home.person_record", person_id=7, q="1999999973 & <李>", course="3")
        list_of = url_by("records.completion", "cohort", department="1", q="甲")
        assert list_of(12) == url_for("records.completion", cohort=12, department="1", q="甲")
