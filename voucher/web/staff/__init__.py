"""Pages of the staff side."""

from flask import Blueprint

from voucher.web.staff import audit, cases, programmes, queue, team, vouchers

BLUEPRINTS: tuple[Blueprint, ...] = (
    queue.blueprint,
    cases.blueprint,
    vouchers.blueprint,
    audit.blueprint,
    programmes.blueprint,
    team.blueprint,
)
