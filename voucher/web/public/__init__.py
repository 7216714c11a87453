"""Pages that anybody may see."""

from flask import Blueprint

from voucher.web.public import (
    directory,
    draws,
    files,
    learning,
    messages,
    pages,
    plans,
    precheck,
    ranked_lists,
    reports,
    survey,
    synthesis,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    pages.bp,
    precheck.blueprint,
    files.blueprint,
    survey.blueprint,
    messages.blueprint,
    directory.blueprint,
    draws.blueprint,
    ranked_lists.blueprint,
    reports.blueprint,
    learning.blueprint,
    synthesis.blueprint,
    plans.blueprint,
)
