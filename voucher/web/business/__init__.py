"""Pages of the business side."""

from flask import Blueprint

from voucher.web.business import (
    amendments,
    applications,
    claims,
    contributions,
    dialogue,
    home,
    matches,
    notices,
    papers,
    sections,
    subsidy,
    variations,
    vouchers,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    applications.blueprint,
    sections.blueprint,
    papers.blueprint,
    notices.blueprint,
    subsidy.blueprint,
    vouchers.blueprint,
    matches.blueprint,
    dialogue.blueprint,
    claims.blueprint,
    variations.blueprint,
    amendments.blueprint,
    contributions.blueprint,
)
