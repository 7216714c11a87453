"""Reports as documents: the figures, the words around them, the charts, and the tagged PDF.

`rounds` makes the report of a round: `trials` where a draw and a locked plan allow effects,
`descriptive` everywhere else. `providers` and `cases` make the smaller summaries. `conclusions`
says in plain words what the figures hold, `verification` whether a document and its data agree.

Templates are rendered by the entry point's `Render`; PDF and charts are made here, in the worker or
the command line, never in a web request. The same data cut gives the same bytes.
"""
