"""Which offerings suit a described problem, in which order, and why. Pure.

`catalogue` (what is on offer, as an index) · `parts` (what each offering gets points for) · `order`
(the ranking) · `reasons` (codes with parameters; templates word them) · `why` (why not this one?).
Prices, capacities, conflicts and track records are handed in: these modules know no other package.
numpy and scipy are imported at the first ranking.
"""
