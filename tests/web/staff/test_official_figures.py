"""The pages of official figures: a preview of every line, and an import only when confirmed."""

from io import BytesIO

import pytest
from sqlalchemy import event

from tests.factories.cases import make_case
from tests.factories.scheme import AT, make_business
from tests.page import text_of
from voucher.core.db import db, session
from voucher.evaluation.administrative.files import EXAMPLE
from voucher.evaluation.administrative.models import AdministrativeFigure, AdministrativeImport
from voucher.web.staff import official_figures

HEAD = "company_number,measure,value,period_end,source\n"
NEW = "/staff/official-figures/new"


@pytest.fixture
def manager(client, cast):
    return client.sign_in(cast.manager)


@pytest.fixture
def numbers(arrange):
    """The company numbers of three businesses that applied."""
    with arrange():
        found = []
        for _ in range(3):
            business = make_business()
            case = make_case(None, business)
            case.baseline, case.submitted_at = {"turnover_band": "250k-1m", "staff": 5}, AT
            found.append(business.company_number)
    return found


def csv_of(*lines):
    return (HEAD + "".join(f"{line}\n" for line in lines)).encode()


def look_at(client, content, name="figures.csv"):
    return client.submit(NEW, {"upload": (BytesIO(content), name)}, follow=False)


def carried(page, **more):
    """What the preview's form sends."""
    form = next(each for each in page.elements("form") if "/confirm" in each.get("action", ""))
    hidden = {
        each.get("name"): each.get("value") for each in form.iter("input") if each.get("name")
    }
    hidden.pop("accepted", None)
    return {**hidden, **more}


def kept(app, model=AdministrativeFigure):
    with app.app_context():
        return session.query(model).order_by(model.id).all()


def mixed(numbers):
    first, second, third = numbers
    return csv_of(
        f"{first},turnover,400000,2026-03-31,HMRC",
        f"{first},turnover,400000,2026-03-31,HMRC",
        f"{second},turnover,90000000,2026-03-31,HMRC",
        f" {third[:4]} {third[4:]},staff,5,2026-03-31,HMRC",
        "00000009,staff,1,2026-03-31,HMRC",
    )


def test_every_line_is_named_and_nothing_is_kept_until_it_is_confirmed(app, manager, numbers):
    answer = look_at(manager, mixed(numbers))
    page = answer.page
    assert answer.status_code == 200
    assert page.heading == "Look at it before it is kept"
    assert "5 lines, 1 without any doubt" in page.text
    lines = [text_of(each) for each in page.elements("li") if "Line " in text_of(each)]
    assert [line.split(":")[0] for line in lines] == ["Line 6", "Line 3", "Line 5", "Line 4"]
    assert kept(app) == kept(app, AdministrativeImport) == []
    done = manager.post("/staff/official-figures/confirm", data=carried(page, accepted="leap"))
    assert done.status_code == 303
    assert sorted(each.value for each in kept(app)) == [400_000, 90_000_000]
    listed = manager.get(done.location).page
    assert "2 figures are kept as ADM-" in listed.text
    assert "figures.csv" in listed.text


def test_a_file_of_nobody_that_applied_says_that_there_is_nothing_to_keep(manager):
    page = look_at(manager, csv_of("00000009,staff,1,2026-03-31,HMRC")).page
    assert "1 line, 0 without any doubt" in page.text
    assert "there is nothing to keep" in page.text
    assert "Keep these figures" not in page.text


def test_all_lines_named_are_there_as_a_file(manager, numbers):
    page = look_at(manager, mixed(numbers)).page
    answer = manager.post("/staff/official-figures/findings.csv", data=carried(page))
    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines[0] == "line,what,reason"
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "5", "6"]


def test_confirming_twice_is_harmless_and_says_why(app, manager, numbers):
    content = csv_of(f"{numbers[0]},turnover,400000,2026-03-31,HMRC")
    data = carried(look_at(manager, content).page)
    assert manager.post("/staff/official-figures/confirm", data=data).status_code == 303
    again = manager.post("/staff/official-figures/confirm", data=data)
    assert again.status_code == 422
    assert any("This very file was imported on" in error for error in again.page.errors)
    seen = look_at(manager, content)
    assert seen.status_code == 422
    assert any("This very file" in error for error in seen.page.errors)
    assert len(kept(app)) == 1


