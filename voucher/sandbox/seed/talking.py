"""Steps of talking: a question and its answer, another day proposed, and ratings afterwards."""

from datetime import datetime, timedelta

from voucher.applications.models import Application
from voucher.claims.models import Claim
from voucher.claims.ratings import operations as ratings
from voucher.claims.ratings.models import Rating, RatingStatus, WithheldFor
from voucher.core.clock import london_date
from voucher.core.errors import Conflict
from voucher.matching import operations as matching
from voucher.matching.dialogue import operations as dialogue
from voucher.matching.dialogue.models import Question
from voucher.matching.dialogue.queries import open_proposal
from voucher.matching.models import Match
from voucher.matching.queries import latest_shortlist, ways_asked
from voucher.sandbox.seed.case import Case
from voucher.vouchers.models import Voucher

QUESTIONS = (
    "Does this work with the till and the spreadsheet we have, or must we change both?",
    "Could you train two of us on the same day, at our place?",
    "What would we have to prepare before you start, and how long would it take us?",
)
ANSWERS = (
    "It works with both; we bring over what you have on the first day.",
    "Yes, up to four people at no more than the fixed price.",
    "A list of your products and an hour of your time is enough.",
)
DAY_WORDS = "Our trainer is with another business until then."
WORDS_OF_STARS = {
    5: "Set up within the week, and explained so that all of us can use it.",
    4: "Good work. We would have liked a second hour of training.",
    3: "It does what was promised; getting an appointment took long.",
    2: "It works now, though only after two more visits.",
}
REPLY_WORDS = "Thank you for saying so. We plan more time for the hand-over now."
ONE_OF = 11
WAYS = {
    0: ((), ("captions", "large_print")),
    4: (("in_writing",), ()),
    8: (("captions",), ("ur",)),
}
"""What every so many-th business needs, and what would be nice (codes of businesses/ways.py)."""
WITHHELD_WORDS = "It insults the trainer by name. Say what was wrong with the work and we show it."


def look(case: Case, voucher: Voucher, at: datetime) -> None:
    """The business says what it needs, if it is one of those that do, and looks at its list."""
    application = case.row(Application, "application")
    asked = WAYS.get(application.id % ONE_OF)
    if asked and ways_asked(application.id) is None:
        needed, wished = asked
        matching.ask_for_ways(
            application=application, needed=needed, wished=wished, by=case.user_id, at=at
        )
    matching.make_shortlist(application=application, voucher=voucher, at=at, by=case.user_id)


def ask(case: Case, at: datetime) -> None:
    """The business looks at its list and asks about what stands first."""
    voucher = case.row(Voucher, "voucher")
    look(case, voucher, at)
    shortlist = latest_shortlist(case.ids["application"])
    if shortlist is None or not shortlist.entries:
        case.over = True
        return
    words = case.draw.choice(QUESTIONS)
    try:
        question = dialogue.ask(
            voucher=voucher,
            offering=shortlist.entries[0].offering,
            words=words,
            by=case.user_id,
            at=at + timedelta(seconds=30),
        )
    except Conflict:
        case.over = True
        return
    case.ids["question"] = question.id


def answer(case: Case, at: datetime) -> None:
    """The provider answers."""
    question = case.row(Question, "question")
    dialogue.answer(
        question=question,
        words=ANSWERS[QUESTIONS.index(question.words)],
        by=case.stage.provider_members[question.provider_id],
        at=at,
    )


def propose_day(case: Case, at: datetime) -> None:
    """The provider could do it, from another day on."""
    try:
        dialogue.propose_date(
            match=case.row(Match, "match"),
            voucher=case.row(Voucher, "voucher"),
            start_on=london_date(at) + timedelta(days=case.draw.randint(20, 40)),
            words=DAY_WORDS,
            by=case.stage.provider_members[case.ids["provider"]],
            at=at,
        )
    except Conflict:
        case.over = True


def take_day(case: Case, at: datetime) -> None:
    """The business takes the other day, and all three have agreed."""
    proposal = open_proposal(case.ids["match"])
    if proposal is None:
        case.over = True
        return
    try:
        dialogue.accept_date(
            match=case.row(Match, "match"),
            voucher=case.row(Voucher, "voucher"),
            proposal_id=proposal.id,
            by=case.user_id,
            at=at,
        )
    except Conflict:
        case.over = True


def refuse_day(case: Case, at: datetime) -> None:
    """The other day does not suit the business."""
    if open_proposal(case.ids["match"]) is None:
        case.over = True
        return
    dialogue.refuse_date(
        match=case.row(Match, "match"),
        voucher=case.row(Voucher, "voucher"),
        by=case.user_id,
        at=at,
    )


def rate(case: Case, at: datetime) -> None:
    """The business says how the work was; more often than not the provider does, too."""
    _rate(case, at, by_provider_too=case.draw.random() < 0.6)


def rate_alone(case: Case, at: datetime) -> None:
    """The business says how the work was; the provider has not said so yet."""
    _rate(case, at, by_provider_too=False)


def _rate(case: Case, at: datetime, *, by_provider_too: bool) -> None:
    claim = case.row(Claim, "claim")
    stars = case.draw.choice((5, 5, 4, 4, 4, 3, 2))
    try:
        rating = ratings.rate(
            claim=claim,
            stars=stars,
            words=WORDS_OF_STARS[stars],
            by_provider=False,
            by=case.user_id,
            at=at,
        )
        if by_provider_too:
            ratings.rate(
                claim=claim,
                stars=case.draw.choice((5, 4, 4, 3)),
                words="",
                by_provider=True,
                by=case.stage.provider_members[claim.provider_id],
                at=at + timedelta(minutes=7),
            )
    except Conflict:
        return
    case.ids["rating"] = rating.id
    if rating.status is RatingStatus.SHOWN and stars < 4:
        ratings.reply(
            rating=rating,
            words=REPLY_WORDS,
            by=case.stage.provider_members[claim.provider_id],
            at=at + timedelta(hours=3),
        )


def withhold(case: Case, at: datetime) -> None:
    """An officer withholds the rating."""
    ratings.withhold(
        rating=case.row(Rating, "rating"),
        reason=WithheldFor.ABUSE,
        note=WITHHELD_WORDS,
        by=case.caseworker,
        at=at,
    )


STEPS = {
    "rate": rate,
    "rate_alone": rate_alone,
    "withhold": withhold,
    "ask": ask,
    "answer": answer,
    "propose_day": propose_day,
    "take_day": take_day,
    "refuse_day": refuse_day,
}
