"""Who may call what in records."""

from __future__ import annotations

from tests.access import Call, Table, only

ACCESS: Table = {
    "records.completion": (Call("GET", "/completion", only(200, "HR")),),
    "records.cohort_completion": (
        Call("GET", "/cohorts/1/completion", only(200, "trainer")),
        Call("GET", "/cohorts/2/completion", only(200, "other_trainer")),
        Call("GET", "/cohorts/99/completion", only(200)),
    ),
    "records.completion_csv": (Call("GET", "/completion.csv", only(200, "HR")),),
    "records.completion_xlsx": (Call("GET", "/completion.xlsx", only(200, "HR")),),
    "records.overview": (Call("GET", "/completion/overview", only(200, "HR")),),
    "records.hours": (Call("GET", "/hours", only(200, "HR")),),
    "records.hours_csv": (Call("GET", "/hours.csv", only(200, "HR")),),
    "records.hours_xlsx": (Call("GET", "/hours.xlsx", only(200, "HR")),),
}
