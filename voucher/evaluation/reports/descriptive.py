"""The report of a round without an analysed comparison: it describes, and claims no effect."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voucher.applications.rules import CATALOGUE
from voucher.core.money import Money
from voucher.evaluation.charts import Bar, Change, change_chart, flow_chart, money_chart
from voucher.evaluation.figures import FOLLOW_UPS, round_figures
from voucher.evaluation.models import Wave
from voucher.evaluation.queries.round_data import round_data
from voucher.evaluation.reports.measures import named
from voucher.evaluation.version import code_version
from voucher.programmes.models import Round
from voucher.programmes.queries import round_by_id
from voucher.vouchers.rules import LapseReason

KIND = "descriptive"
CHARTED = ("hours_lost_week", "errors_in_100", "adoption", "confidence")
PRIMARY_WAVES = (Wave.MONTH_6, Wave.MONTH_12, Wave.MONTH_3)
"""The follow-up charted first if it has figures: adoption at six months is the primary outcome."""
FEW_REPLIES_PERCENT = 50
FEW_BUSINESSES = 30


def assemble_round_figures(round_id: int, data_cut_at: datetime) -> dict[str, Any]:
    """Every figure of a round's report at the data cut (aware UTC), as published."""
    round_ = round_by_id(round_id)
    data = round_data(round_id, data_cut_at)
    figures = round_figures(
        data.cases,
        data.spending,
        decision_days=round_.decision_working_days,
        payment_days=round_.payment_working_days,
    )
    return {
        "round": round_.reference,
        "data_cut_at": data_cut_at.isoformat(),
        "code": code_version(),
        **figures,
    }


def round_context(round_: Round, figures: dict[str, Any], title: str) -> dict[str, Any]:
    """What the templates of a round's report say: settings, figures, charts, words for codes."""
    names = figures["names"]
    wave = charted_wave(figures)
    return {
        "title": title,
        "subtitle": f"{names['programme']}. What happened, what was spent, what changed",
        "made_at": datetime.fromisoformat(figures["data_cut_at"]),
        "round": round_,
        "programme": names,
        "figures": figures,
        "waves": {each.value: each.staff_label for each in FOLLOW_UPS},
        "area_words": names["areas"],
        "reason_words": {code: reason.label for code, reason in CATALOGUE.items()},
        "lapse_words": {reason.value: reason.words for reason in LapseReason},
        "charts": _charts(figures, wave),
        "charted_wave": wave,
        "named": named,
        "cautions": cautions(figures),
        "rules": [rule["reason"] for rule in round_.rule_set.content.get("rules", [])],
    }


def charted_wave(figures: Mapping[str, Any]) -> str | None:
    """The follow-up whose changes are charted: the primary one if it has any figures."""
    for wave in PRIMARY_WAVES:
        if _changes(figures, wave.value):
            return wave.value
    return None


def cautions(figures: Mapping[str, Any]) -> list[str]:
    """What makes these figures weak, told with them: few replies, few businesses."""
    found = []
    for wave in FOLLOW_UPS:
        replies = figures["replies"][wave.value]
        rate = replies["rate_percent"]
        if rate is not None and rate < FEW_REPLIES_PERCENT:
            found.append(
                f"Only {rate}% of those asked {wave.staff_label} answered. Those who answer may "
                "differ from those who don’t."
            )
        answered = replies["answered"]
        if answered is not None and 0 < answered < FEW_BUSINESSES:
            found.append(
                f"The figures {wave.staff_label} rest on {answered} businesses: one more or less "
                "can move them by several points."
            )
    return found


def _charts(figures: Mapping[str, Any], wave: str | None) -> dict[str, str]:
    steps = figures["flow"]["steps"]
    bars = [Bar(each["label"], each["count"], _count_words(each["count"])) for each in steps]
    charts = {"flow": flow_chart(bars), "money": spending_chart(figures["spending"])}
    if wave is not None:
        charts["change"] = change_chart(_changes(figures, wave), Wave(wave).staff_label)
    return charts


def spending_chart(money: Mapping[str, int]) -> str:
    """Where the round's budget stands, in pence by part."""
    return money_chart(
        [
            Bar(label, amount, Money(amount).formatted().removesuffix(".00"))
            for label, amount in (
                ("Spent", money["spent_pence"]),
                ("Committed", money["committed_pence"]),
                ("Reserved", money["reserved_pence"]),
                ("Free", money["free_pence"]),
            )
        ]
    )


def _count_words(count: int | None) -> str:
    return "withheld" if count is None else f"{count:,}"


def _changes(figures: Mapping[str, Any], wave: str) -> list[Change]:
    lines = {line["code"]: line for line in figures["follow_up"].get(wave, [])}
    wanted = [lines[code] for code in CHARTED if code in lines]
    return [
        Change(line["label"], line["unit"], line["before"], line["after"], line["n"])
        for line in wanted
        if None not in (line["before"], line["after"], line["n"])
    ]
