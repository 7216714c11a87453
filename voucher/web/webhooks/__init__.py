"""Entrances for machines."""

from flask import Blueprint

from voucher.web.webhooks import stripe

BLUEPRINTS: tuple[Blueprint, ...] = (stripe.blueprint,)
