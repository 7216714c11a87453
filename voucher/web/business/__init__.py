"""Pages of the business side."""

from flask import Blueprint

from voucher.web.business import (
    amendments,
    applications,
    claims,
    contributions,
    dialogue,
    equality,
    home,
    marks,
    matches,
    notices,
    papers,
    ratings,
    sections,
    subsidy,
    variations,
    vouchers,
    ways,
    why,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.blueprint,
    applications.blueprint,
    marks.blueprint,
    equality.blueprint,
    sections.blueprint,
    papers.blueprint,
    notices.blueprint,
    subsidy.blueprint,
    vouchers.blueprint,
    matches.blueprint,
    ways.blueprint,
    why.blueprint,
    dialogue.blueprint,
    claims.blueprint,
    ratings.blueprint,
    variations.blueprint,
    amendments.blueprint,
    contributions.blueprint,
)
