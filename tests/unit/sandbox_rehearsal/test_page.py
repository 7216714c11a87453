"""Reading a page as the rehearsal does: what is shown, what can be filled in, what is wrong."""

import pytest

from voucher.sandbox.rehearsal.page import NotThere, read_page

HTML = """
<!doctype html><html><head><title>Ask &amp; answer</title><style>p {}</style></head><body>
<nav><a href="/elsewhere">Elsewhere</a></nav>
<main><h1>Ask</h1>
<p class="govuk-error-message">Enter a name.</p>
<dl><dt>Price</dt><dd>£10.00</dd><dt>VAT</dt><dd>£2.00 (20%)</dd></dl>
<ol><li class="scheme-card"><h2>1. First</h2><p>By <b>Somebody</b></p>
  <ul><li>near</li><li>cheap</li></ul></li></ol>
<p><span class="scheme-code">ABCD-1234</span></p>
<form method="get" action="/search"><input name="q"><button>Search</button></form>
<form method="post" action="save?x=1">
  <input type="hidden" name="csrf_token" value="t">
  <input name="name" value="Old"><textarea name="words">
Two
lines</textarea>
  <input type="radio" name="kind" value="a"><input type="radio" name="kind" value="b" checked>
  <input type="checkbox" name="tick" value="y">
  <select name="size"><option value="">Choose</option>
    <option value="1" selected>One</option></select>
  <input type="file" name="upload">
  <button>Save and go on</button><button name="as_draft" value="yes">Save as a draft</button>
</form></main>
<script>var secret = "<a href='/no'>no</a>";</script></body></html>
"""


@pytest.fixture
def page():
    return read_page(HTML, "http://host/path/here", 200)


def test_what_is_shown(page):
    assert (page.title, page.heading) == ("Ask & answer", "Ask")
    assert page.facts == {"Price": "£10.00", "VAT": "£2.00 (20%)"}
    assert page.cards == [["1. First", "By Somebody", "near", "cheap"]]
    assert page.codes == ["ABCD-1234"]
    assert page.complaints == ["Enter a name."]
    assert "secret" not in page.words
    assert "Elsewhere" in page.words
    assert "Elsewhere" not in page.main


def test_what_can_be_filled_in(page):
    form = page.form(to="save", button="Save and go on", having="words")
    assert form.address == "http://host/path/save?x=1"
    assert form.values == {
        "csrf_token": ["t"],
        "name": ["Old"],
        "words": ["Two lines"],
        "kind": ["b"],
        "size": ["1"],
    }
    assert form.choices["kind"] == ["a", "b"]
    assert form.files == ["upload"]
    assert form.buttons == [("", "", "Save and go on"), ("as_draft", "yes", "Save as a draft")]


def test_a_form_that_only_searches_is_not_taken_for_one_that_acts(page):
    with pytest.raises(NotThere, match="no form"):
        page.form(to="/search")


def test_links_are_found_by_address_and_words(page):
    assert page.link(to="/else", words="Else") == "http://host/elsewhere"
    assert not page.has_link(to="/no")
    with pytest.raises(NotThere):
        page.link(to="/nowhere")


def test_choices_are_found_by_field(page):
    assert page.choices("size") == ["", "1"]
    assert page.choices("nothing") == []
