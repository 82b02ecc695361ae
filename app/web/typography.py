"""Where a Chinese heading may be broken: at its phrases, never inside a word."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# After these a line may end, but not before punctuation. Tags are taken whole, so that nothing inside them changes.
_BREAK = re.compile(r"<[^>]*>|([的与和、：，])(?=[^\s的与和、：，。；？！）》”…<])")


def phrases(text: str | Markup) -> Markup:
    """The text, escaped unless it is markup, with `<wbr>` after 的 与 和 、 ： ，: style forbids all other breaks."""
    # Only "<wbr>" is put between characters of what escape() returned: it is as safe as it was.
    return Markup(_BREAK.sub(lambda found: f"{found[0]}<wbr>" if found[1] else found[0], escape(text)))  # noqa: S704 -- escaped
