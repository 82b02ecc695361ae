"""Groups, several people who mark, marks by a newer version, and what a cohort's gradebook counts.

Every new column is nullable or has a default of the server's: while nodes are restarted one by one, those that still
run the version before write into these tables as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.db
from app.web.rebuild import rebuild_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SIDES = "marked_by IN ('key', 'trainer', 'peer', 'observer', 'override', 'review', 'second')"


def upgrade() -> None:
    _groups()
    _assignments()
    _attempts()
    _markings()
    _excuses()
    _grade_rules()
    _discussions()
    _presence()
    _reviews()
    _desks()
    _letters()
    _regrades()


def _groups() -> None:
    op.create_table(
        "cohort_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("work", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("work IN ('pairs', 'group')", name=op.f("ck_cohort_group_work_known")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_cohort_group_cohort_id_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_group")),
        sa.UniqueConstraint("id", "work", name=op.f("uq_cohort_group_id_work")),
    )
    live = sa.text("ended_at IS NULL")
    columns, where = ["cohort_id", "work", "name"], {"sqlite_where": live, "postgresql_where": live}
    op.create_index("ix_cohort_group_names", "cohort_group", columns, unique=True, **where)
    op.create_table(
        "group_member",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("work", sa.String(length=10), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("joined_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_group_member_added_by_id_person")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_group_member_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["group_id", "work"],
            ["cohort_group.id", "cohort_group.work"],
            name=op.f("fk_group_member_group_id_work_cohort_group"),
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "work", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "enrolment_id", name=op.f("uq_group_member_group_id_enrolment_id")),
    )


def _assignments() -> None:
    op.add_column("assignment", sa.Column("due_at", app.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("assignment", sa.Column("final_at", app.db.UtcDateTime(timezone=True), nullable=True))


def _attempts() -> None:
    group_id = sa.Column("group_id", sa.Integer(), nullable=True)
    if op.get_bind().dialect.name == "sqlite":  # it adds a reference only in one piece with its column
        op.execute(
            "ALTER TABLE attempt ADD COLUMN group_id INTEGER "
            "CONSTRAINT fk_attempt_group_id_cohort_group REFERENCES cohort_group (id)"
        )
    else:
        op.add_column("attempt", group_id)
        op.create_foreign_key(op.f("fk_attempt_group_id_cohort_group"), "attempt", "cohort_group", ["group_id"], ["id"])
    op.create_index(op.f("ix_attempt_group_id"), "attempt", ["group_id"])
    op.add_column("submission", sa.Column("asked", sa.Boolean(), server_default=sa.false(), nullable=False))


def _markings() -> None:
    version_id = sa.Column("version_id", sa.Integer(), nullable=True)
    rubric = sa.Column("rubric", sa.String(length=12), server_default=sa.text("''"), nullable=False)
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("marking", version_id)
        op.add_column("marking", rubric)
        op.create_foreign_key(
            op.f("fk_marking_version_id_course_version"), "marking", "course_version", ["version_id"], ["id"]
        )
        op.drop_constraint(op.f("ck_marking_marked_by_known"), "marking", type_="check")
        op.create_check_constraint(op.f("ck_marking_marked_by_known"), "marking", SIDES)
        return
    rebuild_table(
        "marking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=True),
        version_id,
        rubric,
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("marked_by", sa.String(length=10), nullable=False),
        sa.Column("earned_numerator", sa.BigInteger(), nullable=True),
        sa.Column("earned_denominator", sa.BigInteger(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(SIDES, name=op.f("ck_marking_marked_by_known")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_marking_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_marking_by_id_person")),
        sa.ForeignKeyConstraint(["change_id"], ["answer_change.id"], name=op.f("fk_marking_change_id_answer_change")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["course_version.id"], name=op.f("fk_marking_version_id_course_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking")),
    )


def _excuses() -> None:
    op.create_table(
        "excuse",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_excuse_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_excuse_by_id_person")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_excuse_enrolment_id_enrolment")),
        sa.PrimaryKeyConstraint("assignment_id", "enrolment_id", name=op.f("pk_excuse")),
    )


def _discussions() -> None:
    op.create_table(
        "discussion",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("since", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stage IN ('read', 'discuss', 'record', 'share', 'done')", name=op.f("ck_discussion_stage_known")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_discussion_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["leader_id"], ["enrolment.id"], name=op.f("fk_discussion_leader_id_enrolment")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_discussion")),
    )
    op.create_table(
        "trainer_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("taken_back_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_trainer_word_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_trainer_word_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer_word")),
    )
    op.create_index(op.f("ix_trainer_word_attempt_id_id"), "trainer_word", ["attempt_id", "id"])


def _grade_rules() -> None:
    op.create_table(
        "grade_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_grade_rules_by_id_person")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_grade_rules_cohort_id_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_rules")),
    )
    op.create_index(op.f("ix_grade_rules_cohort_id_id"), "grade_rules", ["cohort_id", "id"])


def _reviews() -> None:
    op.create_table(
        "review_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("reviewers", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("closes_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reviewers >= 1 AND least >= 1 AND least <= reviewers",
            name=op.f("ck_review_round_numbers_hang_together"),
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_review_round_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_review_round_opened_by_id_person")),
        sa.ForeignKeyConstraint(["sample_id"], ["attempt.id"], name=op.f("fk_review_round_sample_id_attempt")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_round")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_review_round_assignment_id")),
    )
    op.create_index(op.f("ix_review_round_closed_at_closes_at"), "review_round", ["closed_at", "closes_at"])
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("asked_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("done_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("marking_id", sa.Integer(), nullable=True),
        sa.Column("excused_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=True),
        sa.CheckConstraint("role IN ('peer', 'observer', 'calibration')", name=op.f("ck_review_role_known")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_review_asked_by_id_person")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_review_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_review_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(["marking_id"], ["marking.id"], name=op.f("fk_review_marking_id_marking")),
        sa.ForeignKeyConstraint(["round_id"], ["review_round.id"], name=op.f("fk_review_round_id_review_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("attempt_id", "enrolment_id", "role", name=op.f("uq_review_attempt_id_enrolment_id_role")),
    )
    op.create_index(op.f("ix_review_enrolment_id"), "review", ["enrolment_id"])
    op.create_index(op.f("ix_review_round_id"), "review", ["round_id"])


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=300), nullable=False),
        sa.Column("seen_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_presence_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_presence_enrolment_id_enrolment")),
        sa.PrimaryKeyConstraint("attempt_id", "enrolment_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "taken_row",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.String(length=300), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_taken_row_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_taken_row_enrolment_id_enrolment")),
        sa.PrimaryKeyConstraint("attempt_id", "row", name=op.f("pk_taken_row")),
    )


def _desks() -> None:
    op.create_table(
        "claim",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("until", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_claim_attempt_id_attempt")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_claim_by_id_person")),
        sa.PrimaryKeyConstraint("attempt_id", "second", name=op.f("pk_claim")),
    )
    op.create_index(op.f("ix_claim_by_id"), "claim", ["by_id"])
    op.create_table(
        "likeness",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_likeness_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_likeness")),
    )
    op.create_table(
        "phrase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("exercise", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("used_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_phrase_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
    )
    op.create_index(op.f("ix_phrase_person_id_exercise"), "phrase", ["person_id", "exercise"])
    op.create_table(
        "marking_choice",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("hides_names", sa.Boolean(), nullable=False),
        sa.Column("groups_alike", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_marking_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_marking_choice")),
    )


def _letters() -> None:
    op.add_column("person", sa.Column("course_mail", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "told",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_told_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "kind", "about_id", "day", name=op.f("pk_told")),
    )


def _regrades() -> None:
    op.create_table(
        "regrade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("marked", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("done_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_regrade_asked_by_id_person")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_regrade_cohort_id_cohort")),
        sa.ForeignKeyConstraint(
            ["from_version_id"], ["course_version.id"], name=op.f("fk_regrade_from_version_id_course_version")
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["course_version.id"], name=op.f("fk_regrade_to_version_id_course_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade")),
        sa.UniqueConstraint("cohort_id", "to_version_id", name=op.f("uq_regrade_cohort_id_to_version_id")),
    )
    under_way = sa.text("done_at IS NULL")
    op.create_index(
        op.f("ix_regrade_cohort_id"),
        "regrade",
        ["cohort_id"],
        unique=True,
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
