"""The web: the only package, with the command line and the factory, that knows Flask."""

from flask import Flask

from voucher.web import account, api, business, provider, public, staff, webhooks
from voucher.web.access import init_access, refuse_unmarked_routes
from voucher.web.addresses import init_addresses
from voucher.web.assets import init_assets
from voucher.web.display import init_display
from voucher.web.errors import init_errors
from voucher.web.forms import init_forms
from voucher.web.headers import init_headers
from voucher.web.navigation import init_navigation
from voucher.web.proxies import init_proxies
from voucher.web.security import init_security
from voucher.web.transactions import init_transactions
from voucher.web.warming import init_warming

AUDIENCES = (public, account, business, provider, staff, webhooks, api)


def init_web(app: Flask) -> None:
    """Put boundary, headers, errors, sign-in and every page on `app`, then check their access."""
    init_proxies(app)
    init_transactions(app)
    init_headers(app)
    init_assets(app)
    init_display(app)
    init_forms(app)
    init_navigation(app)
    init_errors(app)
    init_addresses(app)
    init_security(app)
    for audience in AUDIENCES:
        for blueprint in audience.BLUEPRINTS:
            app.register_blueprint(blueprint)
    init_access(app)
    init_warming(app)
    refuse_unmarked_routes(app)
