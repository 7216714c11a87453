"""Saving the parts of an application."""

import io

import pytest
from sqlalchemy import select

from tests.factories.applications import (
    ANSWERS,
    BASELINE,
    PDF,
    fill_in,
    make_draft,
    make_owner,
    make_submitted,
)
from tests.factories.scheme import AT, make_business, make_round
from voucher.applications.operations.draft import save_section, start
from voucher.applications.operations.papers import add_evidence, remove_evidence
from voucher.applications.queries.drafts import evidence_of, whole_application
from voucher.applications.sections import sections_for, still_to_do
from voucher.businesses.models import HeadcountBand, LegalForm
from voucher.core.errors import Conflict, Invalid, NotFound
from voucher.files.models import StoredFile
from voucher.integrations.storage.store import ContentStore


def save(application, section, **values):
    return save_section(
        application=application,
        section=section,
        values=values,
        by=application.started_by_id,
        at=AT,
    )


def test_every_part_saved_is_every_part_done(session):
    made = fill_in(make_draft())
    assert still_to_do(LegalForm.COMPANY, made.sections_done) == ()
    assert made.business.postcode == "LS1 4AP"
    assert made.business.outcode == "LS1"
    assert made.business.local_authority == "Leeds"
    assert made.baseline == BASELINE
    assert made.declarations == [
        f"{code}:{made.round.terms.version}" for code in ("truth", "terms", "data_notice")
    ]


@pytest.mark.parametrize(
    ("section", "values", "field"),
    [
        ("form", {"legal_form": "pirate"}, "legal_form"),
        ("business", {**ANSWERS["business"], "company_number": "12"}, "company_number"),
        ("business", {**ANSWERS["business"], "company_number": ""}, "company_number"),
        ("business", {**ANSWERS["business"], "name": " "}, "name"),
        ("business", {**ANSWERS["business"], "trading_since_on": None}, "trading_since_on"),
        ("business", {**ANSWERS["business"], "sector": None}, "sector"),
        ("place", {**ANSWERS["place"], "postcode": "nowhere"}, "postcode"),
        ("place", {**ANSWERS["place"], "town": ""}, "town"),
        ("people", {"headcount": 12, "headcount_band": HeadcountBand.ONE}, "headcount_band"),
        ("people", {"headcount": 0, "headcount_band": HeadcountBand.ONE}, "headcount"),
        ("problem", {"problem_today": "  "}, "problem_today"),
        ("better", {"problem_better": "x" * 2_001}, "problem_better"),
        ("areas", {"outcome_areas": []}, "outcome_areas"),
        ("areas", {"outcome_areas": ["no-such-area"]}, "outcome_areas"),
        ("baseline", {**BASELINE, "confidence": 6}, "confidence"),
        ("baseline", {**BASELINE, "hours_lost_week": -1}, "hours_lost_week"),
        ("support", {}, "assistance_declared"),
        ("connections", {}, "connected_to_provider"),
        ("signatory", {"signatory_name": "A"}, "signatory_role"),
        ("signatory", ANSWERS["signatory"] | {"contact_phone": "phone"}, "contact_phone"),
        ("signatory", ANSWERS["signatory"] | {"contact_phone": ""}, "contact_phone"),
        ("declarations", {"truth": True, "terms": False, "data_notice": True}, "terms"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_at_its_field(session, section, values, field):
    made = make_draft()
    if section == "business":
        save(made, "form", legal_form=LegalForm.COMPANY)
    with pytest.raises(Invalid) as refused:
        save(made, section, **values)
    assert refused.value.field == field


def test_a_part_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        save(make_draft(), "evidence")
    with pytest.raises(NotFound):
        save(make_draft(), "nonsense")


def test_a_sent_application_can_not_be_written(session):
    sent = make_submitted()
    with pytest.raises(Conflict, match="no longer"):
        save(sent, "problem", problem_today="Something else")


def test_facts_that_are_being_decided_on_can_not_be_changed_by_another_draft(session):
    business = make_business()
    sent = make_submitted(business)
    other = start(round=make_round(), business=business, by=sent.started_by_id, at=AT)
    with pytest.raises(Conflict, match="being decided"):
        save(other, "place", **ANSWERS["place"])
    assert save(other, "problem", problem_today="Another problem").problem_today


def test_another_kind_of_organisation_must_say_again_who_it_is(session):
    made = fill_in(make_draft())
    made = save(made, "form", legal_form=LegalForm.SOLE_TRADER)
    assert "business" not in made.sections_done
    assert made.business.company_number is None
    assert {section.code for section in still_to_do(LegalForm.SOLE_TRADER, made.sections_done)} == {
        "business",
        "evidence",
    }


def test_a_company_is_not_asked_for_proof(session):
    assert "evidence" not in {section.code for section in sections_for(LegalForm.COMPANY)}
    assert "evidence" in {section.code for section in sections_for(LegalForm.CHARITY)}


def test_proof_is_done_while_there_is_a_file(session, tmp_path):
    made, store = make_draft(), ContentStore(tmp_path)
    by = made.started_by_id
    first = add_evidence(
        application=made, stream=io.BytesIO(PDF), name="a.pdf", store=store, by=by, at=AT
    )
    second = add_evidence(
        application=made, stream=io.BytesIO(PDF), name="b.pdf", store=store, by=by, at=AT
    )
    remove_evidence(application=made, reference=first.reference, by=by, at=AT)
    assert "evidence" in whole_application(made.id).sections_done
    assert [file.name for file in evidence_of(made)] == ["b.pdf"]
    remove_evidence(application=made, reference=second.reference, by=by, at=AT)
    assert "evidence" not in whole_application(made.id).sections_done
    kept = session.execute(select(StoredFile.removed_at)).scalars().all()
    assert kept == [AT, AT]
    with pytest.raises(NotFound):
        remove_evidence(application=made, reference=second.reference, by=by, at=AT)


def test_a_file_of_another_application_can_not_be_removed(session, tmp_path):
    made, store = make_draft(), ContentStore(tmp_path)
    other = make_draft()
    file = add_evidence(
        application=other,
        stream=io.BytesIO(PDF),
        name="a.pdf",
        store=store,
        by=other.started_by_id,
        at=AT,
    )
    owner = make_owner(made.business)
    with pytest.raises(NotFound):
        remove_evidence(application=made, reference=file.reference, by=owner.id, at=AT)
