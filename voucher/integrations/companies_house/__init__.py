"""The public register of companies, read through one gateway.

Nothing here decides anything: it answers what the register says of a number, that the register has
no such number, or that the register could not be asked. The three are never confused.
"""
