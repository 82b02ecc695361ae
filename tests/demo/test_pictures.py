"""The seal and the signature of the demo organisation."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from app.demo.pictures import demo_seal, demo_signature


@pytest.mark.parametrize("organisation", ["华东培训中心", "East China Training Centre", "", "很长的名字" * 20])
def test_a_seal_is_red_round_and_see_through(organisation: str) -> None:
    with Image.open(BytesIO(demo_seal(organisation))) as seal:
        assert (seal.format, seal.mode, seal.size) == ("PNG", "RGBA", (480, 480))
        cover = seal.getchannel("A")
        assert [cover.getpixel(at) for at in ((2, 2), (477, 2), (2, 477), (477, 477))] == [0] * 4
        left, top, right, bottom = cover.point(lambda dot: 255 * (dot > 40)).getbbox() or (0, 0, 0, 0)
        assert all(abs(found - wanted) <= 8 for found, wanted in ((left, 4), (top, 4), (right, 476), (bottom, 476)))
        assert seal.getpixel((240, 240))[:3] == (196, 30, 38)  # type: ignore[index]


def test_seals_are_told_apart_by_their_names() -> None:
    assert demo_seal("甲") != demo_seal("乙")


def test_nothing_of_a_signature_is_cut_off() -> None:
    with Image.open(BytesIO(demo_signature())) as signature:
        left, top, right, bottom = signature.getchannel("A").getbbox() or (0, 0, 0, 0)
        assert left > 0
        assert top > 0
        assert right < signature.width
        assert bottom < signature.height
