"""Every address in every message leads to a page that exists and changes nothing when opened."""

import re
from pathlib import Path

import pytest
from werkzeug.exceptions import HTTPException

from config import ROOT

WORDS = sorted((ROOT / "templates/emails/words").glob("*.txt"))
ADDRESS = re.compile(r"\{\{ base_url \}\}(/\S*)")


def addresses():
    return sorted({found for path in WORDS for found in ADDRESS.findall(path.read_text())})


def test_there_are_some():
    assert len(WORDS) > 30
    assert len(addresses()) > 5


@pytest.mark.parametrize("address", [re.sub(r"\{\{ \w+ \}\}", "X-1", each) for each in addresses()])
def test_an_address_leads_to_a_page(app, address):
    try:
        endpoint, _ = app.url_map.bind("localhost").match(address, method="GET")
    except HTTPException as error:
        pytest.fail(f"{address}: {error}")
    assert endpoint


def test_no_message_links_elsewhere():
    for path in WORDS:
        assert "http" not in Path(path).read_text(), path.name
