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
    onboarding.blueprint,
)
