"""Effects of an offer by lot, as pure functions over arrays. No database, no clock, no settings.

`trial` holds the rows and checks them; `means`, `regressions`, `instrument`, `randomisation` and
`bounds` hold one family of estimators each; `registry` names them all. Every estimator takes a
`Trial` and returns an `Estimate`, or raises `Undefined` saying why there is none: never NaN.
`power` plans a trial by closed formulas; `checks` are what a report says beside an effect.

All but `power` import numpy, scipy, statsmodels and linearmodels, which cost seconds and memory:
import them inside functions, in the worker and on the command line only.
"""
