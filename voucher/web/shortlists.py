"""Why is this offering not on a list? What the business's and the officers' pages share."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request

from voucher.applications.models import Application
from voucher.claims.ratings.queries import track_record
from voucher.core import clock
from voucher.core.db import session
from voucher.matching import operations
from voucher.matching.models import Shortlist
from voucher.matching.queries import declined_offerings
from voucher.matching.ranking.reasons import LeftOutCode, Part, unpack_ids
from voucher.matching.ranking.why import Answer, why
from voucher.providers.models import Offering
from voucher.providers.queries import offerings_by_words
from voucher.vouchers.models import Voucher
from voucher.web.forms import Answered, AtMost, SearchForm, StringField

MOST_ANSWERS = 10
PART_WORDS = {
    Part.TEXT: "the words you use",
    Part.TOPICS: "what it is about",
    Part.PAST: "problems like yours before",
    Part.OUTCOME_AREAS: "what you picked",
    Part.PLACE: "where it is done",
    Part.PRICE: "how much of the price the voucher pays",
    Part.WISHES: "what would be nice",
    Part.START: "how soon it starts",
    Part.TRACK_RECORD: "its tasters so far",
}


class WhyForm(SearchForm):
    """Which offering is asked about."""

    q = StringField(
        "Offering or provider", [Answered("Enter words of its title or provider."), AtMost(100)]
    )


@dataclass(frozen=True)
class Explained:
    """One offering that was looked for, how it stands to the list now, and its reasons.

    `declined`: its provider has declined this voucher's request, which ends the question.
    """

    offering: Offering
    answer: Answer
    reasons: list[dict[str, Any]]
    declined: bool


def asked() -> WhyForm:
    """The form as the address fills it, checked if anything was asked."""
    form = WhyForm(request.args)
    if "q" in request.args:
        form.validate()
    return form


def explained(voucher: Voucher, made: Shortlist | None, form: WhyForm) -> list[Explained]:
    """An answer for each offering that the words find, as things stand now; stores nothing."""
    text = form.q.data or ""
    if made is None or not text or form.q.errors:
        return []
    offerings = offerings_by_words(text, MOST_ANSWERS)
    ranking = operations.rank_now(
        application=session.get_one(Application, voucher.application_id),
        voucher=voucher,
        at=clock.now(),
        seed=made.seed,
        track_record=track_record(),
    )
    answers = why(ranking, [offering.id for offering in offerings])
    declined = declined_offerings(voucher.id)
    return [
        Explained(
            offering,
            answer,
            with_dates([each.to_dict() for each in answer.reasons]),
            offering.id in declined,
        )
        for offering, answer in zip(offerings, answers, strict=True)
    ]


def with_dates(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored reasons with the start as a date again."""
    return [
        {**reason, "start_on": date.fromisoformat(reason["start_on"])}
        if "start_on" in reason
        else reason
        for reason in reasons
    ]


def counts_left_out(made: Shortlist) -> dict[LeftOutCode, int]:
    """How many offerings each cause kept off a stored list."""
    counts: dict[LeftOutCode, int] = {}
    for entry in made.excluded:
        code = LeftOutCode(entry["code"])
        counts[code] = counts.get(code, 0) + len(unpack_ids(entry))
    return counts
