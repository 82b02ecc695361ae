"""Inline text of documents: markup that is already safe."""

from __future__ import annotations

from markupsafe import Markup, escape

# `Text` is inline markup that is already safe: only `plain` here and `finished` in tree.py make it.
# Its tags: strong, em, del, code, br, sub, sup, a[href].
Text = Markup
NOTHING = Markup()


def plain(text: str) -> Text:
    """Text as it is, with nothing in it meaning anything."""
    return escape(text)
