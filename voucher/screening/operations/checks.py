"""Keeping what the checks of a claim came to, and asking a person where there is a doubt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from voucher.audit.operations import record
from voucher.core.db import session
from voucher.core.status import opened
from voucher.screening.models import (
    Outcome,
    Referral,
    ReferralStatus,
    ScreeningCheck,
    Stage,
)
from voucher.screening.queries import latest_matters, referrals_of
from voucher.screening.rules import Finding


def keep_findings(
    *,
    claim: Any,
    case: str,
    findings: Sequence[Finding],
    stage: Stage,
    by: int | None,
    at: datetime,
) -> list[Finding]:
    """Keep every finding that differs from the last one kept, or was made at another stage.

    `claim` is a stored row, locked by the caller; `case` the reference it is filed under. A doubt
    opens a referral, once for each matter. The findings that still stand in the way (`standing`).
    """
    known, referrals = latest_matters(claim.id), referrals_of(claim.id)
    asked = {(referral.gate, referral.matter) for referral in referrals}
    kept = []
    for finding in findings:
        if known.get(finding.gate) == (finding.matter, stage):
            continue
        kept.append(finding)
        session.add(_check(claim.id, finding, stage, by, at))
        if finding.outcome is Outcome.REFER and (finding.gate, finding.matter) not in asked:
            _refer(claim.id, finding, at)
    if kept:
        outcomes = {finding.gate.value: finding.outcome.value for finding in kept}
        details = {"stage": stage.value, **outcomes}
        record(action="screening.run", subject=claim, at=at, by=by, case=case, details=details)
    return _not_cleared(findings, referrals)


def _check(
    claim_id: int, finding: Finding, stage: Stage, by: int | None, at: datetime
) -> ScreeningCheck:
    return ScreeningCheck(
        claim_id=claim_id,
        gate=finding.gate,
        stage=stage,
        outcome=finding.outcome,
        reasons=list(finding.reasons),
        inputs=dict(finding.inputs),
        matter=finding.matter,
        run_at=at,
        run_by_id=by,
    )


def _refer(claim_id: int, finding: Finding, at: datetime) -> None:
    referral = Referral(
        claim_id=claim_id,
        gate=finding.gate,
        matter=finding.matter,
        status=ReferralStatus.OPEN,
        reasons=list(finding.reasons),
        inputs=dict(finding.inputs),
        opened_at=at,
        note="",
        second_note="",
    )
    session.add(referral)
    opened(referral, at=at, by=None)


def standing(claim_id: int, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that still stand in the way: all that did not pass and no person has cleared."""
    return _not_cleared(findings, referrals_of(claim_id))


def _not_cleared(findings: Sequence[Finding], referrals: Sequence[Referral]) -> list[Finding]:
    cleared = {
        (referral.gate, referral.matter)
        for referral in referrals
        if referral.status is ReferralStatus.CLEARED
    }
    return [
        finding
        for finding in findings
        if finding.outcome is not Outcome.PASS and (finding.gate, finding.matter) not in cleared
    ]
