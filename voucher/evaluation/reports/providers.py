"""The summary of a provider: what it delivered, at what prices, and what its users say.

It describes. Who chose which provider was not left to chance, so no provider is said to have had
an effect, and none is ranked.
"""

from datetime import datetime
from typing import Any

from voucher.core.db import session
from voucher.evaluation.disclosure_versions import held_back, without
from voucher.evaluation.figures import FOLLOW_UPS, METHOD_VERSION
from voucher.evaluation.provider_figures import provider_figures
from voucher.evaluation.queries.provider_data import (
    earlier_summaries,
    offering_titles,
    provider_to_report,
    tasters_of,
)
from voucher.evaluation.reports.documents import Built, Render, attachments, web_page
from voucher.evaluation.reports.measures import named
from voucher.evaluation.reports.naming import provider_names, with_offerings
from voucher.evaluation.version import code_version
from voucher.integrations.pdf import render_pdf
from voucher.providers.models import Provider

__all__ = ["KIND", "build_provider_summary", "provider_to_report"]

KIND = "provider"


def build_provider_summary(*, provider_id: int, data_cut_at: datetime, render: Render) -> Built:
    """The provider's summary at the data cut (aware UTC) as PDF/UA-1 with its figures
    attached, and as a web page.

    Without what would tell of few beside the summaries finished by then, which may have been given
    to anybody.
    """
    provider = session.get_one(Provider, provider_id)
    figures = _figures(provider, data_cut_at)
    title = f"{figures['names']['provider']}: summary of a provider"
    context = {
        "title": title,
        "subtitle": "What was delivered, and what businesses say of it",
        "made_at": data_cut_at,
        "provider": figures["names"]["provider"],
        "figures": figures,
        "waves": {wave.value: wave.staff_label for wave in FOLLOW_UPS},
        "named": named,
    }
    document = render_pdf(
        render("reports/provider.html", context),
        title=title,
        created_at=data_cut_at,
        attachments=attachments(figures),
    )
    page = web_page(render("reports/provider_body.html", context))
    name = f"{provider.reference}-{data_cut_at:%Y%m%d}.pdf"
    return Built(name, title, figures, document, page)


def _figures(provider: Provider, data_cut_at: datetime) -> dict[str, Any]:
    """Every figure of the summary, with what it names."""
    names = provider_names(provider, data_cut_at)
    titles = {**offering_titles(provider.id), **names["offerings"]}
    told = provider_figures(tasters_of(provider.id, data_cut_at, titles))
    gone = held_back(told, earlier_summaries(provider.id, data_cut_at))
    told = without(told, gone)
    return {
        "kind": KIND,
        "method": METHOD_VERSION,
        "provider": provider.reference,
        "data_cut_at": data_cut_at.isoformat(),
        "code": code_version(),
        **told,
        "names": with_offerings(names, titles, told),
        **({"held_back": gone} if gone else {}),
    }
