"""Whose address counts behind a proxy."""

import pytest
from flask import Flask, request

from config import Settings
from voucher.web.proxies import init_proxies


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.5", "127.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "192.0.2.66, 203.0.113.5", "203.0.113.5"),
        (2, "192.0.2.66, 203.0.113.5, 198.51.100.1", "203.0.113.5"),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(tmp_path, proxies, forwarded, counted):
    app = Flask(__name__)
    app.extensions["settings"] = Settings(data_dir=tmp_path, trusted_proxies=proxies)
    init_proxies(app)
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.host}")
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example"}
    assert app.test_client().get("/", headers=headers).text == f"{counted} localhost"
