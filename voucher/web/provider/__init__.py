"""Pages of the provider side."""

from flask import Blueprint

from voucher.web.provider import (
    claims,
    home,
    lesser,
    money,
    offerings,
    onboarding,
    redeem,
    registration,
    statements,
    variations,
    work,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    registration.blueprint,
    offerings.blueprint,
    work.blueprint,
    redeem.blueprint,
    claims.blueprint,
    lesser.blueprint,
    variations.blueprint,
    money.blueprint,
    statements.blueprint,
    onboarding.blueprint,
)
