"""Pages of the provider side."""

from flask import Blueprint

from voucher.web.provider import (
    amendments,
    api_keys,
    claims,
    home,
    invoices,
    money,
    offerings,
    onboarding,
    questions,
    ratings,
    redeem,
    registration,
    statements,
    summaries,
    variations,
    work,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    registration.blueprint,
    offerings.blueprint,
    work.blueprint,
    questions.blueprint,
    redeem.blueprint,
    claims.blueprint,
    ratings.blueprint,
    variations.blueprint,
    amendments.blueprint,
    invoices.blueprint,
    money.blueprint,
    statements.blueprint,
    summaries.blueprint,
    onboarding.blueprint,
    api_keys.blueprint,
)
