"""The command line: each command is an entry point and owns its transactions.

`commands` puts them on the application; `tools` are those that need no settings and no database.
"""
