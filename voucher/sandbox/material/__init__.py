"""The fictional material of the demonstration: businesses, providers, offerings, problems, people.

Everything here is made up, and the same every time it is asked for. Where an identifier has a
reserved or unissued range it is taken from there: company numbers from 99000000, charity numbers
from 9900000, telephone numbers of Ofcom's range for drama (01632 960xxx), addresses under
``.example``, postcodes whose district is true and whose second half has never been issued.
"""
