"""What a document names: as it is called on the day it is made, kept with the figures.

A round, a provider or an offering can be renamed and a business can move. So a document names
nothing but what stands in its figures under "names", and a report that is made again takes them
from the one that is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from voucher.businesses.outcome_areas import AREAS
from voucher.evaluation.models import ReportKind
from voucher.evaluation.queries.names import kept_names
from voucher.programmes.models import Round
from voucher.providers.models import Provider

AREA_WORDS = {area.code.value: area.label for area in AREAS}


def round_names(round_: Round, kind: ReportKind, cut_at: datetime) -> dict[str, str]:
    """What a report on a round names of it and its programme (loaded)."""
    programme = round_.programme
    return _kept(kind, round_.id, cut_at) or {
        "round": round_.name,
        "programme": programme.name,
        "summary": programme.summary,
        "contact_email": programme.contact_email,
    }


def with_areas(names: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """The names together with the words of every outcome area that the figures count."""
    kept = names.get("areas", {})
    codes = sorted({each["code"] for lines in figures["areas"].values() for each in lines})
    words = {code: kept.get(code) or AREA_WORDS.get(code, code) for code in codes}
    return {**names, "areas": words}


def provider_names(provider: Provider, cut_at: datetime) -> dict[str, Any]:
    """What a provider's summary names: {"provider", "offerings": titles by reference}.

    Without offerings where none is kept: `with_offerings` adds those that the summary tells of.
    """
    kept = _kept(ReportKind.PROVIDER, provider.id, cut_at)
    return kept or {"provider": provider.name, "offerings": {}}


def with_offerings(
    names: Mapping[str, Any], titles: Mapping[str, str], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """The names with the titles (by reference) of no more offerings than the figures show."""
    shown = {each["code"] for each in figures["offerings"]}
    told = {reference: title for reference, title in titles.items() if title in shown}
    return {**names, "offerings": told}


def case_names(row: Row[Any], round_: Round, cut_at: datetime) -> dict[str, Any]:
    """What a case summary names and quotes. `row`: the voucher with what belongs to it."""
    application, business, offering = row.Application, row.Business, row.Offering
    band = business.headcount_band
    return _kept(ReportKind.CASE, row.Voucher.id, cut_at) or {
        "round": round_.name,
        "programme": round_.programme.name,
        "contact_email": round_.programme.contact_email,
        "provider": row.Provider.name,
        "offering": offering.title,
        "offering_summary": offering.summary,
        "areas": [AREA_WORDS.get(code, code) for code in application.outcome_areas],
        "sector": business.sector or "",
        "size": band.public_label if band else "",
        "place": business.local_authority or "",
        "problem_today": application.problem_today,
        "problem_better": application.problem_better,
    }


def _kept(kind: ReportKind, about: int, cut_at: datetime) -> dict[str, Any]:
    return dict(kept_names(kind, about, cut_at) or {})