def test_a_bad_line_keeps_the_whole_file_out(app, manager, numbers):
    content = csv_of(f"{numbers[0]},turnover,400000,2026-03-31,HMRC", "x,turnover,1,2026-03-31,H")
    page = look_at(manager, content).page
    assert "Line 3: “x” is no company number" in page.text
    assert not [each for each in page.elements("button") if "Keep" in text_of(each)]
    answer = manager.post("/staff/official-figures/confirm", data=carried(page))
    assert answer.status_code == 422
    assert kept(app) == []


def test_what_changed_since_the_preview_is_looked_at_again(app, arrange, manager, numbers):
    content = csv_of(
        f"{numbers[0]},turnover,400000,2026-03-31,HMRC", "99888777,staff,2,2026-03-31,HMRC"
    )
    data = carried(look_at(manager, content).page)
    with arrange():
        make_case(None, make_business(company_number="99888777")).submitted_at = AT
    answer = manager.post("/staff/official-figures/confirm", data=data)
    assert answer.status_code == 422
    assert "changed since the preview" in answer.page.text
    assert kept(app) == []


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        ((b"reference\n", "list.txt"), "must be a CSV"),
        ((b"", "figures.csv"), "is empty"),
        ((b"\xff\xfe\x00", "figures.csv"), "not text in UTF-8"),
        ((b"a,b\n1,2\n", "figures.csv"), "There is no column “company_number”"),
    ],
)
def test_a_file_that_is_none_is_refused_at_its_field(app, manager, upload, words):
    content, name = upload
    answer = look_at(manager, content, name)
    assert answer.status_code == 422
    assert any(words in error for error in answer.page.errors)
    assert kept(app) == []


@pytest.mark.parametrize("packed", ["", "!!", "AAAA", "eJwrySyuVkjLzMsFABj2BDU", "🙂"])
def test_a_page_that_carries_no_file_is_refused(app, manager, numbers, packed):
    page = look_at(manager, mixed(numbers)).page
    for path in ("confirm", "findings.csv"):
        data = carried(page, packed=packed)
        answer = manager.post(f"/staff/official-figures/{path}", data=data)
        assert answer.status_code == 422
        assert any("lost on the way" in error for error in answer.page.errors)
    assert kept(app) == []


def test_the_example_is_a_file_and_before_the_first_import_the_page_says_so(manager):
    assert "No figures have been imported yet" in manager.get("/staff/official-figures/").page.text
    answer = manager.get("/staff/official-figures/example.csv")
    assert answer.get_data(as_text=True).lstrip("\ufeff") == EXAMPLE


def test_who_only_reads_cannot_import(clients, cast):
    auditor = clients().sign_in(cast.auditor)
    page = auditor.get("/staff/official-figures/").page
    assert "Import a file" not in page.text
    assert auditor.get(NEW).status_code == 403


def test_statements_do_not_grow_with_the_lines(app, manager, numbers):
    with app.app_context():
        engine = db.engine

    def statements(lines):
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            assert look_at(manager, csv_of(*lines)).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    line = "{},turnover,{},2026-03-31,HMRC"
    few = statements([line.format(numbers[0], 400_000)])
    assert statements([line.format(number, 400_001) for number in numbers]) == few


def test_what_is_too_large_for_the_page_is_refused(app, manager, numbers, monkeypatch):
    monkeypatch.setattr(official_figures, "LARGEST_PACKED", 100)
    answer = look_at(manager, mixed(numbers))
    assert answer.status_code == 422
    assert any("too large to look at" in error for error in answer.page.errors)


def test_a_preview_of_many_lines_shows_the_first_and_says_how_many_more(manager, numbers):
    lines = [f"0000{number:04d},staff,1,2026-03-31,HMRC" for number in range(1, 151)]
    page = look_at(manager, csv_of(*lines, f"{numbers[0]},staff,5,2026-03-31,HMRC")).page
    assert "No business of the scheme has this number: 150" in page.text
    assert "And 50 more" in page.text
