"""The references: Flask with a Jinja page of 12 kB (inheritance, a loop, escaping), and Flask with one commit."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from flask import Flask, render_template, request
from jinja2 import DictLoader
from sqlalchemy import Column, Integer, MetaData, String, Table, insert

from app.db import make_engine

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


# One row a request, committed by SQLAlchemy with the settings that the product has: what a save cannot do without.
_engine = make_engine(f"sqlite:///{Path(tempfile.gettempdir()) / f'bare-commit-{os.getppid()}.sqlite'}")
_metadata = MetaData()
_kept = Table("kept", _metadata, Column("id", Integer, primary_key=True), Column("text", String))
with _engine.connect().execution_options(writes=True) as connection:
    _metadata.create_all(connection)
    connection.commit()


@app.post("/commit")
def commit() -> str:
    with _engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(_kept), {"text": request.get_data(as_text=True)})
    return "kept"
