"""What officers found of a sanctions hit counts for later claims, and for nothing else."""

import pytest
from sqlalchemy import select

from tests.domain.screening.test_gates import list_director, reviewed, say
from tests.factories.cases import make_officer
from tests.factories.payments import make_confirmed_claim
from tests.factories.scheme import AT, make_provider
from tests.factories.screening import uk_file, uk_line
from voucher.accounts.roles import Role
from voucher.claims.operations.doubts import kept_from
from voucher.claims.queries.screening import referred
from voucher.screening.list_file import read_list
from voucher.screening.models import Gate, Outcome, Referral, ReferralStatus
from voucher.screening.operations.lists import import_list
from voucher.screening.queries import latest_checks, party_record

NAMED = "EXAMPLOV, Pyotr"


def take_in(*lines, day):
    content = read_list(uk_file(*lines, day=day))
    import_list(content=content, file_name="list.csv", by=None, at=AT)


def direct(claim, name=NAMED, born="1960-02", party="provider"):
    """Make somebody a director of one of the claim's parties."""
    record = party_record(party, getattr(claim, f"{party}_id"))
    record.officers = [{"name": name, "role": "director", "born": born}]


def doubts(session, claim):
    query = select(Referral).where(Referral.claim_id == claim.id).order_by(Referral.id)
    return session.execute(query).scalars().all()


@pytest.fixture
def provider(session):
    """A provider whose director is like a listed person, and two officers said that he is not."""
    provider = make_provider()
    claim = make_confirmed_claim(provider=provider)
    direct(claim)
    take_in(uk_line("RUS9001", "Examplov", "Pyotr"), day="02-Jun-2026")
    reviewed(claim)
    for _ in range(2):
        say(claim, doubts(session, claim)[0])
    return provider


def test_the_same_name_and_entry_are_not_asked_again_and_the_check_says_why(session, provider):
    later = make_confirmed_claim(provider=provider)
    assert reviewed(later)[Gate.SANCTIONS] is Outcome.PASS
    check = latest_checks(later.id)[Gate.SANCTIONS]
    assert "two officers have found that it is somebody else" in check.reasons[0]
    (answered,) = check.inputs["answered"]
    cleared = session.get(Referral, answered["doubt"])
    assert (cleared.status, cleared.note) == (ReferralStatus.CLEARED, "Looked at it.")
    assert doubts(session, later) == []


def test_a_newer_list_with_the_same_entry_does_not_ask_again(session, provider):
    take_in(uk_line("RUS9001", "Examplov", "Pyotr"), uk_line("RUS9002", "Else"), day="09-Jun-2026")
    assert reviewed(make_confirmed_claim(provider=provider))[Gate.SANCTIONS] is Outcome.PASS


def test_a_new_entry_asks_about_itself_alone(session, provider):
    entries = [uk_line(number, "Examplov", "Pyotr") for number in ("RUS9001", "RUS9009")]
    take_in(*entries, day="09-Jun-2026")
    later = make_confirmed_claim(provider=provider)
    assert reviewed(later)[Gate.SANCTIONS] is Outcome.REFER
    (doubt,) = doubts(session, later)
    assert [hit["group_id"] for hit in doubt.inputs["hits"]] == ["RUS9009"]


@pytest.mark.parametrize(
    ("name", "born"), [("EXAMPLOV, Pyotr Ivanovich", "1960-02"), (NAMED, "1971-05"), (NAMED, None)]
)
def test_another_person_of_that_name_is_asked_about(session, provider, name, born):
    later = make_confirmed_claim(provider=provider)
    direct(later, name, born)
    assert reviewed(later)[Gate.SANCTIONS] is Outcome.REFER


def test_the_same_name_at_another_party_is_asked_about(session, provider):
    elsewhere = make_confirmed_claim()
    direct(elsewhere)
    assert reviewed(elsewhere)[Gate.SANCTIONS] is Outcome.REFER
    customer = make_confirmed_claim(provider=provider)
    direct(customer, party="business")
    assert reviewed(customer)[Gate.SANCTIONS] is Outcome.REFER


