"""The fairness report in words: what each table found, and its rows as the page and CSV show them.

Every table has a sentence that says what it shows, so that nobody has to read a table to know.
"""

from collections.abc import Mapping

from voucher.businesses.outcome_areas import wording_of
from voucher.vouchers.fairness.figures import Concentration, Fairness, Market, ProviderLine, Waits
from voucher.vouchers.fairness.standing import ACTIONS, GAPS, SETTLED, Standing
from voucher.web.display import counted, grouped, listed
from voucher.web.findings import KEY, NUMBER, SHARE, TEXT, Finding, per_cent

DAY_SECONDS = 86_400
NOT_KNOWN = "Not known"


def tables_of(found: Fairness, labels: Mapping[int, tuple[str, str]]) -> tuple[Finding, ...]:
    """The report's tables in order. `labels`: name and reference of each provider by id."""
    return (
        _needs(found),
        _gaps(found),
        _areas(found),
        _districts(found),
        _providers(found, labels),
        _waits(found),
    )


# --- needs and gaps ------------------------------------------------------------------------------


def _needs(found: Fairness) -> Finding:
    matched, gaps = found.standings[Standing.MATCHED], _number_of_gaps(found)
    sentence = (
        f"{grouped(matched)} of {counted(found.needs, 'eligible application')} "
        f"{'has' if matched == 1 else 'have'} an agreement with a provider; {grouped(gaps)} "
        f"{'has' if gaps == 1 else 'have'} a voucher and no provider."
    )
    rows = [(each.staff_label, found.standings[each]) for each in SETTLED]
    return Finding(
        "needs",
        "What became of the needs",
        sentence if found.needs else "No application is eligible yet.",
        (("Standing", TEXT), ("Needs", NUMBER)),
        [*rows, ("A voucher and no provider (below)", gaps), ("All needs", found.needs)],
    )


def _gaps(found: Fairness) -> Finding:
    gaps = [each for each in GAPS if found.standings[each]]
    gaps.sort(key=lambda each: -found.standings[each])
    rows = [
        (
            each.staff_label,
            found.standings[each],
            found.gaps_ended.get(each, 0),
            _most_often(found.gap_areas[each]),
            ACTIONS[each],
        )
        for each in gaps
    ]
    if gaps:
        first = gaps[0]
        sentence = (
            f"The commonest gap: {_lower(first.staff_label)} "
            f"({grouped(found.standings[first])} of {grouped(_number_of_gaps(found))})."
        )
    else:
        sentence = "Every need with a voucher has a provider, or waits for one’s answer."
    return Finding(
        "gaps",
        "Needs without a provider, and why",
        sentence,
        (
            ("Why", TEXT),
            ("Needs", NUMBER),
            ("Of these, expired", NUMBER),
            ("Most often in", TEXT),
            ("What the programme can do", TEXT),
        ),
        rows,
        "Why as the last list of each need had it; what is free or on offer as of now.",
    )


def _number_of_gaps(found: Fairness) -> int:
    return sum(found.standings[each] for each in GAPS)


def _most_often(areas: Mapping[str, int]) -> str:
    ordered = sorted(areas.items(), key=lambda item: (-item[1], item[0]))[:3]
    return listed([f"{wording_of(code).label} ({count})" for code, count in ordered])


# --- demand and supply ---------------------------------------------------------------------------

MARKET_COLUMNS = (
    ("Needs", NUMBER),
    ("Still looking", NUMBER),
    ("Offerings", NUMBER),
    ("Free places", NUMBER),
    ("In words", TEXT),
)


def ratio_in_words(market: Market) -> str:
    """How demand that still looks compares with what is free."""
    looking, free = market.looking, market.free
    if not looking:
        return "Nobody is looking"
    if not free:
        return f"No free place for {counted(looking, 'need')}"
    if looking > free:
        return f"{_about(looking / free)} needs for each free place"
    return f"Enough: {_about(free / looking)} free places for each need"


