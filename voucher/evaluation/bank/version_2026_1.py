"""Version 2026-1: the first. Asked of vouchers redeemed, and of other arms without the trial."""

from voucher.evaluation.bank import shared

VERSION = "2026-1"
OF_ALL = (
    shared.USES_TECHNOLOGY,
    shared.PAYING,
    shared.HOURS,
    shared.ERRORS,
    shared.TURNOVER_BAND,
    shared.STAFF,
    shared.CONFIDENCE,
    shared.HELPFUL,
    shared.SIMILAR_SUPPORT,
)
OF_VOUCHERS = (shared.TRIAL, shared.IN_USE, *OF_ALL)
