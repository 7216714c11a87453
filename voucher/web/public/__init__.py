"""Pages that anybody may see."""

from flask import Blueprint

from voucher.web.public import directory, draws, files, messages, pages, precheck, survey

BLUEPRINTS: tuple[Blueprint, ...] = (
    pages.bp,
    precheck.blueprint,
    files.blueprint,
    survey.blueprint,
    messages.blueprint,
    directory.blueprint,
    draws.blueprint,
)
