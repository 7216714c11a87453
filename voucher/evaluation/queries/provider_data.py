"""The rows of a provider's summary, as they stood at the data cut."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from voucher.claims.models import Claim, Confirmation
from voucher.claims.ratings.models import Rating, RatingStatus
from voucher.core.db import session
from voucher.core.errors import NotFound
from voucher.core.references import normalise_reference
from voucher.evaluation.models import Report, ReportKind, ReportStatus, SurveyResponse, Wave
from voucher.evaluation.provider_figures import Taster
from voucher.evaluation.queries.history import amounts_before_amendments
from voucher.evaluation.queries.round_data import PAID
from voucher.payments.models import Payment
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher


def provider_to_report(reference: str) -> Provider:
    """The provider, or NotFound."""
    query = select(Provider).where(Provider.reference == (normalise_reference(reference) or ""))
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no provider with this reference.")
    return found


def offering_titles(provider_id: int) -> dict[str, str]:
    """The titles of the provider's offerings today, by reference."""
    query = select(Offering.reference, Offering.title).where(Offering.provider_id == provider_id)
    return {row[0]: row[1] for row in session.execute(query)}


def tasters_of(provider_id: int, cut_at: datetime, titles: Mapping[str, str]) -> Sequence[Taster]:
    """Every voucher redeemed with the provider by `cut_at` (aware UTC), in order of redemption.

    `titles`: what its offerings are called, by reference.
    """
    rows = _rows(provider_id, cut_at)
    claims = [row.Claim.id for row in rows if row.Claim is not None]
    answers = _answers([row.Redemption.application_id for row in rows], cut_at)
    asked = _asked([row.Redemption.application_id for row in rows], cut_at)
    confirmed, stars = _confirmations(claims, cut_at), _stars(claims, cut_at)
    amended = amounts_before_amendments(cut_at)
    return [
        _taster(row, titles[row.reference], amended, answers, asked, confirmed, stars, cut_at)
        for row in rows
    ]


def earlier_summaries(provider_id: int, cut_at: datetime) -> Sequence[Mapping[str, Any]]:
    """The figures of the provider's summaries that were finished by `cut_at`, of data older."""
    query = (
        select(Report.figures)
        .where(
            Report.kind == ReportKind.PROVIDER,
            Report.provider_id == provider_id,
            Report.status == ReportStatus.READY,
            Report.data_cut_at < cut_at,
            Report.finished_at <= cut_at,
        )
        .order_by(Report.id)
    )
    return [each for each in session.execute(query).scalars() if each]


def _rows(provider_id: int, cut_at: datetime) -> Sequence[Row[Any]]:
    query = (
        select(Redemption, Voucher.cancelled_at, Offering.reference, Claim, Payment.paid_at)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Offering, Offering.id == Redemption.offering_id)
        .outerjoin(Claim, Claim.redemption_id == Redemption.id)
        .outerjoin(Payment, Payment.claim_id == Claim.id)
        .where(Redemption.provider_id == provider_id, Redemption.redeemed_at <= cut_at)
        .order_by(Redemption.id)
    )
    return session.execute(query).all()


def _taster(
    row: Row[Any],
    title: str,
    amended: Mapping[int, Mapping[str, int]],
    answers: dict[int, dict[Wave, Any]],
    asked: dict[int, set[Wave]],
    confirmed: dict[int, bool],
    stars: dict[int, int],
    cut_at: datetime,
) -> Taster:
    redemption, claim = row.Redemption, row.Claim
    claim_id = claim.id if claim is not None else 0
    return Taster(
        offering=title,
        **{name: _amount(redemption, amended.get(claim_id), name) for name in PAID},
        is_cancelled=row.cancelled_at is not None and row.cancelled_at <= cut_at,
        is_claimed=bool(claim and claim.submitted_at and claim.submitted_at <= cut_at),
        is_paid=row.paid_at is not None and row.paid_at <= cut_at,
        confirmed=confirmed.get(claim_id),
        stars=stars.get(claim_id),
        answers=answers.get(redemption.application_id, {}),
        asked=frozenset(asked.get(redemption.application_id, ())),
    )


def _amount(redemption: Redemption, agreed: Mapping[str, int] | None, name: str) -> int:
    """An amount of the redemption, as it was agreed before it was amended, if it was."""
    found: int = agreed[name] if agreed else getattr(redemption, name)
    return found


def _answers(ids: Sequence[int], cut_at: datetime) -> dict[int, dict[Wave, Any]]:
    found: dict[int, dict[Wave, Any]] = {}
    for part in _in_parts(ids):
        query = select(SurveyResponse.application_id, SurveyResponse.wave, SurveyResponse.answers)
        query = query.where(
            SurveyResponse.application_id.in_(part), SurveyResponse.answered_at <= cut_at
        )
        for application_id, wave, answers in session.execute(query.order_by(SurveyResponse.id)):
            found.setdefault(application_id, {})[wave] = answers
    return found


def _asked(ids: Sequence[int], cut_at: datetime) -> dict[int, set[Wave]]:
    found: dict[int, set[Wave]] = {}
    for part in _in_parts(ids):
        query = select(SurveyResponse.application_id, SurveyResponse.wave).where(
            SurveyResponse.application_id.in_(part), SurveyResponse.asked_at <= cut_at
        )
        for application_id, wave in session.execute(query):
            found.setdefault(application_id, set()).add(wave)
    return found


def _confirmations(ids: Sequence[int], cut_at: datetime) -> dict[int, bool]:
    """By claim whether the business ever disputed it by the cut (False) or confirmed only."""
    found: dict[int, bool] = {}
    for part in _in_parts(ids):
        query = select(Confirmation.claim_id, Confirmation.confirmed).where(
            Confirmation.claim_id.in_(part), Confirmation.given_at <= cut_at
        )
        for claim_id, confirmed in session.execute(query.order_by(Confirmation.id)):
            found[claim_id] = confirmed and found.get(claim_id, True)
    return found


def _stars(ids: Sequence[int], cut_at: datetime) -> dict[int, int]:
    """By claim the business's rating that was shown at the cut, 1 to 5."""
    found: dict[int, int] = {}
    for part in _in_parts(ids):
        query = select(Rating.claim_id, Rating.stars).where(
            Rating.claim_id.in_(part),
            Rating.by_provider.is_(False),
            Rating.shown_at <= cut_at,
            or_(Rating.status == RatingStatus.SHOWN, Rating.withheld_at > cut_at),
        )
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def _in_parts(ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    """The ids in portions that fit into one statement's parameters."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
