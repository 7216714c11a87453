"""The rows of a round's report, as they stood at the data cut.

Where a record stood is read from the history of its status, so a report asked for again with the
same cut gives the same figures. A record without any history counts as it stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select

from voucher.applications.models import Application, CorrectionRequest, Decision
from voucher.claims.models import Claim, Confirmation
from voucher.core.clock import london_date
from voucher.core.db import session
from voucher.core.status import StatusChange
from voucher.core.working_days import working_days_between
from voucher.evaluation.figures import Case, Spending
from voucher.evaluation.models import SurveyResponse, Wave
from voucher.evaluation.provider_kinds import kind_of
from voucher.evaluation.queries.history import (
    amounts_before_amendments,
    areas_before_corrections,
    areas_before_edits,
    vat_before_corrections,
)
from voucher.ledger.models import AccountKind, LedgerAccount, LedgerEntry, LedgerJournal
from voucher.payments.models import Payment
from voucher.programmes.models import Round
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher

_APPLICATION_LEAVES = {
    "draft": "not_sent",
    "submitted": "waiting",
    "returned": "waiting",
    "proposed": "waiting",
    "eligible": "waiting",
    "approved": "approved_waiting",
    "comparison": "comparison",
    "unplaced": "unplaced",
    "refused": "refused",
}
_UNUSED_LEAVES = {"issued": "live", "expired": "expired", "cancelled": "cancelled"}
PAID = ("net_price_pence", "voucher_pence", "contribution_pence")
_CLAIM_LEAVES = {"paid": "paid", "rejected": "claim_rejected", "draft": "not_claimed"}


@dataclass(frozen=True)
class RoundData:
    """What the figures of a round are put together from."""

    cases: Sequence[Case]
    spending: Spending


def round_data(round_id: int, cut_at: datetime) -> RoundData:
    """Every application of the round and its money at the moment `cut_at` (aware UTC)."""
    rows = _rows(round_id, cut_at)
    stood = _Standing(rows, cut_at)
    clocks = _Clocks(rows, cut_at)
    surveys = _surveys(round_id, cut_at)
    known = _Known(
        kinds=_provider_kinds(rows, cut_at),
        named=areas_before_corrections(cut_at),
        offered=areas_before_edits(cut_at),
        agreed=amounts_before_amendments(cut_at),
    )
    cases = [
        _case(row, stood, clocks, surveys.get(row.Application.id, []), known, cut_at)
        for row in rows
    ]
    return RoundData(cases, _spending(round_id, cut_at))


def _rows(round_id: int, cut_at: datetime) -> Sequence[Row[Any]]:
    query = (
        select(
            Application,
            Voucher,
            Redemption,
            Claim,
            Payment,
            Offering.outcome_areas,
            Provider.company_number,
            Provider.vat_registered,
        )
        .outerjoin(Voucher, Voucher.application_id == Application.id)
        .outerjoin(Redemption, Redemption.voucher_id == Voucher.id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .outerjoin(Offering, Offering.id == Redemption.offering_id)
        .outerjoin(Provider, Provider.id == Redemption.provider_id)
        .where(Application.round_id == round_id, Application.started_at <= cut_at)
        .order_by(Application.id)
    )
    return session.execute(query).all()


def _provider_kinds(rows: Sequence[Row[Any]], cut_at: datetime) -> dict[int, str]:
    """The kinds of the providers of these rows by id, as they were known at the cut."""
    before = vat_before_corrections(cut_at)
    return {
        id_: kind_of(row.company_number, before.get(id_, row.vat_registered))
        for row in rows
        if row.Redemption is not None
        for id_ in [row.Redemption.provider_id]
    }


@dataclass(frozen=True)
class _Known:
    """What was known at the cut: the kinds of providers, and of what is otherwise now the areas of
    applications (`named`) and offerings (`offered`) and the amounts of claims (`agreed`)."""

    kinds: Mapping[int, str]
    named: Mapping[int, Sequence[str]]
    offered: Mapping[int, Sequence[str]]
    agreed: Mapping[int, Mapping[str, int]]

    def areas_of(self, application: Application) -> tuple[str, ...]:
        """The outcome areas that the application named."""
        return tuple(self.named.get(application.id, application.outcome_areas))

    def areas_offered(self, row: Row[Any]) -> tuple[str, ...]:
        """The outcome areas of the offering that was redeemed."""
        return tuple(self.offered.get(row.Redemption.offering_id, row.outcome_areas) or ())

    def amounts(self, row: Row[Any]) -> dict[str, int]:
        """What was agreed to be paid, by name: price, voucher's part, contribution."""
        agreed = self.agreed.get(row.Claim.id) if row.Claim is not None else None
        return {name: agreed[name] if agreed else getattr(row.Redemption, name) for name in PAID}


