"""Syntheses: which reports they are made of, asked for, built by the worker, as a document."""

import json
from datetime import timedelta

import pypdf
import pytest
from sqlalchemy import select

from tests.documents import check_pdf, text_of
from tests.factories.published import make_report, publish
from tests.factories.scheme import AT, make_round
from tests.together import at_once
from tests.unit.evaluation.synthesis.rounds import a_round, outcome
from voucher.audit.models import AuditEvent
from voucher.cli.rendering import render
from voucher.core.errors import NotFound
from voucher.evaluation.models import ReportStatus, Synthesis
from voucher.evaluation.synthesis.document import build_synthesis
from voucher.evaluation.synthesis.jobs import LONGEST_BUILD, build_syntheses
from voucher.evaluation.synthesis.operations import ask_synthesis
from voucher.evaluation.synthesis.queries import (
    rounds_found,
    syntheses,
    synthesis_by_reference,
    synthesis_under_way,
)
from voucher.integrations.storage.store import ContentStore


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "files")


def estimates(rounds):
    return {
        each.reference: [o["itt"]["estimate"] for o in each.findings["outcomes"]] for each in rounds
    }


def test_the_newest_published_version_counts_and_nothing_unpublished(session):
    drawn, other = make_round(), make_round()
    old = make_report(drawn, outcome(0.1))
    new = make_report(drawn, outcome(0.2))
    first = publish(old)
    publish(new, supersedes=first)
    make_report(drawn, outcome(0.9))
    make_report(other, outcome(0.4))
    found = rounds_found()
    assert estimates(found) == {drawn.reference: [0.2]}
    assert found[0].report == new.reference


def test_only_what_was_there_by_the_moment_counts(session):
    round_ = make_round()
    first = publish(make_report(round_, outcome(0.1)))
    later = AT + timedelta(days=5)
    publish(make_report(round_, outcome(0.2), at=later), at=later, supersedes=first)
    assert estimates(rounds_found(up_to=AT)) == {round_.reference: [0.1]}
    assert rounds_found(up_to=AT - timedelta(days=1)) == []


def test_a_round_without_a_comparison_tells_what_its_report_tells(session):
    round_ = make_round()
    report = make_report(round_, descriptive=True)
    report.figures = {
        "kind": "descriptive",
        "flow": {"counts": {"sent": 40}},
        "areas": {"sent": [{"code": "stock-and-supply", "count": 9}]},
        "providers": [{"code": "Companies", "count": None}],
    }
    publish(report)
    (found,) = rounds_found()
    assert not found.is_randomised
    assert found.findings["outcomes"] == []
    assert found.settings["value_cap_pence"] == round_.value_cap_pence
    assert found.settings["sent"] == 40
    assert list(found.settings["areas"].values()) == [9]
    assert found.settings["providers"] == {"Companies": None}


def test_one_is_asked_for_built_and_kept(session, store):
    for estimate in (0.1, 0.2, 0.3):
        publish(make_report(make_round(), outcome(estimate)))
    make_report(make_round(), outcome(0.9))
    asked = ask_synthesis(by=None, at=AT)
    assert ask_synthesis(by=None, at=AT).id == asked.id
    assert asked.standing is ReportStatus.QUEUED
    session.commit()
    assert build_syntheses(store, render, AT) == 1
    assert build_syntheses(store, render, AT) == 0
    session.expire_all()
    built = session.get(Synthesis, asked.id)
    assert built.standing is ReportStatus.READY
    assert built.figures["outcomes"][0]["effects"]["itt"]["pooled"]["trials"] == 3
    assert synthesis_under_way() is None
    assert synthesis_by_reference(built.reference).id == built.id
    assert [row.Synthesis.id for row in syntheses(1).rows] == [built.id]
    actions = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.action.like("synthesis%"))
        .order_by(AuditEvent.id)
    ).all()
    assert actions == ["synthesis.asked", "synthesis.built"]


