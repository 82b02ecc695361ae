"""Every address that ends in .csv or .xlsx, asked for a world in which everything is called like a formula.

A new export is covered by being there; it fails here until every hostile name comes out of it, as a text.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from sqlalchemy import select

from app.accounts.actions import department_named
from app.accounts.models import Person
from app.catalogue.actions import publish_course
from app.classroom.models import Attendance
from app.cohorts.models import CohortSession, Enrolment
from app.db import Database
from app.web.exports.cells import Column, clean_text, safe_text
from app.web.exports.workbooks import write_workbook
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson
from tests.web.exported import HOSTILE, csv_cells, formulas_in
from tests.web.test_exports import ABOUT, SHANGHAI

ARGUMENTS = {"cohort_id": "1"}
"""What stands at the places of an address; an export with another place adds it here."""


@pytest.fixture
def looking(database: Database, create_person: CreatePerson, client_of: Callable[[Person], FlaskClient]) -> FlaskClient:
    """The browser of somebody who may export everything, in a world of hostile names."""
    viewer = create_person("=Viewer()", roles=("author", "trainer", "HR"))
    people = [create_person(number=f"-{number}") for number, _ in enumerate(HOSTILE)]
    with database.transaction() as db:
        version = publish_course(db, create_course(), by=None, now=NOW)
        cohort = create_cohort(db, version, trainers=[viewer], trainees=people, name="=Cohort()")
        assert cohort.id == int(ARGUMENTS["cohort_id"])
        for person, name in zip(people, HOSTILE, strict=True):
            row = db.get_one(Person, person.id)
            row.display_name, row.department_id = name, department_named(db, name).id  # whatever a form would refuse
        db.add_all(
            Attendance(cohort_session_id=session, enrolment_id=enrolment, state="present", marked_at=NOW)
            for session in db.scalars(select(CohortSession.id))
            for enrolment in db.scalars(select(Enrolment.id))
        )
    return client_of(viewer)


def exports_of(app: Flask) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.endswith((".csv", ".xlsx"))]
    missing = {name for rule in rules for name in rule.arguments} - set(ARGUMENTS)
    assert not missing, f"say in ARGUMENTS what stands at {missing}"
    adapter = app.url_map.bind("localhost")
    return [adapter.build(rule.endpoint, {name: ARGUMENTS[name] for name in rule.arguments}) for rule in rules]


def cells_of(content: bytes) -> set[str]:
    """The texts of a download in either format."""
    if content.startswith(b"PK"):
        sheets = load_workbook(io.BytesIO(content)).worksheets
        return {unescape(str(cell)) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}
    return {cell for row in csv_cells(content) for cell in row}


def test_no_export_has_a_formula(app: Flask, looking: FlaskClient) -> None:
    paths = exports_of(app)
    assert {path.rpartition(".")[2] for path in paths} == {"csv", "xlsx"}
    for path in paths:
        response = looking.get(path)
        assert (path, formulas_in(response)) == (path, [])
        as_text = clean_text if path.endswith(".xlsx") else safe_text
        assert {as_text(name) for name in HOSTILE} <= cells_of(response.data), path


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice Calc is not installed")
@pytest.mark.timeout(600)
def test_no_export_has_a_formula_in_libreoffice(app: Flask, looking: FlaskClient, tmp_path: Path) -> None:
    """CSV is opened with its own evaluation of formulas switched on, which nobody does by accident."""
    files = []
    for number, path in enumerate(exports_of(app)):
        file = tmp_path / f"{number}{Path(path).suffix}"
        file.write_bytes(looking.get(path).data)
        files.append(file)
    for file in files:
        assert (file.name, formulas_seen_by_libreoffice(file)) == (file.name, [])
    trap = tmp_path / "trap.csv"
    trap.write_text('"=1+1"\n', encoding="utf-8")
    assert len(formulas_seen_by_libreoffice(trap)) == 1


def formulas_seen_by_libreoffice(file: Path) -> list[str]:
    """What LibreOffice takes for formulas or links in a file."""
    command = ["soffice", f"-env:UserInstallation=file://{file.parent}/profile", "--headless"]
    if file.suffix == ".csv":
        command.append("--infilter=CSV:44,34,76,1,,2052,false,true,false,false,false,-1,true")
    command += ["--convert-to", "ods", "--outdir", str(file.parent / "seen"), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with zipfile.ZipFile(file.parent / "seen" / f"{file.stem}.ods") as archive:
        content = archive.read("content.xml").decode()
    return re.findall(r'table:formula="[^"]*"|<text:a [^>]*>|<table:table-source [^>]*>', content)


def test_libreoffice_would_see_a_formula_in_a_careless_workbook(tmp_path: Path) -> None:
    """What T-FORMULA is about: a text that the library, used as its manual says, puts into the file as it is."""
    from xlsxwriter import Workbook  # noqa: PLC0415 -- as somebody careless uses it

    hostile = next(text for text in HOSTILE if "<f>" in text and text.startswith("<r>"))
    file = io.BytesIO()
    with Workbook(file, {"constant_memory": True}) as book:
        book.add_worksheet().write_string(0, 0, hostile)
    with zipfile.ZipFile(file) as archive:
        assert b"<f>1+1</f>" in archive.read("xl/worksheets/sheet1.xml")
    ours = io.BytesIO()
    write_workbook(ours, "a", [Column("a")], [(hostile,)], zone=SHANGHAI, about=ABOUT)
    with zipfile.ZipFile(ours) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
