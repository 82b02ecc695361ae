"""Who may call what in certificates. The certificate with CODE is the trainee's."""

from __future__ import annotations

from app.certificates.codes import SAMPLE, with_check
from tests.access import Call, Table, changing, everyone, only
from tests.certificates.samples import CODE

NO_CODE = with_check("8K2MQ9XF4T8VP3HD6WNBZRJ5EE")
ONE, MISSING = f"/certificates/{CODE}", f"/certificates/{NO_CODE}"
ACCESS: Table = {
    "certificates.certificates": (Call("GET", "/certificates", only(200, "HR")),),
    "certificates.certificate": (
        Call("GET", ONE, only(200, "HR", "trainer")),
        Call("GET", MISSING, only(200)),
        Call("GET", "/certificates/AAAA", everyone(404)),
    ),
    "certificates.pdf": (
        Call("GET", f"{ONE}.pdf", only(200, "trainee", "HR", "trainer")),
        Call("GET", f"{MISSING}.pdf", only(200)),
    ),
    "certificates.reissue": (
        Call("POST", f"{ONE}/reissue", changing(422, "HR")),  # the trainee has not completed the course
        Call("POST", f"{MISSING}/reissue", changing(303)),
    ),
    "certificates.revoke": (
        Call("POST", f"{ONE}/revoke", changing(303, "HR"), form=(("reason", "typing error"),)),
        Call("POST", f"{ONE}/revoke", changing(422, "HR")),
        Call("POST", f"{MISSING}/revoke", changing(303), form=(("reason", "typing error"),)),
    ),
    "certificates.cohort": (
        Call("GET", "/cohorts/1/certificates", only(200, "HR", "trainer")),
        Call("GET", "/cohorts/77/certificates", only(200)),
    ),
    "certificates.issue": (
        Call("POST", "/cohorts/1/certificates", changing(303, "HR"), form=(("enrolment", "1"),)),
        Call("POST", "/cohorts/1/certificates", changing(422, "HR")),
        Call("POST", "/cohorts/77/certificates", changing(303), form=(("enrolment", "1"),)),
    ),
    "certificates.cohort_pdf": (
        Call("GET", "/cohorts/1/certificates.pdf", only(200, "HR", "trainer")),
        Call("GET", "/cohorts/77/certificates.pdf", only(200)),
    ),
    "certificates.cohort_zip": (
        Call("GET", "/cohorts/1/certificates.zip", only(200, "HR", "trainer")),
        Call("GET", "/cohorts/77/certificates.zip", only(200)),
    ),
    "certificates.design": (Call("GET", "/certificates/design", only(200, "HR", "admin")),),
    "certificates.change": (
        Call("POST", "/certificates/design", changing(303, "HR", "admin"), form=(("design", "plain"),)),
        Call("POST", "/certificates/design", changing(422, "HR", "admin"), form=(("design", "baroque"),)),
    ),
    "certificates.sample": (Call("GET", "/certificates/sample.pdf", only(200, "HR", "admin")),),
    "certificates.picture": (Call("GET", "/certificates/design/seal.png", only(200)),),  # there is none
    "certificates.verify_form": (Call("GET", "/verify", everyone(200)),),
    "certificates.verify": (
        Call("GET", f"/verify/{CODE}", everyone(200)),
        Call("GET", f"/verify/{SAMPLE}", everyone(200)),
        Call("GET", "/verify/A", everyone(404)),
    ),
}
