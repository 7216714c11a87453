"""The checks before paying, asked of one claim: while it waits, at approval, at sending."""

from collections.abc import Sequence
from datetime import datetime

from voucher.applications.models import Application
from voucher.applications.queries.drafts import proof_handed_in
from voucher.claims.models import Claim
from voucher.claims.queries.likes import claims_compared, work_of
from voucher.core.db import session
from voucher.screening.matching import hit_key, hits
from voucher.screening.models import Gate, Outcome, Stage
from voucher.screening.operations.checks import keep_findings
from voucher.screening.parties import (
    business_party,
    paid_to_the_same,
    people_behind,
    provider_party,
    sides_of,
    subjects_of,
)
from voucher.screening.queries import cleared_before, index_of, newest_list
from voucher.screening.rules import (
    Finding,
    Party,
    company_live,
    duplicate,
    links,
    payee_name,
    register_is_silent,
    sanctions,
    split,
    worst,
)


def findings_on(claim: Claim, at: datetime) -> tuple[Finding, ...]:
    """Every check of the claim as things are now. Reads only; the caller holds the claim's lock."""
    proved = proof_handed_in(claim.application_id)
    sides = sides_of(claim.business_id, claim.provider_id, proof_handed_in=proved)
    buyer, seller = business_party(sides), provider_party(sides)
    same_bank = paid_to_the_same(sides.account)
    work = work_of(claim)
    mine, others = claims_compared(claim, work, list(same_bank))
    return (
        company_live((buyer, seller), at),
        payee_name(seller, sides.account.holder_name if sides.account else None),
        _sanctions(buyer, seller, people_behind(sides), at),
        links(buyer, seller, set(same_bank.values())),
        duplicate(mine, others),
        split(mine, others, work.threshold_pence),
    )


def _sanctions(business: Party, provider: Party, people: tuple[str, ...], at: datetime) -> Finding:
    subjects = [*subjects_of(business, people=people), *subjects_of(provider)]
    looked_up = [f"{subject.name} ({subject.part})" for subject in subjects]
    waiting = any(register_is_silent(party, at) for party in (business, provider))
    newest = newest_list()
    if newest is None:
        return sanctions((), looked_up, None, waiting=waiting)
    words = f"of {newest.published_on.isoformat()}, {newest.sha256[:12]}"
    found = hits(subjects, index_of(newest))
    answered = cleared_before([hit_key(hit) for hit in found])
    return sanctions(found, looked_up, words, waiting=waiting, answered=answered)


def screen(*, claim: Claim, stage: Stage, by: int | None, at: datetime) -> Sequence[Finding]:
    """Check the claim, keep what is new of it, and give what stands in the way of paying.

    Before: the caller holds the claim's lock. After: a doubt waits for an officer's answer; the
    rows stand or fall with the caller's transaction.
    """
    found = findings_on(claim, at)
    stands = keep_findings(
        claim=claim, case=case_of(claim), findings=found, stage=stage, by=by, at=at
    )
    return [finding for finding in stands if not _is_asked_later(finding, stage)]


def _is_asked_later(finding: Finding, stage: Stage) -> bool:
    """A provider that has no account yet may be approved for; without one nothing is sent."""
    unknown_payee = finding.gate is Gate.PAYEE and finding.outcome is Outcome.PENDING
    return unknown_payee and stage is Stage.APPROVAL


def obstacle(found: Sequence[Finding]) -> str | None:
    """What stands in the way, in one sentence, or None."""
    if not found:
        return None
    ahead = {
        Outcome.REFUSE: "A check before paying says no",
        Outcome.REFER: "An officer has to look first",
        Outcome.PENDING: "A check before paying waits for an answer",
    }[worst(found)]
    reasons = [reason for finding in found for reason in finding.reasons]
    return f"{ahead}: {reasons[0]}" + (f" (and {len(reasons) - 1} more)" if reasons[1:] else "")


def case_of(claim: Claim) -> str:
    """The reference of the claim's application, under which events are filed."""
    return session.get_one(Application, claim.application_id).reference
