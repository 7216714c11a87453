"""Behind a proxy: whose request it is. Limits count by that address: a forged one must not do."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_proxies(app: Flask) -> None:
    """Believe as many X-Forwarded-For and -Proto entries as there are proxies of ours, no more.

    The Host header is never taken from a proxy: our own address stands in the settings.
    """
    hops = app.extensions["settings"].trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
        )
