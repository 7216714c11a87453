"""Pages that anybody may see."""

from flask import Blueprint

from voucher.web.public import pages

BLUEPRINTS: tuple[Blueprint, ...] = (pages.bp,)
