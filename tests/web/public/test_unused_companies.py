"""Company numbers to try an application with: shown in the demonstration, and nowhere else."""

from dataclasses import replace

import pytest
from flask import render_template

from tests.databases import make_application, settings_for_tests
from voucher.sandbox.companies_house.register import UNUSED


@pytest.mark.parametrize(("environment", "shown"), [("demonstration", True), ("test", False)])
def test_companies_to_try_are_named_in_the_demonstration_alone(tmp_path, environment, shown):
    settings = settings_for_tests(tmp_path, f"sqlite:///{tmp_path / 'x.sqlite'}")
    app = make_application(replace(settings, environment=environment))
    with app.test_request_context():
        page = render_template("components/unused_companies.html")
    assert all((number in page and name in page) is shown for number, name in UNUSED.items())
