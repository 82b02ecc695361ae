"""Time limits, extra time, answers that arrive late, and attempts that are handed in by themselves.

Every new column is nullable or has a default of the server's: while nodes are restarted one by one, those that still
run the version before write into these tables as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.db
from app.web.rebuild import rebuild_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extra_time",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", app.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_extra_time_minutes_are_positive")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_extra_time_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_extra_time_enrolment_id_enrolment")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_extra_time_given_by_id_person")),
        sa.PrimaryKeyConstraint("assignment_id", "enrolment_id", name=op.f("pk_extra_time")),
    )
    _limit_assignments()
    op.add_column("attempt", sa.Column("ends_at", app.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("sweep_at", app.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("set_aside", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("answer_change", sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("submission", sa.Column("collected", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("submission", sa.Column("unmarked", sa.Text(), server_default=sa.text("''"), nullable=False))
    # What closed before stays as it is: nobody was told that it would be handed in by itself.
    op.execute(
        "UPDATE attempt SET ends_at = (SELECT closes_at FROM assignment WHERE assignment.id = attempt.assignment_id) "
        "WHERE returned_at IS NULL AND NOT EXISTS (SELECT 1 FROM submission WHERE submission.attempt_id = attempt.id)"
    )
    op.execute("UPDATE attempt SET sweep_at = ends_at WHERE ends_at > CURRENT_TIMESTAMP")
    sweepable = sa.text("sweep_at IS NOT NULL")
    op.create_index(
        op.f("ix_attempt_sweep_at"), "attempt", ["sweep_at"], sqlite_where=sweepable, postgresql_where=sweepable
    )


def _limit_assignments() -> None:
    minutes = sa.Column("minutes", sa.Integer(), nullable=True)
    positive = sa.CheckConstraint("minutes > 0", name=op.f("ck_assignment_minutes_are_positive"))
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("assignment", minutes)
        op.create_check_constraint(op.f("ck_assignment_minutes_are_positive"), "assignment", "minutes > 0")
        return
    rebuild_table(  # SQLite adds no constraint to a table that is there
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("exercise", sa.String(length=100), nullable=False),
        sa.Column("opens_at", app.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closes_at", app.db.UtcDateTime(timezone=True), nullable=True),
        minutes,
        sa.Column("released_at", app.db.UtcDateTime(timezone=True), nullable=True),
        positive,
        sa.ForeignKeyConstraint(["cohort_id"], ["cohort.id"], name=op.f("fk_assignment_cohort_id_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("cohort_id", "exercise", name=op.f("uq_assignment_cohort_id_exercise")),
    )
