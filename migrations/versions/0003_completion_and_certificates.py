"""Completion, training hours and certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_design",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("design", sa.String(length=20), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("signer", sa.String(length=200), nullable=False),
        sa.Column("signer_title", sa.String(length=200), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("signature", sa.String(length=64), nullable=True),
        sa.CheckConstraint("design IN ('classic', 'plain')", name=op.f("ck_certificate_design_design_known")),
        sa.CheckConstraint("id = 1", name=op.f("ck_certificate_design_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_design")),
    )
    op.create_table(
        "progress_count",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("enrolments", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["published_course.id"], name=op.f("fk_progress_count_course_id_published_course")
        ),
        sa.PrimaryKeyConstraint("course_id", "department_id", "month", "outcome", name=op.f("pk_progress_count")),
    )
    op.create_index(
        "ix_progress_count_summed",
        "progress_count",
        ["department_id", "month", "course_id", "outcome", "enrolments"],
        unique=False,
    )
    op.create_table(
        "progress_total",
        sa.Column("course_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("enrolments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "department_id", "month", "outcome", name=op.f("pk_progress_total")),
    )
    op.create_index(
        "ix_progress_total_summed",
        "progress_total",
        ["month", "course_id", "department_id", "outcome", "enrolments"],
        unique=False,
    )
    op.create_table(
        "training_time",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_time_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "year", name=op.f("pk_training_time")),
    )
    op.create_index(
        op.f("ix_training_time_year_department_id_minutes_person_id"),
        "training_time",
        ["year", "department_id", "minutes", "person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_training_time_year_minutes_person_id"), "training_time", ["year", "minutes", "person_id"], unique=False
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=28), nullable=False),
        sa.Column("issued_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("revoked_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("issue > 0", name=op.f("ck_certificate_issue_is_positive")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_certificate_issued_by_id_person")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name=op.f("fk_certificate_revoked_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("enrolment_id", "issue", name=op.f("uq_certificate_enrolment_id_issue")),
    )
    op.create_index(op.f("ix_certificate_issued_at"), "certificate", ["issued_at"], unique=False)
    op.create_table(
        "progress",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("attended_minutes", sa.Integer(), nullable=False),
        sa.Column("taught_minutes", sa.Integer(), nullable=False),
        sa.Column("handed_in", sa.Integer(), nullable=False),
        sa.Column("required", sa.Integer(), nullable=False),
        sa.Column("earned_numerator", sa.BigInteger(), nullable=False),
        sa.Column("earned_denominator", sa.BigInteger(), nullable=False),
        sa.Column("possible_numerator", sa.BigInteger(), nullable=False),
        sa.Column("possible_denominator", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("minutes_by_year", sa.JSON(), nullable=False),
        sa.CheckConstraint("outcome IN ('open', 'completed', 'withdrawn')", name=op.f("ck_progress_outcome_known")),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_progress_cohort_id_cohort")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["published_course.id"], name=op.f("fk_progress_course_id_published_course")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_progress_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_progress_person_id_person")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_progress")),
    )
    op.create_index(op.f("ix_progress_cohort_id"), "progress", ["cohort_id"], unique=False)
    op.create_index(
        "ix_progress_listed", "progress", ["outcome", "dated_on", "enrolment_id", "starts_on"], unique=False
    )
    op.create_index(
        "ix_progress_course_listed",
        "progress",
        ["course_id", "outcome", "dated_on", "enrolment_id", "starts_on"],
        unique=False,
    )
    op.create_index(
        "ix_progress_department_listed",
        "progress",
        ["department_id", "outcome", "dated_on", "enrolment_id", "starts_on", "course_id"],
        unique=False,
    )
    op.create_index(
        "ix_progress_undated",
        "progress",
        ["dated_on", "outcome", "department_id", "course_id"],
        unique=False,
        sqlite_where=sa.text("starts_on IS NULL"),
        postgresql_where=sa.text("starts_on IS NULL"),
    )
    op.create_index(op.f("ix_progress_person_id"), "progress", ["person_id"], unique=False)
    op.add_column("enrolment", sa.Column("settled", sa.Integer(), server_default="-1", nullable=False))
    op.create_index(
        "ix_enrolment_unsettled",
        "enrolment",
        ["id"],
        unique=False,
        sqlite_where=sa.text("revision <> settled"),
        postgresql_where=sa.text("revision <> settled"),
    )
    op.add_column("person", sa.Column("moved", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_person_moved",
        "person",
        ["id"],
        unique=False,
        sqlite_where=sa.text("moved"),
        postgresql_where=sa.text("moved"),
    )
    for column in ("number", "display_name"):
        op.create_index(
            f"ix_person_{column}_begins",
            "person",
            [column],
            unique=False,
            postgresql_ops={column: "varchar_pattern_ops"},
        )