class _Standing:
    """Where records stood at the cut, by kind and id."""

    def __init__(self, rows: Sequence[Row[Any]], cut_at: datetime) -> None:
        self.known: dict[tuple[str, int], str] = {}
        for model, place in ((Application, 0), (Voucher, 1), (Claim, 3)):
            ids = [row[place].id for row in rows if row[place] is not None]
            self._read(model.__tablename__, ids, cut_at)

    def _read(self, kind: str, ids: Sequence[int], cut_at: datetime) -> None:
        for part in _in_parts(ids):
            query = (
                select(StatusChange.record_id, StatusChange.to_status)
                .where(
                    StatusChange.record_kind == kind,
                    StatusChange.record_id.in_(part),
                    StatusChange.at <= cut_at,
                )
                .order_by(StatusChange.id)
            )
            for record_id, status in session.execute(query):
                self.known[kind, record_id] = status

    def of(self, record: Any) -> str:
        """The record's status at the cut; as it stands when it has no history."""
        return self.known.get((record.__tablename__, record.id), record.status.value)


class _Clocks:
    """Working days from sending to decision (without the time a list of corrections was open)."""

    def __init__(self, rows: Sequence[Row[Any]], cut_at: datetime) -> None:
        ids = [row.Application.id for row in rows]
        self.decided: dict[int, Row[Any]] = {}
        self.stopped: dict[int, Row[Any]] = {}
        self.confirmed: dict[int, datetime] = {}
        for part in _in_parts(ids):
            self._read_decisions(part, cut_at)
        for part in _in_parts([row.Claim.id for row in rows if row.Claim is not None]):
            self._read_confirmations(part, cut_at)

    def _read_decisions(self, part: Sequence[int], cut_at: datetime) -> None:
        decisions = select(
            Decision.application_id,
            Decision.needs_second,
            Decision.decided_at,
            Decision.second_at,
            Decision.second_agreed,
            Decision.reasons,
        ).where(Decision.application_id.in_(part))
        for decision in session.execute(decisions.order_by(Decision.id)):
            if _final_at(decision) is not None and _final_at(decision) <= cut_at:
                self.decided[decision.application_id] = decision
        lists = select(
            CorrectionRequest.application_id,
            CorrectionRequest.asked_at,
            CorrectionRequest.answered_at,
        ).where(CorrectionRequest.application_id.in_(part))
        for each in session.execute(lists.order_by(CorrectionRequest.id.desc())):
            self.stopped[each.application_id] = each

    def _read_confirmations(self, part: Sequence[int], cut_at: datetime) -> None:
        query = select(Confirmation.claim_id, Confirmation.given_at).where(
            Confirmation.claim_id.in_(part), Confirmation.confirmed, Confirmation.given_at <= cut_at
        )
        for claim_id, given_at in session.execute(query.order_by(Confirmation.id)):
            self.confirmed[claim_id] = given_at

    def decision_days(self, application: Application) -> int | None:
        """Working days to the decision, as the published clock counts them; None if undecided."""
        decision = self.decided.get(application.id)
        if decision is None or application.submitted_at is None:
            return None
        days = _working_days(application.submitted_at, _final_at(decision))
        stop = self.stopped.get(application.id)
        if stop is not None and stop.answered_at is not None:
            days -= _working_days(stop.asked_at, stop.answered_at)
        return max(0, days)

    def payment_days(self, claim: Claim | None, payment: Payment | None, cut_at: datetime) -> Any:
        """Working days from the business's confirmation to the money; None if not paid yet."""
        if claim is None or payment is None or payment.paid_at is None:
            return None
        confirmed_at = self.confirmed.get(claim.id)
        if confirmed_at is None or payment.paid_at > cut_at:
            return None
        return max(0, _working_days(confirmed_at, payment.paid_at))


def _final_at(decision: Row[Any]) -> Any:
    """When a decision held: at once, or when the second person agreed; None if it did not."""
    if not decision.needs_second:
        return decision.decided_at
    return decision.second_at if decision.second_agreed else None


def _working_days(start: datetime, end: datetime) -> int:
    return working_days_between(london_date(start), london_date(end))


