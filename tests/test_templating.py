"""Our Jinja says what Jinja says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError, pass_context, pass_environment
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.templating import quicken, written

TEMPLATES = {
    "parts.html": (
        "{% macro icon(name, extra='') %}<i class='{{ name ~ extra }}'>{{ caller() if caller is defined }}</i>"
        "{% endmacro %}{% macro nested(x) %}{{ icon(x) }}{{ varargs }}{{ kwargs }}{% endmacro %}"
    ),
    "row.html": "{{ loop_index }}:{{ row }}",
    "frame.html": "{% block head %}{{ title }}{% endblock %}|{% block main %}{% endblock %}",
    "page.html": (
        "{% extends 'frame.html' %}{% from 'parts.html' import icon, nested %}"
        "{% block head %}{{ super() }} &amp; {{ title | upper }}{% endblock %}"
        "{% block main %}{% set here = 'a < b' %}{{ here }}{{ known }}{{ icon('<x>') }}{{ nested(markup, 1, b='<') }}"
        "{% call icon('c', extra='&') %}{{ here }}{% endcall %}"
        "{% for row in rows %}{% set loop_index = loop.index %}{{ loop.cycle('<', '>') }}{% include 'row.html' %}"
        "{{ seen('loop_index') }}{{ where() }}{% endfor %}{{ plain('<') }}{{ thing.method('<') }}{{ None }}"
        "{{ 1.5 }}{{ rows }}{{ Kind('&') }}{{ markup ~ '<' }}{{ '<' ~ '>' }}{{ html }}{{ plain | e }}"
        "{% filter upper %}{{ here }}{% endfilter %}{% autoescape false %}{{ here }}{% endautoescape %}{% endblock %}"
    ),
}


class Html:
    """What says itself how it goes into a page."""

    def __html__(self) -> str:
        return "<hr>"


class Kind:
    """A class is called, too."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return f"<{self.text}>"


@pass_context
def seen(context: Context, name: str) -> str:
    return f"<{context.get(name)}>"


@pass_environment
def where(environment: Environment) -> str:
    return f"<{environment.trim_blocks}>"


def drawn(environment: Environment) -> str:
    values = {
        "title": "T&T",
        "known": Markup("<b>"),
        "markup": Markup("<u>"),
        "rows": ["<1>", Markup("<2>"), 3, None],
        "seen": seen,
        "where": where,
        "plain": lambda text: text * 2,
        "thing": SimpleNamespace(method=str),
        "Kind": Kind,
        "html": Html(),
    }
    return environment.get_template("page.html").render(values)


def environment_of_jinja() -> Environment:
    return Environment(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def test_pages_are_the_same_byte_for_byte() -> None:
    quick = environment_of_jinja()
    quicken(quick)
    usual = environment_of_jinja()
    assert drawn(quick) == drawn(usual)
    code = [str(each.compile("{{ x }}", raw=True)) for each in (quick, usual)]
    assert ["environment.written(" in each for each in code] == [True, False]  # canary: not drawn by the same code


@pytest.mark.parametrize("value", ["", "a", "<&>\"'", Markup("<b>"), None, 0, 1.5, ["<"], Html(), Kind("&")])
def test_a_value_goes_into_the_page_as_escape_has_it(value: object) -> None:
    assert written(value) == escape(value)


def test_what_is_missing_is_missed() -> None:
    quick = environment_of_jinja()
    quicken(quick)
    for source in ("{{ nothing }}", "{{ nothing() }}", "{{ x.y }}", "{{ x.y() }}"):
        with pytest.raises(UndefinedError):
            quick.from_string(source).render(x={})
