"""An extract gives the findings back to the last digit, tells nobody's name, and is checked."""

import csv
import hashlib
import io
import json
import shlex
import zipfile
from dataclasses import replace

import pytest

from tests.factories.trials import WAVES, simulated_rows, simulated_set, trial_facts, trial_plan
from voucher.cli import tools
from voucher.core.errors import Invalid
from voucher.evaluation.analysis.extract import NAMES, open_extract, read_extract, write_extract
from voucher.evaluation.analysis.rows import assembled
from voucher.evaluation.analysis.set import findings
from voucher.evaluation.plans.rules import plan_sha256

PLAN = trial_plan(permutations=100)
SHA256 = plan_sha256(PLAN.content())


def facts(count, **values):
    told = trial_facts(count, **values)
    return replace(told, plan={**told.plan, "sha256": SHA256})


@pytest.fixture(scope="module")
def rows():
    return simulated_set(300, 0.2, 3, facts=facts(300))


@pytest.fixture(scope="module")
def found(rows):
    return findings(rows, PLAN)


@pytest.fixture(scope="module")
def packed(rows, found):
    return write_extract(rows, PLAN, found)


def changed(packed, name, change):
    """The extract with one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for each in NAMES:
            content = old.read(each)
            new.writestr(each, change(content) if each == name else content)
    return out.getvalue()


def table(packed, name):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return list(csv.reader(io.StringIO(archive.read(name).decode(), newline="")))


def test_the_findings_come_back_to_the_last_digit(packed, found, tmp_path):
    file = tmp_path / "extract.zip"
    file.write_bytes(packed)
    assert json.dumps(read_extract(file)) == json.dumps(found)
    assert open_extract(packed).stated == found


def test_the_set_comes_back_whole(packed, rows):
    again = open_extract(packed).rows
    assert repr(again) == repr(replace(rows, facts=again.facts))
    assert again.facts.content() == rows.facts.content()


def test_clusters_and_a_draw_without_strata_come_back_too():
    made = [
        replace(row, stratum="", cluster=str(number // 2))
        for number, row in enumerate(simulated_rows(60, 0.2, 1, response=1, apart=0))
    ]
    rows = assembled(made, facts(60), waves=WAVES)
    packed = write_extract(rows, PLAN, findings(rows, PLAN))
    again = open_extract(packed).rows
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        words = archive.read("README.txt").decode()
    assert "--cluster cluster" in words
    assert "--stratum" not in words
    assert again.strata is None
    assert len(set(again.clusters)) == 30
    assert again.clusters == rows.clusters


def test_the_same_set_gives_the_same_bytes(packed, rows, found):
    assert write_extract(rows, PLAN, found) == packed


def test_every_column_is_in_the_codebook(packed):
    header, *_ = table(packed, "data.csv")
    lines = table(packed, "codebook.csv")
    assert [line[0] for line in lines[1:]] == header
    assert all(all(line[place] for place in (1, 3, 4)) for line in lines[1:])


def test_the_plan_inside_has_the_published_hash(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert hashlib.sha256(archive.read("plan.json")).hexdigest() == SHA256
        assert SHA256 in archive.read("README.txt").decode()


def test_the_commands_of_the_readme_give_the_figures(packed, found, tmp_path):
    commands_give(packed, found, PLAN, tmp_path)


def commands_give(packed, found, plan, tmp_path):
    """Run the commands of an extract's README and compare what they print with the findings."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    lines = (tmp_path / "README.txt").read_text(encoding="utf-8").splitlines()
    commands = [shlex.split(line) for line in lines if line.startswith("  flask voucher evaluate")]
    assert len(commands) == len(plan.outcomes)
    by_column = {f"{each['wave']}_{each['code']}": each["itt"] for each in found["outcomes"]}
    for words in commands:
        arguments = [str(tmp_path / word) if word == "data.csv" else word for word in words[1:]]
        result = tools.application().test_cli_runner().invoke(args=arguments)
        answer = json.loads(result.stdout)
        told = by_column[words[words.index("--outcome") + 1]]
        for key in ("estimate", "standard_error", "ci_low", "ci_high", "p_value", "df"):
            assert answer[key] == told[key]


def test_a_label_that_few_share_is_joined_with_others():
    made = simulated_rows(60, 0.2, 1, response=1, apart=0)
    places = ["Whitby"] * 2 + ["Filey"] * 2 + ["Hull"] * 7 + ["Leeds"] * 49
    named = [
        replace(row, subgroups={"place": place}) for row, place in zip(made, places, strict=True)
    ]
    labels = assembled(named, facts(60), waves=WAVES).subgroups["place"]
    assert sorted(set(labels)) == ["Leeds", "Others"]
    assert labels.count("Others") == 11