def _case(
    row: Row[Any],
    stood: _Standing,
    clocks: _Clocks,
    responses: Sequence[Row[Any]],
    known: _Known,
    cut_at: datetime,
) -> Case:
    application, redemption = row.Application, _by(row.Redemption, "redeemed_at", cut_at)
    leaf = _leaf(row, redemption, stood, cut_at)
    decision = clocks.decided.get(application.id) if leaf == "refused" else None
    return Case(
        leaf=leaf,
        areas=known.areas_of(application),
        offering_areas=known.areas_offered(row) if redemption else (),
        provider_kind=known.kinds[redemption.provider_id] if redemption else None,
        refusal_reasons=tuple(decision.reasons) if decision else (),
        lapse_reason=row.Voucher.lapse_reason if leaf == "expired" else None,
        **(known.amounts(row) if redemption else {}),
        decision_days=clocks.decision_days(application),
        payment_days=clocks.payment_days(row.Claim, row.Payment, cut_at) if redemption else None,
        answers=_answers(responses, cut_at),
        asked=frozenset(each.wave for each in responses),
        opted_out=frozenset(
            each.wave for each in responses if _by(each, "opted_out_at", cut_at) is not None
        ),
    )


def _by(record: Any, moment: str, cut_at: datetime) -> Any:
    """The record, if its `moment` lies at the cut or before; None otherwise."""
    at = getattr(record, moment, None)
    return record if at is not None and at <= cut_at else None


def _leaf(row: Row[Any], redemption: Any, stood: _Standing, cut_at: datetime) -> str:
    application = row.Application
    status = stood.of(application)
    if status == "withdrawn":
        sent = _by(application, "submitted_at", cut_at)
        return "withdrawn_before" if sent is None else "withdrawn_after"
    if status != "awarded":
        return _APPLICATION_LEAVES[status]
    if row.Voucher is None:
        return "approved_waiting"
    if redemption is None:
        return _UNUSED_LEAVES[stood.of(row.Voucher)]
    return _redeemed_leaf(row, stood, cut_at)


def _redeemed_leaf(row: Row[Any], stood: _Standing, cut_at: datetime) -> str:
    claim = _by(row.Claim, "started_at", cut_at)
    status = stood.of(claim) if claim is not None else "draft"
    if status != "rejected" and stood.of(row.Voucher) == "cancelled":
        return "cancelled_after"
    return _CLAIM_LEAVES.get(status, "claim_waiting")


def _answers(responses: Sequence[Row[Any]], cut_at: datetime) -> Mapping[Wave, Mapping[str, Any]]:
    return {
        each.wave: each.answers
        for each in responses
        if _by(each, "answered_at", cut_at) is not None
    }


def _surveys(round_id: int, cut_at: datetime) -> dict[int, list[Row[Any]]]:
    """What was asked by the cut, by application. Columns, not records: a round has thousands."""
    query = select(
        SurveyResponse.application_id,
        SurveyResponse.wave,
        SurveyResponse.answers,
        SurveyResponse.asked_at,
        SurveyResponse.answered_at,
        SurveyResponse.opted_out_at,
    ).where(SurveyResponse.round_id == round_id)
    found: dict[int, list[Row[Any]]] = {}
    for response in session.execute(query.order_by(SurveyResponse.id)):
        asked_at = response.asked_at or response.answered_at
        if asked_at is not None and asked_at <= cut_at:
            found.setdefault(response.application_id, []).append(response)
    return found


def _spending(round_id: int, cut_at: datetime) -> Spending:
    """The round's envelope at the cut, from the ledger. Money owed on claims is still committed."""
    held = _balances(round_id, cut_at)
    budget = session.execute(select(Round.budget_pence).where(Round.id == round_id)).scalar_one()
    return Spending(
        budget_pence=budget,
        reserved_pence=held[AccountKind.RESERVED],
        committed_pence=held[AccountKind.COMMITTED] + held[AccountKind.PAYABLE],
        spent_pence=held[AccountKind.SPENT],
    )


def _balances(round_id: int, cut_at: datetime) -> Mapping[AccountKind, int]:
    """Credits less debits of the round's accounts by kind, up to the cut; 0 without any."""
    signed = case(
        (LedgerEntry.credit_account_id == LedgerAccount.id, LedgerEntry.amount_pence),
        else_=-LedgerEntry.amount_pence,
    )
    query = (
        select(LedgerAccount.kind, func.sum(signed))
        .select_from(LedgerAccount)
        .join(
            LedgerEntry,
            (LedgerEntry.credit_account_id == LedgerAccount.id)
            | (LedgerEntry.debit_account_id == LedgerAccount.id),
        )
        .join(LedgerJournal, LedgerJournal.id == LedgerEntry.journal_id)
        .where(LedgerAccount.round_id == round_id, LedgerJournal.at <= cut_at)
        .group_by(LedgerAccount.kind)
    )
    found = {kind: int(pence) for kind, pence in session.execute(query)}
    return {kind: found.get(kind, 0) for kind in AccountKind}


def _in_parts(ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    """The ids in portions that fit into one statement's parameters."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
