"""Pages of the account side: where people go after signing in, whom they act for, their team."""

from flask import Blueprint

from voucher.web.account import home, invitations, team

BLUEPRINTS: tuple[Blueprint, ...] = (home.blueprint, team.blueprint, invitations.blueprint)
