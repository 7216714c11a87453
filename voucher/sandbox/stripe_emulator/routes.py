"""The addresses of Stripe's API that the emulator speaks, with the parameters each accepts."""

from __future__ import annotations

from voucher.sandbox.stripe_emulator import (
    account_links,
    accounts,
    balance,
    events,
    payouts,
    topups,
    transfers,
    webhook_endpoints,
)
from voucher.sandbox.stripe_emulator.parameters import Accepts, listing
from voucher.sandbox.stripe_emulator.protocol import Route

ACCOUNT_FIELDS = ("business_profile", "capabilities", "email", "metadata", "settings")

ACCOUNTS = (
    Route(
        "POST",
        "/v1/accounts",
        accounts.create,
        Accepts(optional=(*ACCOUNT_FIELDS, "business_type", "controller", "country")),
        platform_only=True,
    ),
    Route("GET", "/v1/accounts", accounts.list_accounts, listing(), platform_only=True),
    Route("GET", "/v1/accounts/<account>", accounts.read),
    Route("POST", "/v1/accounts/<account>", accounts.update, Accepts(optional=ACCOUNT_FIELDS)),
    Route("GET", "/v1/accounts/<account>/capabilities", accounts.list_capabilities),
    Route(
        "DELETE",
        "/v1/accounts/<account>",
        accounts.delete,
        platform_only=True,
    ),
    Route(
        "POST",
        "/v1/accounts/<account>/reject",
        accounts.reject,
        Accepts(required=("reason",)),
        platform_only=True,
    ),
    Route(
        "POST",
        "/v1/accounts/<account>/login_links",
        accounts.create_login_link,
        platform_only=True,
    ),
    Route("GET", "/v1/accounts/<account>/capabilities/<name>", accounts.read_capability),
    Route(
        "POST",
        "/v1/accounts/<account>/capabilities/<name>",
        accounts.request_capability,
        Accepts(optional=("requested",)),
    ),
    Route(
        "GET",
        "/v1/accounts/<account>/external_accounts",
        accounts.list_banks,
        listing("object"),
    ),
    Route("GET", "/v1/accounts/<account>/external_accounts/<bank>", accounts.read_bank),
    Route(
        "POST",
        "/v1/account_links",
        account_links.create,
        Accepts(
            required=("account", "refresh_url", "return_url", "type"),
            optional=("collection_options",),
        ),
        platform_only=True,
    ),
)

TRANSFERS = (
    Route(
        "POST",
        "/v1/transfers",
        transfers.create,
        Accepts(
            required=("amount", "currency", "destination"),
            optional=("description", "metadata", "transfer_group"),
        ),
        platform_only=True,
    ),
    Route(
        "GET",
        "/v1/transfers",
        transfers.list_transfers,
        listing("destination", "transfer_group"),
        platform_only=True,
    ),
    Route("GET", "/v1/transfers/<transfer>", transfers.read, platform_only=True),
    Route(
        "POST",
        "/v1/transfers/<transfer>",
        transfers.update,
        Accepts(optional=("description", "metadata")),
        platform_only=True,
    ),
    Route(
        "POST",
        "/v1/transfers/<transfer>/reversals",
        transfers.reverse,
        Accepts(optional=("amount", "description", "metadata", "refund_application_fee")),
        platform_only=True,
    ),
    Route(
        "GET",
        "/v1/transfers/<transfer>/reversals",
        transfers.list_reversals,
        listing(),
        platform_only=True,
    ),
    Route(
        "GET",
        "/v1/transfers/<transfer>/reversals/<reversal>",
        transfers.read_reversal,
        platform_only=True,
    ),
    Route(
        "POST",
        "/v1/transfers/<transfer>/reversals/<reversal>",
        transfers.update_reversal,
        Accepts(optional=("metadata",)),
        platform_only=True,
    ),
)

PAYOUTS = (
    Route(
        "POST",
        "/v1/payouts",
        payouts.create,
        Accepts(
            required=("amount", "currency"),
            optional=("description", "metadata", "statement_descriptor"),
        ),
    ),
    Route("GET", "/v1/payouts", payouts.list_payouts, listing("destination", "status")),
    Route("GET", "/v1/payouts/<payout>", payouts.read),
    Route("POST", "/v1/payouts/<payout>", payouts.update, Accepts(optional=("metadata",))),
    Route("POST", "/v1/payouts/<payout>/cancel", payouts.cancel),
    Route("POST", "/v1/payouts/<payout>/reverse", payouts.reverse, Accepts(optional=("metadata",))),
)

BALANCE = (
    Route("GET", "/v1/balance", balance.read_balance),
    Route(
        "GET",
        "/v1/balance_transactions",
        balance.list_transactions,
        listing("currency", "source", "type"),
    ),
    Route("GET", "/v1/balance_transactions/<transaction>", balance.read),
    Route(
        "POST",
        "/v1/topups",
        topups.create,
        Accepts(
            required=("amount", "currency"),
            optional=("description", "metadata", "statement_descriptor", "transfer_group"),
        ),
        platform_only=True,
    ),
    Route("GET", "/v1/topups", topups.list_topups, listing("status"), platform_only=True),
    Route("GET", "/v1/topups/<topup>", topups.read, platform_only=True),
    Route(
        "POST",
        "/v1/topups/<topup>",
        topups.update,
        Accepts(optional=("description", "metadata")),
        platform_only=True,
    ),
    Route("POST", "/v1/topups/<topup>/cancel", topups.cancel, platform_only=True),
)

EVENTS = (
    Route("GET", "/v1/events", events.list_events, listing("type", "types")),
    Route("GET", "/v1/events/<event>", events.read),
    Route(
        "POST",
        "/v1/webhook_endpoints",
        webhook_endpoints.create,
        Accepts(
            required=("url", "enabled_events"),
            optional=("api_version", "connect", "description", "metadata"),
        ),
        platform_only=True,
    ),
    Route(
        "POST",
        "/v1/webhook_endpoints/<endpoint>",
        webhook_endpoints.update,
        Accepts(optional=("description", "disabled", "enabled_events", "metadata", "url")),
        platform_only=True,
    ),
    Route(
        "GET",
        "/v1/webhook_endpoints",
        webhook_endpoints.list_endpoints,
        listing(),
        platform_only=True,
    ),
    Route("GET", "/v1/webhook_endpoints/<endpoint>", webhook_endpoints.read, platform_only=True),
    Route(
        "DELETE",
        "/v1/webhook_endpoints/<endpoint>",
        webhook_endpoints.delete,
        platform_only=True,
    ),
)

ROUTES = (*ACCOUNTS, *TRANSFERS, *PAYOUTS, *BALANCE, *EVENTS)
