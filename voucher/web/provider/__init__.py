"""Pages of the provider side."""

from flask import Blueprint

from voucher.web.provider import (
    claims,
    home,
    money,
    offerings,
    onboarding,
    redeem,
    registration,
    statements,
    work,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    registration.blueprint,
    offerings.blueprint,
    work.blueprint,
    redeem.blueprint,
    claims.blueprint,
    money.blueprint,
    statements.blueprint,
    onboarding.blueprint,
)
