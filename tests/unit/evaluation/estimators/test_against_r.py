"""The same rows given to R's package estimatr, where it is installed, agree to 1e-6.

Rows that were made up, and those of a published experiment (`published.incentives`).
"""

import json
import shutil
import subprocess

import numpy as np
import pytest

from tests.unit.evaluation.estimators.published import incentives
from tests.unit.evaluation.estimators.trials import made_trial
from voucher.cli import tools

SCRIPT = """
suppressMessages(library(estimatr))
rows <- read.csv(commandArgs(TRUE)[1]); rows <- rows[!is.na(rows$y), ]
said <- function(name, fit, term = "z") {
  at <- if (length(fit$std.error) > 1) match(term, names(fit$coefficients)) else 1
  f <- fit$diagnostic_first_stage_fstatistic
  cat(name, sprintf("%.17g", c(fit$coefficients[[term]], fit$std.error[[at]], fit$df[[at]],
    fit$conf.low[[at]], fit$conf.high[[at]], fit$p.value[[at]], if (is.null(f)) 0 else f[[1]])))
  cat("\\n")
}
said("difference", difference_in_means(y ~ z, rows))
said("stratified", difference_in_means(y ~ z, rows, blocks = b))
said("ancova", lm_robust(y ~ z + x1 + x2, rows, se_type = "HC2"))
said("ancova-strata", lm_robust(y ~ z + factor(b), rows, se_type = "HC2"))
said("ancova-cluster", lm_robust(y ~ z + x1, rows, clusters = c, se_type = "stata"))
said("lin", lm_lin(y ~ z, covariates = ~ x1 + x2, rows, se_type = "HC2"))
said("lin-strata", lm_lin(y ~ z, covariates = ~ x1 + factor(b), rows, se_type = "HC2"))
said("cace", iv_robust(y ~ d | z, rows, se_type = "HC1", diagnostics = TRUE), "d")
said("cace-strata", iv_robust(y ~ d + x1 + factor(b) | z + x1 + factor(b), rows,
  se_type = "HC1", diagnostics = TRUE), "d")
said("cace-cluster", iv_robust(y ~ d | z, rows, clusters = c, se_type = "stata"), "d")
said("ancova-weighted", lm_robust(y ~ z + x1 + factor(b), rows, weights = w, se_type = "HC2"))
said("ancova-cluster-weighted", lm_robust(y ~ z + x1, rows, clusters = c, weights = w,
  se_type = "stata"))
said("lin-weighted", lm_lin(y ~ z, covariates = ~ x1 + factor(b), rows, weights = w,
  se_type = "HC2"))
said("cace-weighted", iv_robust(y ~ d + x1 | z + x1, rows, weights = w, se_type = "HC1",
  diagnostics = TRUE), "d")
"""
OPTIONS = {
    "difference": "",
    "stratified": "--stratum b",
    "ancova": "--covariates x1,x2",
    "ancova-strata": "--stratum b",
    "ancova-cluster": "--covariates x1 --cluster c",
    "lin": "--covariates x1,x2",
    "lin-strata": "--covariates x1 --stratum b",
    "cace": "--takeup d",
    "cace-strata": "--takeup d --covariates x1 --stratum b",
    "cace-cluster": "--takeup d --cluster c",
    "ancova-weighted": "--covariates x1 --stratum b --weight w",
    "ancova-cluster-weighted": "--covariates x1 --cluster c --weight w",
    "lin-weighted": "--covariates x1 --stratum b --weight w",
    "cace-weighted": "--takeup d --covariates x1 --weight w",
}
KEYS = ("estimate", "standard_error", "df", "ci_low", "ci_high", "p_value", "first_stage_f")


def estimatr_is_there():
    script = shutil.which("Rscript")
    words = [script, "-e", "quit(status = !requireNamespace('estimatr', quietly = TRUE))"]
    return bool(script) and subprocess.run(words, check=False, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(
    not estimatr_is_there(), reason="R with estimatr is not installed (Debian: r-cran-estimatr)"
)


@pytest.mark.parametrize("make", [lambda: made_trial(11), incentives])
def test_every_estimator_that_estimatr_has(tmp_path, make):
    rows, file = make(), tmp_path / "rows.csv"
    weights = np.random.default_rng(5).uniform(0.5, 2, len(rows))
    columns = [rows.outcome, rows.offered * 1, *rows.covariates.values(), rows.take_up * 1, weights]
    table = np.column_stack([*(each.astype(str) for each in columns), rows.stratum, rows.cluster])
    lines = ["y,z,x1,x2,d,w,b,c", *(",".join(line).replace("nan", "") for line in table)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script = tmp_path / "script.R"
    script.write_text(SCRIPT, encoding="utf-8")
    answer = subprocess.run(
        ["Rscript", str(script), str(file)], check=True, capture_output=True, text=True
    )
    theirs = {
        words[0]: [float(each) for each in words[1:]]
        for words in map(str.split, answer.stdout.splitlines())
    }
    assert set(theirs) == set(OPTIONS)
    runner = tools.application().test_cli_runner()
    for name, options in OPTIONS.items():
        words = f"--outcome y --arm z --estimator {name.partition('-')[0]} {options} --json"
        result = runner.invoke(args=["voucher", "evaluate", str(file), *words.split()])
        assert result.exit_code == 0, result.stderr
        ours = json.loads(result.stdout)
        for key, number in zip(KEYS, theirs[name], strict=True):
            if key != "first_stage_f" or number:
                assert ours[key] == pytest.approx(number, rel=1e-6), (name, key)