def test_one_officer_alone_settles_nothing_and_a_refusal_is_asked_again(session):
    provider = make_provider()
    claim = make_confirmed_claim(provider=provider)
    list_director(claim)
    reviewed(claim)
    say(claim, doubts(session, claim)[0])
    second = make_confirmed_claim(provider=provider)
    assert reviewed(second)[Gate.SANCTIONS] is Outcome.REFER
    say(claim, doubts(session, claim)[0])
    say(second, doubts(session, second)[0], clears=False)
    assert reviewed(make_confirmed_claim(provider=provider))[Gate.SANCTIONS] is Outcome.REFER


def test_a_doubt_that_became_moot_waits_for_nobody(session):
    claim = make_confirmed_claim()
    direct(claim)
    take_in(uk_line("RUS9001", "Examplov", "Pyotr"), day="02-Jun-2026")
    reviewed(claim)
    assert len(referred(1).rows) == 1
    take_in(uk_line("RUS9001", "Somebody", "Else"), day="09-Jun-2026")
    reviewed(claim)
    assert referred(1).rows == []


@pytest.mark.parametrize(
    ("listed", "officer"),
    [
        (uk_line("RUS9001", "Sampleton", "Peter", alias="Alias"), "SAMPLETON, Peter John"),
        (uk_line("RUS9001", "X", script="Пётр Примеров"), "ПРИМЕРОВ, Петр"),
        (uk_line("RUS9001", "Prymerovskyi", "Oleksandr"), "PRYMEROVSKY, Olexandr"),
        (uk_line("RUS9001", "AL-FICTIONAL", "Muhammad"), "AL FICTIONAL, Mohammad"),
        (uk_line("RUS9001", "Żółtowski", "Łukasz"), "ZOLTOWSKI, Lukasz"),
        (uk_line("RUS9001", "Tutor", "The", alias="Alias", strength="Low quality"), "TUTOR, The"),
        (uk_line("RUS9001", "Examplov", "Pyotr", births="dd/mm/1960"), NAMED),
        (uk_line("RUS9001", "Examplov", "Pyotr", births="00/00/1961"), NAMED),
    ],
)
def test_an_officer_is_found_by_alias_script_and_spelling(session, listed, officer):
    claim = make_confirmed_claim()
    direct(claim, officer)
    take_in(listed, day="02-Jun-2026")
    assert reviewed(claim)[Gate.SANCTIONS] is Outcome.REFER


@pytest.mark.parametrize(
    ("listed", "officer"),
    [
        (uk_line("RUS9001", "Examplov", "Pyotr", kind="Entity"), NAMED),
        (uk_line("RUS9001", "Examplov", "Pyotr", births="01/02/1985"), NAMED),
        (uk_line("RUS9001", "Pyotr", alias="Alias", strength="Low quality"), NAMED),
        (uk_line("RUS9001", "Examplova", "Anna"), NAMED),
    ],
)
def test_an_officer_who_is_somebody_else_is_not(session, listed, officer):
    claim = make_confirmed_claim()
    direct(claim, officer)
    take_in(listed, day="02-Jun-2026")
    assert reviewed(claim)[Gate.SANCTIONS] is Outcome.PASS


def test_a_corporate_officer_is_looked_up_as_an_organisation(session):
    claim = make_confirmed_claim()
    record = party_record("provider", claim.provider_id)
    name = {"name": "FICTIONAL OUTLAW HOLDINGS LIMITED", "role": "corporate-director", "born": None}
    record.officers = [name]
    take_in(uk_line("RUS9001", "Fictional Outlaw Holdings", kind="Entity"), day="02-Jun-2026")
    assert reviewed(claim)[Gate.SANCTIONS] is Outcome.REFER


def test_who_may_not_answer_is_told_why(session):
    claim = make_confirmed_claim()
    direct(claim)
    take_in(uk_line("RUS9001", "Examplov", "Pyotr"), day="02-Jun-2026")
    reviewed(claim)
    (doubt,) = doubts(session, claim)
    first = make_officer(Role.FINANCE).id
    assert kept_from(claim=claim, referral=doubt, by=first) is None
    say(claim, doubt, by=first)
    assert "second person" in kept_from(claim=claim, referral=doubt, by=first)
    assert kept_from(claim=claim, referral=doubt, by=make_officer(Role.FINANCE).id) is None
    assert kept_from(claim=claim, referral=doubt, by=claim.submitted_by_id)
