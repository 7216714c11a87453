"""A simulated trial, from the draw to its findings, with an effect that is known beforehand.

The applicants, what they redeem and what they answer are made up and written all at once; the plan,
the draw, the analysis set and the findings are the programme's own code. Nothing of it may ever
stand in a database that is used for anything else: everything says that it is simulated.
"""
