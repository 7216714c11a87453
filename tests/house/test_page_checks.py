"""The checks of every page are themselves checked: each must be able to fail."""

import pytest

from tests.page import Page, PageProblem, check_page, values_of

GOOD = """<!doctype html><html lang="en-GB"><head><title>Your business - Vouchers</title></head>
<body>
<main><h1>Your business</h1><h2>Name</h2>
<form method="post" action="/save"><input type="hidden" name="csrf_token" value="t">
<label for="name">Name</label><input id="name" name="name" value="Aire">
<label><input type="checkbox" name="areas" value="a" checked> A</label>
<label><input type="checkbox" name="areas" value="b" checked> B</label>
<label for="band">Band</label><select id="band" name="band"><option value="">-</option>
<option selected>1-9</option></select>
<label for="problem">Problem</label><textarea id="problem" name="problem">
Slow</textarea><button>Save</button></form></main></body></html>"""


def test_a_good_page_passes():
    page = check_page(GOOD)
    assert page.heading == "Your business"


def test_a_form_sends_what_it_shows():
    assert values_of(Page(GOOD).form("Save")) == {
        "csrf_token": ["t"],
        "name": ["Aire"],
        "areas": ["a", "b"],
        "band": ["1-9"],
        "problem": ["Slow"],
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<h2>Name</h2>", "<h2>Name</h3>", "HTML: "),
        ("<h2>Name</h2>", "<p>Name</div></p>", "HTML: "),
        (' lang="en-GB"', "", "no lang"),
        ("<h2>Name</h2>", "<h1>Name</h1>", "2 h1 elements"),
        ("<h1>Your business</h1>", "", "0 h1 elements"),
        ("<title>Your", "<title>My", "does not start with the h1"),
        ("<h2>Name</h2>", "<h4>Name</h4>", "is an h4 after an h1"),
        ('id="band"', 'id="name"', "is given 2 times"),
        ('for="name"', 'for="nome"', "points at nothing"),
        ("<h2>Name</h2>", '<a href="#gone">x</a>', "'#gone' points at nothing"),
        ('<label for="name">Name</label>', "", "the input 'name' has no label"),
        ("<button>Save</button>", "<button></button>", "has no words"),
        ("<h2>Name</h2>", '<p style="color:red">x</p>', "inline style"),
        ("<h2>Name</h2>", "<script>go()</script>", "inline script"),
        ("<h2>Name</h2>", '<p onclick="go()">x</p>', "inline handler onclick"),
        ("<h2>Name</h2>", '<a href="JavaScript:go()">x</a>', "runs a script"),
        ("<h2>Name</h2>", '<img src="x.png">', "has no alt"),
        ("<h2>Name</h2>", "<table><tr><th>x</th></tr></table>", "has no scope"),
        ("<h2>Name</h2>", '<table><tr><th scope="col"></th></tr></table>', "no words: use <td>"),
        ('name="csrf_token"', 'name="other"', "no token against forgery"),
        ('id="name"', 'id="name" type="file"', "not multipart"),
        ("<h2>Name</h2>", "<p>None</p>", "the page says 'None'"),
        ("<h2>Name</h2>", "<p>{{ name }}</p>", "the page says"),
        (
            "<h2>Name</h2>",
            '<div class="govuk-error-summary"><ul><li>Enter a name</li></ul></div>',
            "does not start with 'Error: '",
        ),
    ],
)
def test_each_fault_is_found(old, new, words):
    assert old in GOOD
    with pytest.raises(PageProblem, match=words.replace("{", r"\{")):
        check_page(GOOD.replace(old, new))
