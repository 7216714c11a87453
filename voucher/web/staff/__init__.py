"""Pages of the staff side."""

from flask import Blueprint

from voucher.web.staff import audit, programmes

BLUEPRINTS: tuple[Blueprint, ...] = (audit.blueprint, programmes.blueprint)
