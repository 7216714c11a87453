"""Learning from the database: the numbers of a programme, and what the worker keeps."""

from datetime import timedelta

import pytest

from tests.factories.published import make_report, publish
from tests.factories.scheme import (
    AT,
    make_member,
    make_programme,
    make_round,
    next_number,
    reference,
    stored,
)
from tests.unit.evaluation.synthesis.rounds import outcome
from voucher.accounts.roles import Role
from voucher.cli.rendering import render
from voucher.core.db import transaction
from voucher.evaluation.learning.queries import latest_learning, under_way
from voucher.evaluation.synthesis.jobs import ask_after_reports, build_syntheses
from voucher.integrations.storage.store import ContentStore
from voucher.programmes.plans.models import AnalysisPlan


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "files")


def test_a_published_report_leads_to_a_synthesis_and_what_was_learned(app, store):
    with app.app_context():
        assert ask_after_reports(AT) == 0
        with transaction():
            programme = make_programme(slug="northern", name="Northern")
            make_report(make_round(programme), descriptive=True)
            make_report(make_round(make_programme(slug="coast")), outcome(0.2))
        assert ask_after_reports(AT) == 0
        with transaction():
            publish(make_report(make_round(programme), outcome(0.1)))
        at = AT + timedelta(minutes=1)
        assert ask_after_reports(at) == 1
        assert ask_after_reports(at) == 0
        assert latest_learning() == ({}, None)
        assert build_syntheses(store, render, at) == 1
        known, synthesis = latest_learning()
        assert synthesis.data_cut_at == at
        assert list(known) == ["northern"]
        assert (known["northern"]["rounds"], known["northern"]["drawn"]) == (1, 1)


def test_what_was_kept_in_an_older_shape_is_not_read_and_made_anew(app, store):
    with app.app_context():
        with transaction():
            publish(make_report(make_round(), outcome(0.1)))
        ask_after_reports(AT + timedelta(minutes=1))
        build_syntheses(store, render, AT + timedelta(minutes=1))
        with transaction():
            _, synthesis = latest_learning()
            synthesis.figures = {**synthesis.figures, "learning": {"all": {}, "published": {}}}
        assert latest_learning() == ({}, None)
        assert ask_after_reports(AT + timedelta(minutes=2)) == 1


def test_a_planned_trial_is_under_way_until_it_reports(session):
    programme = make_programme(slug="northern")
    compared, alone = make_round(programme), make_round(programme)
    for round_, comparison in ((compared, ["later"]), (alone, [])):
        content = {"comparison": comparison, "subgroups": ["area"]}
        stored(
            AnalysisPlan(
                reference=reference("PLN", next_number()),
                round_id=round_.id,
                content=content,
                figures={},
                sha256="0" * 64,
                locked_at=AT,
                locked_by_id=make_member(Role.EVALUATOR).id,
            )
        )
    (found,) = under_way("northern", [])
    assert (found.round, found.subgroups) == (compared.name, ("area",))
    assert under_way("northern", [compared.reference]) == []
    assert under_way("coast", []) == []
