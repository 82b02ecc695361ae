"""The application put together: the only file that knows every part."""

from __future__ import annotations

from dataclasses import asdict

from flask import Flask
from jinja2 import StrictUndefined

from app.accounts.admin_views import bp as admin_bp
from app.accounts.door_views import bp as doors_bp
from app.accounts.identity import recognise_people
from app.accounts.people_views import bp as people_bp
from app.accounts.profile_views import bp as profile_bp
from app.accounts.views import bp as accounts_bp
from app.assessment import (  # noqa: F401 -- they put their pages on the blueprint
    extra_views,
    member_views,
    table_views,
    together_views,
    views,
)
from app.assessment.beside import offer_beside
from app.assessment.blueprint import bp as assessment_bp
from app.assessment.company import company_beside
from app.catalogue.pages import keep_pages
from app.catalogue.views import bp as catalogue_bp
from app.certificates import design_views, verify_views  # noqa: F401 -- they and what they import put pages on it
from app.certificates.blueprint import bp as certificates_bp
from app.classroom import group_views  # noqa: F401 -- it puts its page on the blueprint
from app.classroom.views import bp as classroom_bp
from app.cli import register_commands
from app.cohorts.people_views import bp as enrolment_bp
from app.cohorts.views import bp as cohorts_bp
from app.db import Database
from app.fastdesk import views as fastdesk_views  # noqa: F401 -- puts its pages on the blueprint
from app.fastdesk import ways_views  # noqa: F401 -- likewise
from app.fastdesk.blueprint import bp as fastdesk_bp
from app.fleeting import FileBell, Fleeting, SharedBell
from app.gradebook import mark_views  # noqa: F401 -- puts its pages on the blueprint
from app.gradebook import views as gradebook_views  # noqa: F401 -- likewise
from app.gradebook.blueprint import bp as gradebook_bp
from app.guide.views import bp as guide_bp
from app.home import record_views  # noqa: F401 -- puts its pages on the blueprint
from app.home.views import bp as home_bp
from app.marking import views as marking_views  # noqa: F401 -- puts its pages on the blueprint
from app.marking.blueprint import bp as marking_bp
from app.outbox import ring_after_commits
from app.paperwork import copy_views, paper_views, returned_views  # noqa: F401 -- put their pages on the blueprint
from app.paperwork.blueprint import bp as paperwork_bp
from app.records import completion_views, desk_views, hours_views  # noqa: F401 -- they put their pages on the blueprint
from app.records.blueprint import bp as records_bp
from app.regrading import views as regrading_views  # noqa: F401 -- puts its pages on the blueprint
from app.regrading.blueprint import bp as regrading_bp
from app.reviewing import observer_views, round_views  # noqa: F401 -- they put their pages on the blueprint
from app.reviewing import views as reviewing_views  # noqa: F401 -- likewise
from app.reviewing.beside import reviews_beside
from app.reviewing.blueprint import bp as reviewing_bp
from app.statistics.views import bp as statistics_bp
from app.teamwork import discussion_views, live_views  # noqa: F401 -- they put their pages on the blueprint
from app.teamwork.blueprint import bp as teamwork_bp
from app.teamwork.discussion_showing import discussion_beside
from app.teamwork.live_showing import live_beside
from app.templating import quicken
from app.web.addresses import address_rows_in_templates
from app.web.assets import serve_assets
from app.web.errors import register_error_pages
from app.web.guards import guard_every_endpoint, refuse_endpoints_without_policy
from app.web.health import bp as health_bp
from app.web.json_bodies import StrictJSON
from app.web.language import speak_in_templates
from app.web.navigation import Way, offer_ways
from app.web.outbox_keys import offer_outbox_keys
from app.web.security import protect
from app.web.still import draw_still_parts_once
from app.web.transactions import TransactionalFlask, one_transaction_per_request
from app.web.trouble import refuse_uploads_without_room
from app.words import say
from config import Config, config_or_exit

WAYS = (
    Way("catalogue.courses", say("Courses"), say("Timetables, handbooks and worksheets of every course.")),
    Way("cohorts.cohorts", say("Cohorts"), say("Who takes which course when: dates, rooms, trainers and people.")),
    Way("marking.inbox", say("Marking"), say("What waits for your marks, over all your cohorts.")),
    Way("records.completion", say("Completion"), say("Who is through, who is not and why, by course and department.")),
    Way("records.hours", say("Training hours"), say("What people and departments attended in a year.")),
    Way("certificates.certificates", say("Certificates"), say("Issue, print, revoke, and how the paper looks.")),
    Way("people.people", say("People"), say("Accounts, roles and departments, and slips with a one-time code.")),
    Way("admin.admin", say("Admin"), say("The organisation's name and logo, its mail, its departments.")),
)


BLUEPRINTS = (
    health_bp,
    accounts_bp,
    doors_bp,
    profile_bp,
    people_bp,
    admin_bp,
    catalogue_bp,
    cohorts_bp,
    enrolment_bp,
    classroom_bp,
    assessment_bp,
    marking_bp,
    fastdesk_bp,
    paperwork_bp,
    records_bp,
    reviewing_bp,
    statistics_bp,
    gradebook_bp,
    regrading_bp,
    teamwork_bp,
    certificates_bp,
    home_bp,
    guide_bp,
)


def create_app(config: Config | None = None) -> TransactionalFlask:
    """The application; without a configuration, that of the environment. It opens no connection yet."""
    config = config or config_or_exit()
    app = TransactionalFlask("app", static_folder=None, template_folder="web", instance_path=str(config.INSTANCE_PATH))
    app.config.from_mapping(asdict(config))
    app.json = StrictJSON(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    quicken(app.jinja_env)
    _set_up_the_web(app, config)
    _join_other_nodes(app, config)
    keep_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_commands(app)
    refuse_endpoints_without_policy(app)
    return app


def _join_other_nodes(app: Flask, config: Config) -> None:
    """What may be lost is shared by Redis, where there is one; the worker hears by it of errands."""
    if config.REDIS_URL:
        app.extensions["fleeting"] = Fleeting(config.REDIS_URL)
        app.extensions["bell"] = SharedBell(app.extensions["fleeting"], "errands")
    else:
        app.extensions["bell"] = FileBell(config.INSTANCE_PATH / "errands")
    ring_after_commits(app.extensions["database"], app.extensions["bell"])


def _set_up_the_web(app: TransactionalFlask, config: Config) -> None:
    one_transaction_per_request(app, Database(config.DATABASE_URL))
    protect(app, public_url=config.PUBLIC_URL, proxies=config.PROXIES)
    guard_every_endpoint(app)
    refuse_uploads_without_room(app)
    recognise_people(app)
    speak_in_templates(app)
    address_rows_in_templates(app)
    offer_ways(app, WAYS)
    serve_assets(app)
    draw_still_parts_once(app)
    offer_outbox_keys(app)
    offer_beside(app, discussion_beside, live_beside, company_beside, reviews_beside)
    register_error_pages(app)
