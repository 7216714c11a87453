"""One case on one page, and each action on its own: who may, what is refused, what happens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.cases import (
    make_case,
    make_check,
    make_decision,
    make_match,
    make_officer,
    make_owner,
    make_refused,
    make_voucher,
)
from tests.factories.scheme import make_business, make_round
from tests.page import PageProblem, text_of, values_of
from tests.web.statements import counting
from voucher.accounts.roles import Role
from voucher.applications.models import (
    Appeal,
    Application,
    ApplicationStatus,
    CaseNote,
    CorrectionRequest,
    Decision,
    DecisionOutcome,
)
from voucher.applications.operations import assess
from voucher.applications.operations.appeal import appeal
from voucher.audit.models import AuditEvent
from voucher.businesses.models import Business
from voucher.core import clock
from voucher.core.db import session
from voucher.eligibility.models import CheckOutcome
from voucher.subsidy.models import SubsidyNotice
from voucher.subsidy.operations import Declaration, as_declared, declare, stand_behind
from voucher.subsidy.queries import declared_by
from voucher.subsidy.rules import AssistanceLabel, Relation

NASTY = ["", "   ", "x" * 5_000, "\x00", "\u202e"]


def signed_in(arrange, client, role):
    with arrange():
        person = make_officer(role)
        session.expunge(person)
    client.sign_in(person)
    return person


@pytest.fixture
def officer(arrange, client):
    return signed_in(arrange, client, Role.CASEWORKER)


@pytest.fixture
def approver(arrange, client):
    return signed_in(arrange, client, Role.APPROVER)


def arranged(arrange, **values):
    with arrange():
        return make_case(**values).reference


def read(app, model, **where):
    with app.app_context():
        rows = session.execute(select(model).filter_by(**where)).scalars().all()
        session.expunge_all()
    return rows


def status_of(app, reference):
    return read(app, Application, reference=reference)[0].status


def test_the_page_shows_facts_checks_differences_notes_and_record(client, officer, arrange):
    with arrange():
        case = make_case(check=None)
        business = session.get_one(Business, case.business_id)
        make_check(
            case,
            CheckOutcome.REFER,
            differences=[
                {
                    "kind": "postcode",
                    "declared": "LS1 4AP",
                    "registered": "M1 1AE",
                    "likeness": None,
                },
                {"kind": "name", "declared": "A", "registered": "B", "likeness": 42},
            ],
        )
        assess.add_note(application=case, words="Rang them.", by=officer.id, at=clock.now())
        reference, name, number = case.reference, business.name, business.company_number
    text = client.get(f"/staff/cases/{reference}").page.text
    for words in (
        name,
        number,
        "Bookings come by telephone",
        "A person must look",
        "M1 1AE",
        "42% alike",
        "Companies House shows no active company with this number.",
        "Rang them.",
        "Note added",
        "£100,000.00",
    ):
        assert words in text, words


def test_the_whole_page_costs_twelve_statements_however_much_there_is(
    app, client, officer, arrange
):
    with arrange():
        plain = make_case().reference
        voucher = make_voucher(make_round(), make_business(), at=clock.now())
        make_match(voucher)
        case = session.get_one(Application, voucher.application_id)
        for number in range(6):
            assess.add_note(
                application=case, words=f"Note {number}", by=make_officer().id, at=clock.now()
            )
            make_check(case)
            make_case(
                business=session.get_one(Business, case.business_id),
                status=ApplicationStatus.WITHDRAWN,
            )
        full = case.reference
    client.get(f"/staff/cases/{full}")
    with counting(app) as seen:
        assert client.get(f"/staff/cases/{plain}").status_code == 200
    with counting(app) as more:
        assert client.get(f"/staff/cases/{full}").status_code == 200
    assert len(seen) <= 12, seen
    assert len(more) <= 12, more


def test_drafts_and_unknown_references_are_not_found(client, officer, arrange):
    draft = arranged(arrange, status=ApplicationStatus.DRAFT)
    for reference in (draft, "APP-0000-ZZZZ", "nonsense", "%00", "🎟"):
        assert client.get(f"/staff/cases/{reference}").status_code == 404
        assert client.get(f"/staff/cases/{reference}/decide").status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE, Role.PROGRAMME_MANAGER])
def test_readers_see_no_actions_and_may_take_none(client, arrange, role):
    signed_in(arrange, client, role)
    reference = arranged(arrange)
    page = client.get(f"/staff/cases/{reference}").page
    assert "Ask for corrections" not in page.text
    assert "Decide by" in page.text
    for action in (
        "assign",
        "note",
        "hold",
        "release",
        "corrections",
        "decide",
        "second",
        "appeal",
    ):
        assert client.get(f"/staff/cases/{reference}/{action}").status_code == 403


@pytest.mark.parametrize("role", [Role.EVALUATOR])
def test_who_may_not_read_cases_sees_none(client, arrange, role):
    signed_in(arrange, client, role)
    reference = arranged(arrange)
    assert client.get(f"/staff/cases/{reference}").status_code == 403
    assert client.get("/staff/").status_code == 403


def test_businesses_see_no_page_of_the_staff(client, arrange):
    with arrange():
        case = make_case()
        reference = case.reference
        owner = make_owner(session.get_one(Business, case.business_id))
        session.expunge(owner)
    client.sign_in(owner)
    assert client.get("/staff/").status_code == 403
    assert client.get(f"/staff/cases/{reference}").status_code == 403


def test_taking_and_giving_a_case(app, client, officer, arrange):
    reference = arranged(arrange)
    with arrange():
        other = make_officer(full_name="Olive Other").id
    answer = client.submit(f"/staff/cases/{reference}", button="Take this case")
    assert "This case is yours." in answer.page.text
    assert read(app, Application, reference=reference)[0].assigned_to_id == officer.id
    client.submit(f"/staff/cases/{reference}/assign", {"officer_id": str(other)})
    assert read(app, Application, reference=reference)[0].assigned_to_id == other
    client.submit(f"/staff/cases/{reference}/assign", {"officer_id": ""})
    assert read(app, Application, reference=reference)[0].assigned_to_id is None


def test_giving_it_to_somebody_who_is_not_offered_is_refused_at_the_field(
    app, client, officer, arrange
):
    reference = arranged(arrange)
    answer = client.submit(f"/staff/cases/{reference}/assign", {"officer_id": "999999"})
    assert answer.status_code == 422
    assert answer.page.errors == ["Select one of the options."]


@pytest.mark.parametrize("words", NASTY)
def test_a_note_that_can_not_be_kept_says_so_at_the_field(app, client, officer, arrange, words):
    reference = arranged(arrange)
    answer = client.submit(f"/staff/cases/{reference}/note", {"words": words})
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert read(app, CaseNote) == []


def test_emoji_and_right_to_left_words_are_kept_as_typed(app, client, officer, arrange):
    reference = arranged(arrange)
    client.submit(f"/staff/cases/{reference}/note", {"words": "שלום 🧵 <b>"})
    assert read(app, CaseNote)[0].words == "שלום 🧵 <b>"


def test_hold_and_release(app, client, officer, arrange):
    reference = arranged(arrange)
    again = opened(client, f"/staff/cases/{reference}/hold")
    answer = client.submit(f"/staff/cases/{reference}/hold", {"reason": "Same account twice"})
    assert "On hold since" in answer.page.text
    assert "Same account twice" in answer.page.text
    assert again(reason="Again").status_code == 409
    answer = client.submit(f"/staff/cases/{reference}/release", {"note": "A branch"})
    assert "The case is no longer on hold." in answer.page.text
    assert read(app, Application, reference=reference)[0].held_at is None


def opened(client, path):
    """A form that was opened in time and is sent later, when things may have changed."""
    data = values_of(client.get(path).page.form())
    return lambda **values: client.post(path, data={**data, **values})


SENT = {
    "decide": {"outcome": "refuse", "refusal_reasons": ["too_large"]},
    "corrections": {"section_1": "problem", "words_1": "Say how many orders."},
    "second": {"verdict": "send_back", "note": "The postcode is not theirs"},
    "appeal": {"verdict": "dismiss", "answer": "The rules are clear"},
}


def make_ready_for(action):
    """A case that waits for `action`."""
    if action == "second":
        case = make_case(status=ApplicationStatus.PROPOSED)
        make_decision(case, needs_second=True, award_pence=150_000)
    elif action == "appeal":
        case, decision = make_refused()
        decision.decided_at = clock.now() - timedelta(days=1)
        appeal(application=case, grounds="We do", by=case.started_by_id, at=clock.now())
    else:
        case = make_case()
    return case


@pytest.mark.parametrize("action", SENT)
def test_a_held_case_says_so_instead_of_the_form_and_refuses_what_was_open_before(
    app, client, approver, arrange, action
):
    with arrange():
        case = make_ready_for(action)
    path, was = f"/staff/cases/{case.reference}/{action}", case.status
    if action in ("decide", "corrections"):
        with arrange():
            caseworker = make_officer()
            session.expunge(caseworker)
        client.sign_in(caseworker)
    send = opened(client, path)
    with arrange():
        stored = session.get_one(Application, case.id)
        assess.hold(application=stored, reason="Same account", by=make_officer().id, at=clock.now())
    shown = client.get(path).page
    assert "held" in shown.text
    assert "Release it first" in shown.text
    assert "Same account" in shown.text
    ways_out = ("A caseworker can release it.", "Release from hold")
    assert ways_out[action in ("decide", "corrections")] in shown.text
    with pytest.raises(PageProblem):
        shown.form()
    answer = send(**SENT[action])
    assert answer.status_code == 409
    assert "Release it first" in answer.page.text
    assert status_of(app, case.reference) is was
    page = client.get(f"/staff/cases/{case.reference}").page
    assert not {"Decide", "Agree or send back", "Ask for corrections", "Answer the appeal"} & {
        text_of(each) for each in page.elements("a")
    }
    assert "Until it is released, nothing is decided, sent back, answered" in page.text


@pytest.mark.parametrize("action", ["decide", "second"])
def test_what_is_decided_already_is_shown_instead_of_the_form(
    app, client, approver, arrange, action
):
    with arrange():
        case = make_case(status=ApplicationStatus.REFUSED)
        officer = make_officer(full_name="Olive Other")
        make_decision(case, DecisionOutcome.REFUSE, decided_by_id=officer.id)
        caseworker = make_officer()
        session.expunge(caseworker)
    if action == "decide":
        client.sign_in(caseworker)
    page = client.get(f"/staff/cases/{case.reference}/{action}").page
    assert "it is “Refused”" in page.text
    assert "Olive Other" in page.text
    with pytest.raises(PageProblem):
        page.form()
    assert page.link("Go to the case") == f"/staff/cases/{case.reference}"


def test_corrections_go_out_as_one_list(app, client, officer, arrange):
    reference = arranged(arrange)
    answer = client.submit(
        f"/staff/cases/{reference}/corrections",
        {
            "section_1": "problem",
            "words_1": "Say how many orders.",
            "section_3": "other",
            "words_3": "Send the lease.",
        },
    )
    assert "The list has been sent to the business." in answer.page.text
    assert status_of(app, reference) is ApplicationStatus.RETURNED
    assert read(app, CorrectionRequest)[0].items == [
        {"section": "problem", "words": "Say how many orders."},
        {"section": "other", "words": "Send the lease."},
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Say at least one thing that must be put right."),
        ({"words_2": "Do it"}, "Choose the part of the application."),
        ({"section_2": "problem"}, "Say what to do."),
        ({"section_1": "problem", "words_1": "x" * 501}, "characters or fewer"),
        ({"section_1": "problem", "words_1": "a\x00b"}, "can’t be used"),
    ],
)
def test_a_half_filled_list_is_refused_at_its_line_and_keeps_what_was_typed(
    app, client, officer, arrange, values, words
):
    reference = arranged(arrange)
    answer = client.submit(f"/staff/cases/{reference}/corrections", values)
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1
    assert words in answer.page.errors[0]
    for name, typed in values.items():
        if name.startswith("words") and "\x00" not in typed:
            assert typed in answer.page.html
    assert status_of(app, reference) is ApplicationStatus.SUBMITTED


def approve(client, reference, **values):
    chosen = {
        "outcome": "approve",
        "award_pence": "1,000",
        "approval_reasons": ["meets_rules"],
        "note": "",
    }
    return client.submit(f"/staff/cases/{reference}/decide", {**chosen, **values})


def test_an_approval_sends_the_notice(app, client, officer, arrange):
    reference = arranged(arrange)
    answer = approve(client, reference)
    assert "The decision has been made." in answer.page.text
    assert status_of(app, reference) is ApplicationStatus.APPROVED
    assert read(app, SubsidyNotice)[0].gross_pence == 100_000


@pytest.mark.parametrize(
    ("budget_pence", "words", "amount"),
    [
        (200_000, "", "1,000"),
        (150_000, "Award it, or less, or refuse", "500"),
        (100_000, "Nothing can be awarded now", ""),
    ],
)
def test_less_than_a_whole_voucher_left_is_said_and_offered(
    app, client, officer, arrange, budget_pence, words, amount
):
    with arrange():
        round_ = make_round(budget_pence=budget_pence, value_cap_pence=100_000)
        make_voucher(round_, award_pence=100_000)
        reference = make_case(round_).reference
    page = client.get(f"/staff/cases/{reference}/decide").page
    assert values_of(page.form("Make the decision"))["award_pence"] == [amount]
    assert words in page.text
    assert bool(words) == ("less than a whole voucher" in page.text or not amount)
    if words:
        refused = approve(client, reference, award_pence="1,000")
        assert (refused.status_code, len(refused.page.errors)) == (422, 1)
    if amount:
        approve(client, reference, award_pence=amount)
        assert read(app, SubsidyNotice)[-1].gross_pence == 100 * int(amount.replace(",", ""))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("", "Enter the voucher’s maximum."),
        ("-1", "less than nothing"),
        ("0", "0.01 or more"),
        ("1,000.005", "two figures"),
        ("2000.01", "The most that this round awards is £2,000.00."),
        ("1000000000000", "or less"),
        ("a lot", "like 1,000"),
        ("£1\u202e000", "can’t be used"),
    ],
)
def test_an_amount_that_can_not_be_is_refused_at_its_field(
    app, client, officer, arrange, amount, words
):
    reference = arranged(arrange)
    answer = approve(client, reference, award_pence=amount, note="Kept")
    assert answer.status_code == 422
    assert len(answer.page.errors) == 1, answer.page.errors
    assert words in answer.page.errors[0]
    assert "Kept" in answer.page.html
    assert status_of(app, reference) is ApplicationStatus.SUBMITTED


def test_without_a_choice_or_a_reason_nothing_is_decided(app, client, officer, arrange):
    reference = arranged(arrange)
    answer = client.submit(f"/staff/cases/{reference}/decide", {"outcome": []})
    assert "Select whether to approve or refuse." in answer.page.errors
    answer = approve(client, reference, approval_reasons=[])
    assert answer.page.errors == ["Select at least one reason."]
    assert read(app, Decision) == []


def test_a_refusal_keeps_the_reasons_of_its_own_list_only(app, client, officer, arrange):
    reference = arranged(arrange)
    client.submit(
        f"/staff/cases/{reference}/decide",
        {
            "outcome": "refuse",
            "approval_reasons": ["meets_rules"],
            "refusal_reasons": ["too_large", "no_authority"],
        },
    )
    assert read(app, Decision)[0].reasons == ["too_large", "no_authority"]
    assert read(app, Decision)[0].award_pence is None


def test_the_page_says_what_stands_in_the_way_of_an_approval(client, officer, arrange):
    reference = arranged(arrange, check=CheckOutcome.PENDING)
    page = client.get(f"/staff/cases/{reference}/decide").page
    assert "still waits for an outside register" in page.text
    assert approve(client, reference).status_code == 409


def test_two_officers_and_the_second_cannot_be_the_first(app, client, approver, arrange, clients):
    with arrange():
        first = make_officer()
        case = make_case()
        reference = case.reference
        session.expunge(first)
    caseworker = clients()
    caseworker.sign_in(first)
    approve(caseworker, reference, award_pence="1,500")
    assert status_of(app, reference) is ApplicationStatus.PROPOSED
    assert caseworker.get(f"/staff/cases/{reference}/second").status_code == 403
    answer = client.submit(f"/staff/cases/{reference}/second", {"verdict": "send_back"})
    assert answer.status_code == 422
    assert answer.page.errors == ["Say why you send it back."]
    client.submit(f"/staff/cases/{reference}/second", {"verdict": "agree"})
    assert status_of(app, reference) is ApplicationStatus.APPROVED


def test_ones_own_proposal_shows_no_button_and_is_refused_by_the_address(
    app, client, approver, arrange
):
    with arrange():
        case = make_case(status=ApplicationStatus.PROPOSED)
        make_decision(case, decided_by_id=approver.id, needs_second=True, award_pence=150_000)
        reference = case.reference
    assert "Agree or send back" not in client.get(f"/staff/cases/{reference}").page.text
    answer = client.submit(f"/staff/cases/{reference}/second", {"verdict": "agree"})
    assert answer.status_code == 403
    assert "You made this decision" in answer.page.text
    assert status_of(app, reference) is ApplicationStatus.PROPOSED


def test_an_appeal_is_answered_by_somebody_else(app, client, approver, arrange):
    with arrange():
        case, decision = make_refused()
        decision.decided_at = clock.now() - timedelta(days=1)
        appeal(
            application=case,
            grounds="We have six people.",
            by=case.started_by_id,
            at=clock.now(),
        )
        reference = case.reference
    assert "Answer the appeal" in client.get(f"/staff/cases/{reference}").page.text
    answer = client.submit(
        f"/staff/cases/{reference}/appeal", {"verdict": "uphold", "answer": "You have."}
    )
    assert "The appeal has been answered." in answer.page.text
    assert status_of(app, reference) is ApplicationStatus.SUBMITTED
    assert read(app, Appeal)[0].upheld is True
    assert client.get(f"/staff/cases/{reference}/appeal").status_code == 404


def test_an_appeal_on_ones_own_decision_is_refused(app, client, approver, arrange):
    with arrange():
        case = make_case(status=ApplicationStatus.REFUSED)
        make_decision(
            case, DecisionOutcome.REFUSE, decided_by_id=approver.id, decided_at=clock.now()
        )
        appeal(application=case, grounds="Wrong", by=case.started_by_id, at=clock.now())
        reference = case.reference
    assert "Answer the appeal" not in client.get(f"/staff/cases/{reference}").page.text
    answer = client.submit(
        f"/staff/cases/{reference}/appeal", {"verdict": "dismiss", "answer": "No."}
    )
    assert answer.status_code == 403
    assert read(app, Appeal)[0].answered_at is None


def test_two_officers_deciding_at_once_the_second_is_told(app, client, officer, arrange):
    reference = arranged(arrange)
    send = opened(client, f"/staff/cases/{reference}/decide")
    approve(client, reference)
    answer = send(outcome="refuse", refusal_reasons=["too_large"])
    assert answer.status_code == 409
    assert "This can’t be decided now: it is “Approved, notice sent”." in answer.page.text
    assert "Approve, up to £1,000.00" in answer.page.text
    assert len(read(app, Decision)) == 1


def test_two_people_answering_one_proposal_the_second_is_told(app, client, approver, arrange):
    with arrange():
        reference = make_ready_for("second").reference
    path = f"/staff/cases/{reference}/second"
    send = opened(client, path)
    client.submit(path, {"verdict": "agree"})
    answer = send(**SENT["second"])
    assert answer.status_code == 409
    assert "Second person: agreed" in answer.page.text
    assert status_of(app, reference) is ApplicationStatus.APPROVED


def test_a_refused_request_leaves_no_trace(app, client, officer, arrange):
    reference = arranged(arrange)
    before = len(read(app, AuditEvent))
    approve(client, reference, award_pence="2,000.01")
    assert len(read(app, AuditEvent)) == before


def test_support_is_shown_line_by_line(client, officer, arrange):
    with arrange():
        voucher = make_voucher(at=clock.now())
        reference = session.get_one(Application, voucher.application_id).reference
    text = client.get(f"/staff/cases/{reference}/support").page.text
    assert "£1,000.00" in text
    assert "counted" in text
    empty = arranged(arrange)
    assert "No earlier support" in client.get(f"/staff/cases/{empty}/support").page.text


def test_the_support_of_the_whole_group_is_shown_and_who_told_of_it(client, officer, arrange):
    with arrange():
        case = make_case()
        business = session.get_one(Business, case.business_id)
        twin = make_business(company_number=business.company_number, name="Twin Fictional")
        for entry, giver in ((business, "A council"), (twin, "a  Council"), (twin, "Growth Hub")):
            given = Declaration(
                label=AssistanceLabel.MFA,
                amount_pence=120_000,
                given_on=clock.today() - timedelta(days=40),
                given_by=giver,
                recipient=entry.name,
                relation=Relation.SELF,
            )
            kept = [as_declared(row) for row in declared_by(entry.id)]
            declare(business=entry, records=[*kept, given], by=officer.id, at=clock.now())
            stand_behind(business_id=entry.id, at=clock.now())
    text = client.get(f"/staff/cases/{case.reference}/support").page.text
    assert "£2,400.00" in text
    assert f"1 other entry with the same number or named as a group member ({twin.name}" in text
    assert "the same support is in this list already" in text


def test_related_applications_are_named(client, officer, arrange):
    with arrange():
        case = make_case()
        business = session.get_one(Business, case.business_id)
        same = make_case(business=business, status=ApplicationStatus.WITHDRAWN).reference
        twin = make_business(company_number=business.company_number, name="Twin Fictional")
        other = make_case(business=twin).reference
        stranger = make_case().reference
        hidden = make_case(business=twin, status=ApplicationStatus.DRAFT).reference
        reference = case.reference
    text = client.get(f"/staff/cases/{reference}").page.text
    assert same in text
    assert other in text
    assert "Twin Fictional" in text
    assert stranger not in text
    assert hidden not in text


def test_a_case_is_checked_again_by_a_button(app, client, officer, arrange):
    reference = arranged(arrange, check=CheckOutcome.REFUSED)
    answer = client.submit(f"/staff/cases/{reference}", button="Check again")
    assert "It has been checked again." in answer.page.text
    assert "1 earlier check" in answer.page.text
    refused = arranged(arrange, status=ApplicationStatus.REFUSED)
    buttons = client.get(f"/staff/cases/{refused}").page.elements("button")
    assert "Check again" not in [each.text for each in buttons]
