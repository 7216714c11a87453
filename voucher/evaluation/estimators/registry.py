"""Every estimator by its name, with the columns and options it makes use of."""

from collections.abc import Callable
from dataclasses import dataclass

from voucher.evaluation.estimators.bounds import lee
from voucher.evaluation.estimators.instrument import cace
from voucher.evaluation.estimators.means import difference, stratified
from voucher.evaluation.estimators.randomisation import randomisation
from voucher.evaluation.estimators.regressions import ancova, lin
from voucher.evaluation.estimators.trial import Estimate


@dataclass(frozen=True)
class Estimator:
    """A way to estimate an effect; `uses` are the columns beside outcome and arm, and the
    options, that it makes use of."""

    estimate: Callable[..., Estimate]
    uses: frozenset[str]


ESTIMATORS = {
    "difference": Estimator(difference, frozenset({"weight"})),
    "stratified": Estimator(stratified, frozenset({"stratum", "weight"})),
    "ancova": Estimator(ancova, frozenset({"stratum", "covariates", "cluster", "weight"})),
    "lin": Estimator(lin, frozenset({"stratum", "covariates", "cluster", "weight"})),
    "cace": Estimator(cace, frozenset({"stratum", "covariates", "takeup", "cluster", "weight"})),
    "randomisation": Estimator(randomisation, frozenset({"stratum", "permutations", "seed"})),
    "lee": Estimator(lee, frozenset({"stratum", "weight"})),
}
