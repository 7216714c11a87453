"""From a live voucher to a paid claim, by the real operations. Names are fictional."""

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.factories.cases import CODE_KEY, make_voucher
from tests.factories.scheme import (
    AT,
    make_business,
    make_member,
    make_offering,
    make_provider,
    make_round,
)
from voucher.accounts.models import User
from voucher.accounts.roles import Role
from voucher.applications.models import Application
from voucher.businesses.models import Business
from voucher.claims import operations as claims
from voucher.claims.models import Claim
from voucher.claims.rules import EvidenceKind
from voucher.core.db import session
from voucher.integrations.storage.store import ContentStore
from voucher.matching import operations as matching
from voucher.matching.models import Match
from voucher.programmes.models import Round
from voucher.providers.models import Offering, Provider
from voucher.vouchers.models import Redemption, Voucher
from voucher.vouchers.operations import redeem
from voucher.vouchers.queries import code_of

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
LATER = AT + timedelta(days=1)


@dataclass
class Job:
    """Everybody and everything around one voucher; later steps fill in what is still None."""

    round_: Round
    business: Business
    owner: User
    provider: Provider
    worker: User
    offering: Offering
    voucher: Voucher
    match: Match | None = None
    redemption: Redemption | None = None
    claim: Claim | None = None

    @property
    def application(self) -> Application:
        """The application behind the voucher."""
        return session.get_one(Application, self.voucher.application_id)


def make_job(
    round_: Round | None = None,
    business: Business | None = None,
    provider: Provider | None = None,
    *,
    at: datetime = AT,
    code_key: bytes = CODE_KEY,
    **offering_values: Any,
) -> Job:
    """A live voucher of £1,000 and an offering on its shortlist. No claim is drawn by chance."""
    round_ = round_ or make_round(evidence_sample_bps=0, full_evidence_from_pence=500_000)
    business, provider = business or make_business(), provider or make_provider()
    offering = make_offering(provider, **offering_values)
    voucher = make_voucher(round_, business, at=at, code_key=code_key)
    application = session.get_one(Application, voucher.application_id)
    matching.make_shortlist(application=application, voucher=voucher, at=at)
    return Job(
        round_=round_,
        business=business,
        owner=session.get_one(User, application.started_by_id),
        provider=provider,
        worker=make_member(Role.PROVIDER, provider=provider),
        offering=offering,
        voucher=voucher,
    )


def choose(job: Job, *, at: datetime = AT) -> Job:
    """The business chooses the offering."""
    job.match = matching.choose(voucher=job.voucher, offering=job.offering, by=job.owner.id, at=at)
    return job


def accept(job: Job, *, at: datetime = AT, start_on: date | None = None) -> Job:
    """Chosen and accepted."""
    choose(job, at=at)
    day = start_on or at.date() + timedelta(days=7)
    matching.accept(match=job.match, start_on=day, by=job.worker.id, at=at)
    return job


def agree(job: Job, *, at: datetime = AT) -> Job:
    """Chosen, accepted and agreed by all three."""
    accept(job, at=at)
    matching.agree(match=job.match, voucher=job.voucher, by=job.owner.id, at=at)
    return job


def redeemed(job: Job, *, at: datetime = AT, code_key: bytes = CODE_KEY) -> Job:
    """Agreed and redeemed."""
    agree(job, at=at)
    job.redemption = redeem(
        code=code_of(voucher=job.voucher, code_key=code_key),
        provider_id=job.provider.id,
        by=job.worker.id,
        at=at,
        code_key=code_key,
    )
    return job


def right_values(redemption: Redemption, on: date) -> dict[str, Any]:
    """What a claim says that is as agreed."""
    return {
        "invoice_number": f"INV-{redemption.id}",
        "invoice_on": on,
        "net_price_pence": redemption.net_price_pence,
        "vat_rate_bps": redemption.vat_rate_bps,
        "vat_pence": redemption.vat_pence,
        "voucher_pence": redemption.voucher_pence,
        "contribution_pence": redemption.contribution_pence,
        "contribution_paid_on": on,
        "work_done": "Set up, trained, handed over.",
    }


def attach(job: Job, folder: Path, kind: EvidenceKind = EvidenceKind.INVOICE, *, at=LATER) -> Any:
    """Attach a small PDF to the job's claim."""
    return claims.attach(
        claim=job.claim,
        kind=kind,
        stream=io.BytesIO(PDF),
        name="Paper.pdf",
        content_store=ContentStore(folder),
        by=job.worker.id,
        at=at,
    )


def drafted(job: Job, folder: Path, *, at: datetime = LATER, **values: Any) -> Job:
    """Redeemed, and a claim written that could be sent."""
    redeemed(job, at=at - timedelta(days=1))
    job.claim = claims.start(redemption=job.redemption, by=job.worker.id, at=at)
    right = {**right_values(job.redemption, at.date()), **values}
    claims.save(claim=job.claim, values=right, by=job.worker.id, at=at)
    attach(job, folder, at=at)
    return job


def submitted(job: Job, folder: Path, *, at: datetime = LATER) -> Job:
    """A claim that was sent."""
    drafted(job, folder, at=at)
    claims.submit(claim=job.claim, by=job.worker.id, at=at)
    return job


def confirmed(job: Job, folder: Path, *, at: datetime = LATER) -> Job:
    """A claim that the business has confirmed."""
    submitted(job, folder, at=at)
    claims.confirm(claim=job.claim, by=job.owner.id, at=at)
    return job


def everybody_around(job: Job, **others: User) -> dict[str, User]:
    """Who may look at the job and who may not, ready to sign in: the provider's person, the
    business's, one of another provider, one of another business, and `others` by their names."""
    found = {
        "provider": job.worker,
        "business": job.owner,
        "stranger": make_member(Role.PROVIDER, provider=make_provider()),
        "outsider": make_member(Role.BUSINESS, business=make_business()),
        **others,
    }
    for person in found.values():
        session.refresh(person)
        session.expunge(person)
    return found
