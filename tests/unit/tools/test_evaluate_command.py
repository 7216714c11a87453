"""`evaluate` as somebody at a terminal meets it."""

import json

import pytest

from voucher.cli import evaluations, tools
from voucher.evaluation.estimators.registry import ESTIMATORS

ROWS = """y,z,b,x,d,c
1,1,n,2,1,g1
2,1,n,3,0,g1
4,1,s,1,1,g2
,1,s,5,1,g3
3,0,n,2,0,g3
1,0,n,4,0,g4
0,0,s,1,0,g4
NA,0,s,2,0,g5
2,0,s,,0,g6
5,1,s,2,1,g7
"""


@pytest.fixture
def evaluate(tmp_path):
    def run(words, rows=ROWS):
        path = tmp_path / "rows.csv"
        path.write_bytes(rows if isinstance(rows, bytes) else rows.encode())
        runner = tools.application().test_cli_runner()
        return runner.invoke(
            args=["voucher", "evaluate", str(path), "--outcome", "y", "--arm", "z", *words.split()]
        )

    return run


def test_the_command_offers_every_estimator_there_is():
    assert set(evaluations.NAMES) == set(ESTIMATORS)


def test_the_answer_is_json_alone_with_every_key(evaluate):
    result = evaluate("--estimator difference --json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    answer = json.loads(result.stdout)
    assert answer["estimate"] == pytest.approx(3 - 1.5)
    assert (answer["n_treated"], answer["n_comparison"]) == (4, 4)
    assert (answer["missing_outcome_treated"], answer["missing_outcome_comparison"]) == (1, 1)
    assert answer["dropped_strata"] is None
    assert answer["first_stage_f"] is None
    assert set(answer) == {*evaluations.KEYS, *evaluations.BELONGING}


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("stratified --stratum b", ("standard_error", "dropped_strata")),
        ("stratified --strata b", ("standard_error", "dropped_strata")),
        ("ancova --covariates x", ("standard_error",)),
        ("ancova --stratum b --cluster c", ("standard_error", "dropped_strata")),
        ("lin --covariates x", ("df",)),
        ("cace --takeup d", ("first_stage_f", "ci_low")),
        ("randomisation --permutations 50 --seed 4", ("permutations", "seed", "definition")),
        ("lee --stratum b", ("lower", "upper", "trimmed_share")),
    ],
)
def test_each_estimator_gives_what_belongs_to_it(evaluate, words, keys):
    result = evaluate(f"--estimator {words} --json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert all(answer[key] is not None for key in keys)


def test_without_json_it_is_words(evaluate):
    result = evaluate("--estimator stratified --stratum b")
    assert result.exit_code == 0
    assert "estimate                     1.5" in result.stdout
    assert "dropped_strata               none" in result.stdout
    assert "first_stage_f" not in result.stdout


def test_rows_without_a_covariate_are_left_out_only_where_it_is_used(evaluate):
    answer = json.loads(evaluate("--estimator ancova --covariates x --json").stdout)
    assert (answer["n_comparison"], answer["missing_covariate_comparison"]) == (3, 1)
    result = evaluate("--estimator difference --covariates x --json")
    assert json.loads(result.stdout)["n_comparison"] == 4
    assert result.stderr == "Note: difference makes no use of --covariates.\n"


@pytest.mark.parametrize(
    ("words", "old", "new", "said"),
    [
        ("difference", "1,1,n", "many,1,n", ("line 2", "“y”", "“many” is not a number")),
        ("difference", "1,1,n", "1_0,1,n", ("line 2", "“1_0” is not a number")),
        ("difference", "1,1,n", "inf,1,n", ("line 2", "infinite")),
        ("difference", "1,1,n", "1e999,1,n", ("line 2", "infinite, or too large")),
        ("difference", "1,1,n", "1e308,1,n", ("line 2", "too large to be reckoned with")),
        ("ancova --covariates x", "n,2,1,g1", "n,-1e51,1,g1", ("“x”", "too large")),
        ("ancova --covariates x", "n,2,1,g1", "n,1e-200,1,g1", ("“x”", "too near to 0")),
        ("randomisation --permutations 10000001", "", "", ("permutations", "10000000")),
        ("difference", "1,1,n", "1,2,n", ("line 2", "“z”", "neither 1 nor 0")),
        ("difference", "1,1,n", "1,,n", ("line 2", "“z”", "missing")),
        ("difference", "1,1,n", "1,n", ("line 2 has 5 fields",)),
        ("difference", "y,z", "Y,z", ("no column “y”",)),
        ("difference", "y,z", "y,z,y", ("more than one column “y”",)),
        ("difference", "1,1,n", '"1"1,1,n', ("line 2",)),
        ("stratified --stratum b", "1,1,n", "1,1,", ("line 2", "“b”", "missing")),
        ("ancova --stratum b --cluster c", ",g1\n2", ", \n2", ("line 2", "“c”", "missing")),
        ("cace --takeup d", "2,1,g1", "2,,g1", ("line 2", "“d”", "missing")),
        ("ancova --covariates x", "n,2,1,g1", "n,two,1,g1", ("line 2", "“x”")),
        ("difference --cluster c", "", "", ("no clusters",)),
        ("ancova", "", "", ("covariates or strata",)),
        ("ancova --covariates x,,b", "", "", ("Name each column once",)),
        ("ancova --covariates x,x", "", "", ("Name each column once",)),
        ("randomisation --permutations 0", "", "", ("At least one",)),
        ("guess", "", "", ("guess",)),
    ],
)
def test_what_is_wrong_is_said_in_one_line(evaluate, words, old, new, said):
    result = evaluate(f"--estimator {words} --json", ROWS.replace(old, new, 1) if old else ROWS)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    for each in said:
        assert each in result.stderr


@pytest.mark.parametrize("words", ["cace --takeup z", "ancova --stratum c --cluster c"])
def test_one_column_may_stand_for_two_things(evaluate, words):
    rows = "y,z,c\n" + "".join(f"{n * n % 7},{n % 2},g{n // 4}\n" for n in range(16))
    result = evaluate(f"--estimator {words} --json", rows=rows)
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert (answer["n_treated"], answer["n_comparison"]) == (8, 8)


def test_an_outcome_that_is_its_own_covariate_is_refused_in_one_line(evaluate):
    result = evaluate("--estimator ancova --covariates y --json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


def test_spaces_between_covariates_are_forgiven(evaluate, tmp_path):
    spaced = tools.application().test_cli_runner().invoke(
        args=["voucher", "evaluate", _file(tmp_path), "--outcome", "y", "--arm", "z",
              "--estimator", "ancova", "--covariates", " x", "--json"]
    )  # fmt: skip
    assert spaced.exit_code == 0, spaced.stderr
    assert spaced.stdout == evaluate("--estimator ancova --covariates x --json").stdout


def _file(folder):
    path = folder / "spaced.csv"
    path.write_text(ROWS, encoding="utf-8")
    return str(path)


def test_a_file_without_rows_has_no_effect(evaluate):
    assert "has no rows" in evaluate("--estimator difference", "y,z\n").stderr
    assert "no column" in evaluate("--estimator difference", "").stderr
    assert "not UTF-8" in evaluate("--estimator difference", b"y,z\n\xff,1\n").stderr
