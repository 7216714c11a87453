"""The rehearsal: one taster played over HTTP through the real forms, by the people it takes.

It knows no table and no operation: it reads pages, fills in what their forms ask for and presses
their buttons, as a person without JavaScript would. What it can't do, a person can't do either.
"""
