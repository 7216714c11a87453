"""Pages of the staff side."""

from flask import Blueprint

from voucher.web.staff import programmes

BLUEPRINTS: tuple[Blueprint, ...] = (programmes.blueprint,)
