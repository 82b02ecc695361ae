"""The reference of every page: Flask with a Jinja page of 12 kB (inheritance, a loop, escaping), nothing else."""

from __future__ import annotations

from flask import Flask, render_template
from jinja2 import DictLoader

app = Flask(__name__)
app.jinja_loader = DictLoader(
    {
        "base.html": (
            "<!doctype html><html lang=en><head><title>{% block title %}{% endblock %}</title></head><body><nav>"
            "{% for n in nav %}<a href='{{ url_for('page', n=loop.index) }}'>{{ n }}</a>{% endfor %}</nav>"
            "<main>{% block main %}{% endblock %}</main></body></html>"
        ),
        "page.html": (
            "{% extends 'base.html' %}{% block title %}{{ course }}{% endblock %}{% block main %}<h1>{{ course }}</h1>"
            "<form method=post>{% for q in questions %}<section><h2>{{ loop.index }}. {{ q.title }}</h2>"
            "<p>{{ q.text }}</p><label>{{ q.label }}<input name='q{{ q.id }}' value='{{ q.value }}'></label></section>"
            "{% endfor %}"
            "<button>Save</button></form>{% endblock %}"
        ),
    }
)
QUESTIONS = [
    {
        "id": n,
        "title": f"Case {n} <b>",
        "text": "Read the instruction & write the answer. " * 8,
        "label": "Answer",
        "value": "x" * 10,
    }
    for n in range(25)
]


@app.get("/page/<int:n>")
def page(n: int) -> str:
    return render_template(
        "page.html", course=f"Course {n}", questions=QUESTIONS, nav=[f"Lesson {i}" for i in range(10)]
    )