def _about(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _areas(found: Fairness) -> Finding:
    short = [each for each in found.areas if each.looking > each.free]
    names = [wording_of(each.name).label for each in short]
    if short:
        sentence = f"More businesses are looking than there are free places in: {listed(names)}."
    else:
        sentence = "There is a free place for everybody who is looking, in every outcome area."
    return Finding(
        "areas",
        "Demand and supply by outcome area",
        sentence,
        (("Outcome area", TEXT), *MARKET_COLUMNS),
        [(wording_of(each.name).label, *_market(each)) for each in found.areas],
        "A need or an offering with several areas counts in each of them, so the columns add up to "
        "more than there are. Free places: of the next thirty days, as the shortlists count them; "
        "other rounds share them.",
    )


def _districts(found: Fairness) -> Finding:
    looking = [each for each in found.districts if each.looking]
    bare = [each for each in looking if not each.free]
    afar = found.remote
    if not looking:
        sentence = "Nobody is looking in any district."
    elif bare:
        sentence = (
            f"In {grouped(len(bare))} of {counted(len(looking), 'district')} where somebody is "
            "looking, no provider with a free place comes on site."
        )
    else:
        sentence = "Wherever somebody is looking, a provider with a free place comes on site."
    return Finding(
        "districts",
        "Demand and supply by district",
        f"{sentence} {counted(afar.free, 'free place')} of {counted(afar.offerings, 'offering')} "
        f"done from afar {'serves' if afar.free == 1 else 'serve'} every district besides.",
        (("District", TEXT), ("Council", TEXT), *MARKET_COLUMNS),
        [
            (each.name or NOT_KNOWN, each.council or NOT_KNOWN, *_market(each))
            for each in found.districts
        ],
        "Districts are the first halves of postcodes: first where somebody is looking, the "
        "scarcest of them first. Offerings and free places: work done on site there.",
    )


def _market(market: Market) -> tuple[object, ...]:
    return (
        market.needs,
        market.looking,
        market.offerings,
        market.free,
        ratio_in_words(market),
    )


# --- providers -----------------------------------------------------------------------------------

PROVIDER_COLUMNS = (
    ("Provider", TEXT),
    ("Reference", KEY),
    ("Share shown", SHARE),
    ("Share of capacity", SHARE),
    ("Share redeemed", SHARE),
    ("Shown to needs", NUMBER),
    ("Mean place", NUMBER),
    ("Newcomer’s place", NUMBER),
    ("Chosen", NUMBER),
    ("Accepted", NUMBER),
    ("Declined", NUMBER),
    ("No answer", NUMBER),
    ("Waiting", NUMBER),
    ("Taken back", NUMBER),
    ("Redeemed", NUMBER),
)


def _providers(found: Fairness, labels: Mapping[int, tuple[str, str]]) -> Finding:
    never = sum(not line.shown.needs and line.capacity > 0 for line in found.providers)
    sentences = [
        _equal("The lists are shared", found.shown),
        _equal("the redeemed vouchers", found.redeemed),
        _equal("the capacity on offer", found.capacity),
    ]
    told = listed([words for words in sentences if words]) if found.lines else ""
    shown = (
        f"{told}. Places kept for newcomers: {per_cent(found.kept_bps)} of "
        f"{counted(found.lines, 'line')} of lists. "
    )
    return Finding(
        "providers",
        "What each provider was shown and won",
        f"{shown if found.lines else 'No list has been made yet. '}"
        f"{counted(never, 'provider')} with something on offer {'was' if never == 1 else 'were'} "
        "never shown.",
        PROVIDER_COLUMNS,
        [_provider(line, labels) for line in found.providers],
        "A need counts once, with the provider’s best place on its lists. Accepted: also what "
        "ended afterwards. The number of equal providers is one over the sum of squared shares "
        "(Herfindahl-Hirschman index); the nearer it is for lists and for capacity, the less the "
        "ranking favours anybody.",
    )


def _equal(what: str, found: Concentration) -> str:
    if found.equal_holders is None:
        return ""
    return f"{what} as if by {found.equal_holders:.1f} equal providers of {grouped(found.holders)}"


def _provider(line: ProviderLine, labels: Mapping[int, tuple[str, str]]) -> tuple[object, ...]:
    name, reference = labels.get(line.provider_id, (NOT_KNOWN, ""))
    return (
        name,
        reference,
        line.shown_bps,
        line.capacity_bps,
        line.redeemed_bps,
        line.shown.needs,
        None if line.mean_place is None else f"{line.mean_place:.1f}",
        line.shown.kept,
        line.choices,
        line.accepted,
        line.declined,
        line.unanswered,
        line.waiting,
        line.taken_back,
        line.redeemed,
    )


# --- waits ---------------------------------------------------------------------------------------


def lasting(seconds: int | None) -> str:
    """A wait in words: hours under two days, then days to one decimal."""
    if seconds is None:
        return "Not reached yet"
    if seconds < 2 * DAY_SECONDS:
        return counted(round(seconds / 3_600), "hour")
    return f"{seconds / DAY_SECONDS:.1f} days"


def _waits(found: Fairness) -> Finding:
    yes = found.first_yes
    if not yes.happened + yes.still_waiting + yes.ended_without:
        sentence = "No voucher has been awarded yet."
    elif yes.median is None:
        sentence = "Fewer than half of the businesses with a voucher have had a provider’s yes."
    else:
        sentence = (
            f"Half of the businesses have had a provider’s yes within {lasting(yes.median)} of "
            "their award"
        )
        sentence += f", nine in ten within {lasting(yes.p90)}." if yes.p90 is not None else "."
    return Finding(
        "waits",
        "How long it takes",
        sentence,
        (
            ("From award to", TEXT),
            ("Happened", NUMBER),
            ("Still waiting", NUMBER),
            ("Ended without", NUMBER),
            ("Half within", TEXT),
            ("Nine in ten within", TEXT),
        ),
        [
            ("the first list", *_wait(found.first_list)),
            ("the first provider’s yes", *_wait(found.first_yes)),
        ],
        "Whoever still waits, or whose voucher ended first, counts with the time that is known "
        "(Kaplan-Meier estimate), and is not left out.",
    )


def _wait(waits: Waits) -> tuple[object, ...]:
    return (
        waits.happened,
        waits.still_waiting,
        waits.ended_without,
        lasting(waits.median),
        lasting(waits.p90),
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
