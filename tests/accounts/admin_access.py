"""Who may call what of the administration pages: administrators, and nobody else."""

from __future__ import annotations

from tests.access import Call, Table, changing, everyone, only

FACTS = (("number", "P0001"), ("display_name", "Cora"), ("language", "zh-CN"))
SHOWN = (("was_number", "P0001"), ("was_display_name", "Cora"), ("was_language", "zh-CN"))

ACCESS: Table = {
    "admin.add_department": (Call("POST", "/admin/departments", changing(303, "admin"), form=(("name", "华北"),)),),
    "admin.admin": (Call("GET", "/admin", only(200, "admin")),),
    "admin.change_department": (
        Call("POST", "/admin/departments/1", changing(303, "admin"), form=(("name", "华东大区"),)),
    ),
    "admin.department": (Call("GET", "/admin/departments/1", only(200, "admin")),),
    "admin.departments": (Call("GET", "/admin/departments", only(200, "admin")),),
    "admin.logo": (Call("GET", "/logo", everyone(404)),),
    "admin.organisation": (
        Call("POST", "/admin/organisation", changing(303, "admin"), form=(("zone", "Asia/Shanghai"),)),
    ),
    "admin.remove_department": (Call("POST", "/admin/departments/1/remove", changing(303, "admin")),),
    "admin.try_mail": (Call("POST", "/admin/mail", changing(422, "admin")),),
    "people.add": (
        Call("POST", "/people", changing(303, "admin"), form=(("number", "n1"), ("display_name", "Nadia"))),
    ),
    "people.change": (Call("POST", "/people/1", changing(303, "admin"), form=FACTS + SHOWN),),
    "people.deactivate": (Call("POST", "/people/1/deactivate", changing(303, "admin")),),
    "people.new": (Call("GET", "/people/new", only(200, "admin")),),
    "people.people": (Call("GET", "/people", only(200, "admin")),),
    "people.person": (Call("GET", "/people/1", only(200, "admin")),),
    "people.reactivate": (Call("POST", "/people/1/reactivate", changing(303, "admin")),),
    "people.roles": (Call("POST", "/people/1/roles", changing(303, "admin"), form=(("role", "trainer"),)),),
    "people.slip": (Call("POST", "/people/1/slip", changing(200, "admin")),),
}