def test_a_defect_is_told_in_plain_words(session, store):
    asked = ask_synthesis(by=None, at=AT)
    session.commit()

    def broken(_template, _context):
        raise ZeroDivisionError("secret detail")

    assert build_syntheses(store, broken, AT) == 0
    session.expire_all()
    failed = session.get(Synthesis, asked.id)
    assert failed.standing is ReportStatus.FAILED
    assert "secret" not in failed.failure
    assert ask_synthesis(by=None, at=AT).id != asked.id


def test_one_left_behind_is_taken_again_and_one_stopped_is_put_back(session, store):
    number = ask_synthesis(by=None, at=AT).id
    session.commit()

    def stopped(_template, _context):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_syntheses(store, stopped, AT)
    again = session.get(Synthesis, number)
    assert again.standing is ReportStatus.QUEUED
    again.started_at = AT
    assert again.standing is ReportStatus.BUILDING
    session.commit()
    assert build_syntheses(store, render, AT + LONGEST_BUILD) == 0
    assert build_syntheses(store, render, AT + LONGEST_BUILD + timedelta(seconds=1)) == 1


def test_an_unknown_reference_is_not_found(session):
    with pytest.raises(NotFound):
        synthesis_by_reference("RPT-0000-0000")


@pytest.mark.slow
@pytest.mark.parametrize("many", [0, 1, 2, 3])
def test_the_document_is_one_people_can_read(session, tmp_path, many):
    rounds = [a_round(1, randomised=False)]
    rounds += [a_round(n + 1, outcome(0.1 * n, 0.04)) for n in range(1, many + 1)]
    built = build_synthesis(rounds, data_cut_at=AT, render=render)
    assert built.document == build_synthesis(rounds, data_cut_at=AT, render=render).document
    check_pdf(built.document, tmp_path / "synthesis.pdf")
    text = text_of(built.document)
    wanted = {
        0: "no effects to put together",
        1: "nothing is put together",
        2: "If both had the same effect",
        3: "Average",
    }[many]
    assert wanted in text
    assert wanted in built.page
    reader = pypdf.PdfReader(tmp_path / "synthesis.pdf")
    assert json.loads(reader.attachments["figures.json"][0]) == built.figures


def words_of(rounds):
    """The web page of their synthesis."""
    return build_synthesis(rounds, data_cut_at=AT, render=render).page


@pytest.mark.slow
def test_the_document_says_once_what_holds_for_all_its_parts(session):
    hours = {"code": "hours", "role": "secondary", "is_share": False}
    rounds = [a_round(n, outcome(0.1, 0.3), outcome(-1.0, **hours)) for n in (1, 2)]
    page = words_of([*rounds, a_round(3, randomised=False)])
    for said_once in (
        "no verdict is drawn from them together",
        "The last line of a table of two rounds",
        "No interval is shown further than 100 percentage points",
        "Rounds without a comparison have no effect",
        "Round 1: We can’t tell whether the offer changed this: the data fit anything from 49.2",
    ):
        assert page.count(said_once) == 1, said_once
    assert "Left out:" not in page
    three = words_of([a_round(n, outcome(n / 10), outcome(-1.0, **hours)) for n in (1, 2, 3)])
    assert three.count("I² is the part of the differences") == 1
    assert "No interval is shown further" not in three


def test_the_command_writes_the_document(app, tmp_path):
    with app.app_context():
        from voucher.core.db import transaction

        with transaction():
            publish(make_report(make_round(), outcome(0.1)))
    out = tmp_path / "out.pdf"
    run = app.test_cli_runner().invoke(args=["voucher", "synthesis", "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "What works: synthesis" in run.output
    assert out.read_bytes().startswith(b"%PDF")


def test_of_two_who_ask_at_once_both_have_the_one(session, app):
    make_round()
    session.commit()

    def ask():
        return ask_synthesis(by=None, at=AT).id

    assert len(set(at_once(app, ask, ask))) == 1
    assert session.scalars(select(Synthesis)).one()