def test_a_plan_without_adjustments_names_none_in_its_commands(rows):
    plan = replace(PLAN, estimator="difference")
    packed = write_extract(
        rows,
        plan,
        {},
    )
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        words = archive.read("README.txt").decode()
    assert "--estimator difference --json" in words


def test_names_of_strata_stay_at_home(packed):
    header, *lines = table(packed, "data.csv")
    place = header.index("stratum")
    assert {line[place] for line in lines} == {"S1", "S2", "S3"}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("data.csv", lambda text: text.replace(b"voucher,1,", b"voucher,7,", 1), "0 or 1"),
        ("data.csv", lambda text: text + b"one,two\r\n", "number of cells"),
        ("data.csv", lambda text: text.replace(b"business", b"firm", 1), "damaged"),
        ("data.csv", lambda _: b"", "damaged"),
        ("data.csv", lambda _: b"\xff\xfe", "damaged"),
        ("data.csv", lambda text: text + b'"abc', "damaged"),
        ("facts.json", lambda text: json.dumps({**json.loads(text), "plan": {}}), "damaged"),
        ("facts.json", lambda text: json.dumps({**json.loads(text), "plan": [1]}), "damaged"),
        ("facts.json", lambda _: b"[]", "damaged"),
        ("facts.json", lambda _: b"{}", "damaged"),
        ("plan.json", lambda _: b"not JSON", "damaged"),
        ("plan.json", lambda text: text.replace(b'"seed": 7', b'"seed": 8'), "locked"),
    ],
)
def test_a_damaged_extract_is_refused_in_words(packed, name, change, words):
    with pytest.raises(Invalid, match=words):
        read_extract(changed(packed, name, change))


def test_an_extract_of_which_nothing_can_be_made_is_refused_in_words(monkeypatch, packed):
    def fails(*_):
        raise ZeroDivisionError("of nothing")

    monkeypatch.setattr("voucher.evaluation.analysis.set.findings", fails)
    with pytest.raises(Invalid, match="No figures can be made"):
        read_extract(packed)


def test_an_encrypted_or_odd_archive_is_refused_in_words(packed):
    """Bit 0 of the flags says that a file is encrypted; 99 is no method of packing we know."""
    for local, central, value in ((6, 8, 1), (8, 10, 99)):
        odd = bytearray(packed)
        for signature, place in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
            start = odd.find(signature)
            while start >= 0:
                odd[start + place] = value
                start = odd.find(signature, start + 4)
        with pytest.raises(Invalid, match="no ZIP file that can be read"):
            read_extract(bytes(odd))


def test_what_is_no_extract_is_refused_in_words(monkeypatch, packed):
    with pytest.raises(Invalid, match="no ZIP file"):
        read_extract(b"PK but not really")
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(Invalid, match="no extract"):
        read_extract(empty.getvalue())
    monkeypatch.setattr("voucher.evaluation.analysis.extract.MOST_BYTES", 10)
    with pytest.raises(Invalid, match="too large"):
        read_extract(packed)


@pytest.mark.slow
def test_joined_strata_are_in_the_extract_with_what_each_row_counts_for(tmp_path):
    """A thin stratum, one without a lottery: figures and commands come back as they were."""
    made = simulated_rows(120, 0.2, 4, response=0.85, apart=0.0)
    names = ["1 thin"] * 3 + ["2 alone"] * 2
    thin = [replace(row, stratum=name) for row, name in zip(made[:5], names, strict=True)]
    for place in (3, 4):
        thin[place] = replace(thin[place], offered=True, arm="voucher")
    thin[:3] = [
        replace(row, offered=each, arm="voucher" if each else "comparison")
        for row, each in zip(thin[:3], (True, False, False), strict=True)
    ]
    plan = replace(PLAN, fewest_in_stratum=2)
    told = replace(facts(120), plan={**facts(120).plan, "sha256": plan_sha256(plan.content())})
    rows = assembled([*thin, *made[5:]], told, waves=WAVES)
    found = findings(rows, plan)
    assert found["outcomes"][0]["joined_strata"]
    assert found["strata"]["without_lottery"]
    packed = write_extract(rows, plan, found)
    assert json.dumps(read_extract(packed)) == json.dumps(found)
    header, *_ = table(packed, "data.csv")
    lines = table(packed, "codebook.csv")
    assert [line[0] for line in lines[1:]] == header
    assert all(all(line[place] for place in (1, 3, 4)) for line in lines[1:])
    assert "joined_month_6_adoption" in header
    commands_give(packed, found, plan, tmp_path)
