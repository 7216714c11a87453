"""From the rows of a trial to every figure of its report.

`rows` holds the analysis set: one row for each business drawn, without names. `queries` assembles
it from the database at a data cut, `extract` writes it for outside evaluators and reads it back,
and `set` makes the findings of it: the same from both, to the last digit. `subgroups` names what
the businesses can be divided by. `set` and what it calls load numpy and statsmodels: import it
inside functions, in the worker and on the command line only.
"""
