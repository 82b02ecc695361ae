"""How certificates look: chosen by HR, for those issued from then on."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Audit, Person
from app.accounts.organisation import LOGO_BYTES
from app.certificates.codes import SAMPLE, grouped
from app.certificates.design import DesignFacts, design_facts, look_now, redrawn_picture
from app.certificates.models import Certificate, CertificateDesign
from app.certificates.snapshots import Snapshot
from app.db import Database
from app.errors import Mistyped
from tests.certificates.samples import create_certificate, name_organisation
from tests.conftest import token_of

URL = "/certificates/design"


@pytest.fixture
def hr(hana: Person, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    return client_of(hana)


def picture(kind: str = "PNG", mode: str = "RGBA", size: tuple[int, int] = (900, 300)) -> bytes:
    drawn = Image.new(mode, size)
    drawn.paste((200, 30, 30, 255)[: len(mode)], (10, 10, 200, 200))
    out = io.BytesIO()
    drawn.save(out, kind)
    return out.getvalue()


def send(client: FlaskClient, **form: Any) -> tuple[int, str]:
    data = {"csrf_token": token_of(client), "design": "classic", **form}
    response = client.post(URL, data=data, content_type="multipart/form-data")
    return response.status_code, response.text


def facts_in(database: Database) -> DesignFacts:
    with database.reading() as db:
        return design_facts(db)


def test_before_anybody_chose_there_is_a_design_and_a_sample(hr: FlaskClient) -> None:
    assert hr.get(URL).status_code == 200
    sample = hr.get("/certificates/sample.pdf")
    assert (sample.status_code, sample.mimetype) == (200, "application/pdf")
    text = PdfReader(io.BytesIO(sample.data)).pages[0].extract_text()
    assert ("样张" in text, grouped(SAMPLE)[:4] in text) == (True, True)


def test_what_is_saved_stands_on_the_next_certificate_and_on_none_before(
    hr: FlaskClient, database: Database, bob: Person, charlie: Person, hana: Person
) -> None:
    with database.transaction() as db:
        before = create_certificate(db, bob).id
    assert send(hr, design="plain", issuer="  华东  培训中心 ", signer="周敏", signer_title="培训总监",
                seal=(io.BytesIO(picture()), "seal.png"))[0] == 303  # fmt: skip
    with database.transaction() as db:
        create_certificate(db, charlie)
        old, new = (Snapshot.model_validate(each.snapshot) for each in db.scalars(select(Certificate)))
        (trail,) = db.scalars(select(Audit).where(Audit.action == "certificate-design-changed"))
    assert before == 1
    assert (new.design, new.issuer, new.signer, new.signer_title) == ("plain", "华东 培训中心", "周敏", "培训总监")
    assert (old.design, old.issuer, old.signer, old.seal) == ("classic", "滨河客运培训中心", "", None)
    assert (trail.by_id, trail.details) == (hana.id, {"fields": "design, issuer, signer, signer_title, seal"})


def test_a_picture_is_drawn_anew_small_and_transparent(hr: FlaskClient, database: Database) -> None:
    send(hr, seal=(io.BytesIO(picture()), "seal.png"), signature=(io.BytesIO(picture("JPEG", "RGB")), "s.jpg"))
    kept = facts_in(database)
    assert kept.seal
    assert kept.signature
    shown = hr.get(f"{URL}/seal.png")
    with Image.open(io.BytesIO(shown.data)) as drawn:
        assert (drawn.format, drawn.mode, max(drawn.size)) == ("PNG", "RGBA", 512)
        assert drawn.getpixel((511, 169)) == (0, 0, 0, 0)
    assert shown.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    send(hr)
    assert facts_in(database).seal == kept.seal
    send(hr, remove_seal="1")
    assert (facts_in(database).seal, facts_in(database).signature) == (None, kept.signature)
    assert hr.get(f"{URL}/seal.png").status_code == 404


@pytest.mark.parametrize("content", [b"no picture", picture()[:100], b"<svg/>", b"GIF89a"])
def test_what_is_no_picture_is_told_and_kept_nowhere(hr: FlaskClient, database: Database, content: bytes) -> None:
    status, page = send(hr, signer="周敏", seal=(io.BytesIO(content), "seal.png"))
    assert (status, "请选择 PNG 或 JPEG 图片" in page, 'value="周敏"' in page) == (422, True, True)
    with database.reading() as db:
        assert db.get(CertificateDesign, 1) is None


def test_a_picture_of_more_than_a_megabyte_is_told() -> None:
    with pytest.raises(Mistyped, match="up to 1 MB") as refused:
        redrawn_picture("signature", picture() + b" " * LOGO_BYTES)
    assert refused.value.field == "signature"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("design", "baroque", "请从列出的样式中选一种。"),
        ("issuer", "x" * 201, "最多 200 个字符"),
        ("signer", "a\u202eb", "最多 200 个字符"),
        ("signer", "\U0001f642", "字体里没有“\U0001f642”这个字。"),
    ],
)
def test_what_cannot_be_printed_is_told(hr: FlaskClient, database: Database, field: str, typed: str, told: str) -> None:
    status, page = send(hr, **{field: typed})
    assert (status, told in page) == (422, True)
    assert facts_in(database) == DesignFacts()


def test_a_name_that_no_design_has_room_for_is_told_before_anything_is_issued(
    hr: FlaskClient, database: Database
) -> None:
    status, page = send(hr, signer="总监" * 100)
    assert (status, 'role="alert"' in page, facts_in(database)) == (422, True, DesignFacts())


def test_saving_the_same_leaves_no_trail(hr: FlaskClient, database: Database) -> None:
    send(hr, signer="周敏")
    send(hr, signer="周敏")
    with database.reading() as db:
        assert len(db.scalars(select(Audit).where(Audit.action == "certificate-design-changed")).all()) == 1


def test_the_organisation_issues_where_nobody_is_named(hr: FlaskClient, database: Database) -> None:
    with database.transaction() as db:
        assert look_now(db).issuer == ""
        name_organisation(db, "滨河客运")
        assert look_now(db).issuer == "滨河客运"
    send(hr, issuer="培训中心")
    with database.reading() as db:
        assert look_now(db).issuer == "培训中心"
