"""Pages of the staff side."""

from flask import Blueprint

from voucher.web.staff import audit, programmes, team

BLUEPRINTS: tuple[Blueprint, ...] = (audit.blueprint, programmes.blueprint, team.blueprint)
