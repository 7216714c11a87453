"""Pages that anybody may see."""

from flask import Blueprint

from voucher.web.public import files, pages, precheck

BLUEPRINTS: tuple[Blueprint, ...] = (pages.bp, precheck.blueprint, files.blueprint)
