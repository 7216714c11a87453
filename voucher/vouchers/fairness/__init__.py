"""Was the matching of a round fair? Demand and supply, who was shown, how long it took, what gaps.

Figures for the programme's own people: with small numbers, nothing here is for publication.
"""
