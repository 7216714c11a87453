"""Incentives to learn the result of a test, as trials (Thornton 2008, AER 98).

In Malawi a voucher was drawn for going to hear one's result. `causaldata` (MIT licence) carries the
rows: `any` an incentive was drawn, `got` the result, distance and village.
"""

import numpy as np
from causaldata import thornton_hiv

from voucher.evaluation.estimators.trial import Trial


def _rows():
    rows = thornton_hiv.load_pandas().data
    return rows[rows["any"].notna() & rows["got"].notna() & rows["villnum"].notna()]


def _trial(rows, outcome, **covariates):
    far = np.where(rows["distvct"] > 1.5, "far", "near")
    return Trial(
        outcome=outcome.to_numpy(float),
        offered=rows["any"].to_numpy() == 1,
        stratum=far,
        covariates={name: rows[column].to_numpy(float) for name, column in covariates.items()},
        take_up=rows["got"].to_numpy() == 1,
        cluster=rows["villnum"].astype(int).astype(str).to_numpy(),
    )


def incentives_as_published():
    """Whether the result was learned, by whether an incentive was drawn."""
    rows = _rows()
    return _trial(rows, rows["got"], distance="distvct")


def incentives():
    """Age, with having learned the result as take-up. Nothing can change an age: this is to compare
    numbers alone. Some ages are not known."""
    rows = _rows()
    return _trial(rows, rows["age"], distance="distvct", positive="hiv2004")
