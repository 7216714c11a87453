"""The numbers and codes a business is known by: how each is written, and what is wrong with it.

Every `normalise_...` takes what a person typed and returns the one form that is stored, or raises
its own InvalidIdentifier with a sentence for that person. The checks are of form only: whether a
company exists and who it is, the register says.
"""

import re
import unicodedata


class InvalidIdentifier(ValueError):
    """A number or code that can't be right; `str(error)` says so in plain English."""


class InvalidCompanyNumber(InvalidIdentifier):
    """Not a company registration number."""


class InvalidVatNumber(InvalidIdentifier):
    """Not a VAT registration number."""


class InvalidUtr(InvalidIdentifier):
    """Not a Unique Taxpayer Reference."""


class InvalidCharityNumber(InvalidIdentifier):
    """Not a registered charity number."""


class InvalidPhone(InvalidIdentifier):
    """Not a telephone number of the United Kingdom."""


class InvalidPostcode(InvalidIdentifier):
    """Not a UK postcode."""


# Companies House, "Uniform Resource Identifiers (URI) customer guide", list of company number
# prefixes, with those of its free company data product: eight characters, a prefix of two letters
# (none in England and Wales; R0 is an old Northern Ireland company) and six digits.
_PREFIXES = (
    "AC BR CE CS EN ES FC FE GE GN GS IC LP NA NC NF NI NL NV NZ OC OE PC R0 RC SA SC SE SF SG SI "
    "SL SO SR SZ ZC"
)
COMPANY_PREFIXES = frozenset(_PREFIXES.split())
# Registered societies keep the letters of their old register at the end: IP00525R, RS007523.
SOCIETY_PREFIXES = frozenset(("IP", "NO", "NP", "RS", "SP"))

_PREFIXED = re.compile(r"([A-Z][A-Z0])([0-9]{4,6})", re.ASCII)
_SOCIETY = re.compile(r"([A-Z]{2})(?:[0-9]{6}|[0-9]{5}[A-Z]|[0-9]{4}[A-Z]{2})", re.ASCII)


def normalise_company_number(text: str) -> str:
    """The company number as Companies House writes it: eight characters, noughts in front.

    "445790" becomes "00445790", "sc 123456" "SC123456". Numbers of fewer than six digits must be
    typed with their noughts: a number with digits missing would be somebody else's.
    """
    number = _squeeze(text)
    if re.fullmatch(r"[0-9]{6,8}", number) and int(number):
        return number.zfill(8)
    if (found := _SOCIETY.fullmatch(number)) and found[1] in SOCIETY_PREFIXES:
        return number
    if (found := _PREFIXED.fullmatch(number)) and found[1] in COMPANY_PREFIXES:
        return found[1] + found[2].zfill(6)
    raise InvalidCompanyNumber(
        "Enter the company number as Companies House writes it: 8 characters, like 01234567 or "
        "SC123456."
    )


def normalise_vat_number(text: str) -> str:
    """A VAT registration number as "GB" and its digits; the check digits are verified.

    By python-stdnum (`stdnum.gb.vat`), which knows both check sums of HM Revenue & Customs. Numbers
    of government departments and health authorities (GD, HA) are refused: they are no businesses.
    """
    from stdnum.exceptions import ValidationError
    from stdnum.gb import vat

    try:
        number = vat.validate(_squeeze(text))
    except ValidationError:
        number = ""
    if len(number) not in (9, 12) or not int(number[:9]):
        raise InvalidVatNumber(
            "Enter the VAT number on your VAT certificate: 9 digits, with or without GB in front."
        )
    return f"GB{number}"


def normalise_utr(text: str) -> str:
    """A Unique Taxpayer Reference as ten digits; the check digit is verified (`stdnum.gb.utr`)."""
    from stdnum.exceptions import ValidationError
    from stdnum.gb import utr

    try:
        # HM Revenue & Customs writes the reference with a K behind it on some letters.
        return utr.validate(_squeeze(text).removesuffix("K"))
    except ValidationError:
        raise InvalidUtr(
            "Enter the 10 digits of the Unique Taxpayer Reference on your tax return or a letter "
            "about it."
        ) from None


# Forms: Charity Commission for England and Wales, six or seven digits (the register began at
# 200000); Scottish Charity Regulator, SC0 and five digits; Charity Commission for Northern Ireland,
# NIC1 and five digits.
_CHARITY = re.compile(r"[2-9][0-9]{5}|[1-9][0-9]{6}|SC0[0-9]{5}|NIC1[0-9]{5}", re.ASCII)


def normalise_charity_number(text: str) -> str:
    """A charity number as its register writes it: "1234567", "SC012345" or "NIC101234"."""
    number = re.sub(r"\ANI(?=[0-9])", "NIC", _squeeze(text))
    if not _CHARITY.fullmatch(number):
        raise InvalidCharityNumber(
            "Enter the registered charity number: 6 or 7 digits, or SC0 and 5 digits for Scotland, "
            "or NIC1 and 5 digits for Northern Ireland."
        )
    return number


# Form: BS 7666 and Royal Mail's "PAF Programmer's Guide": which letters may stand where. The areas
# are Royal Mail's 124 (the Office for National Statistics lists the same), so that a slip such as
# "NN" for "M" is caught where the area does not exist.
_POSTCODE = re.compile(
    r"(?P<outcode>[A-PR-UWYZ][A-HK-Y]?[0-9][0-9]?"
    r"|[A-PR-UWYZ][0-9][A-HJKPSTUW]|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRV-Y])"
    r"(?P<inward>[0-9][ABD-HJLNP-UW-Z]{2})",
    re.ASCII,
)
_AREAS = (
    "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E "
    "EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL "
    "LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM "
    "SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
POSTCODE_AREAS = frozenset(_AREAS.split())


def normalise_postcode(text: str) -> str:
    """A UK postcode in capitals with one space: "M1 1AE". Form and area are checked, no more."""
    found = _POSTCODE.fullmatch(_squeeze(text))
    if found is None or postcode_area(found["outcode"]) not in POSTCODE_AREAS:
        raise InvalidPostcode("Enter a full UK postcode, like M1 1AE.")
    return f"{found['outcode']} {found['inward']}"


LONGEST_PHONE = 30
UK_CODE = 44
# Ofcom, "Telephone numbers for use in TV and radio drama programmes": these reach nobody. The
# demonstration's fictional people have them, so they are read though no line is behind them.
_DRAMA = re.compile(r"1632960[0-9]{3}|7700900[0-9]{3}", re.ASCII)
_NO_PHONE = "Enter a UK telephone number, like 0113 496 0000 or 07700 900456."


def normalise_phone(text: str) -> str:
    """A UK telephone number as it is dialled at home: "0113 496 0000", "020 7946 0000 x12".

    By phonenumbers, which knows Ofcom's numbering plan (Google's libphonenumber): the range must be
    in use. Numbers of other countries and those at a premium rate are refused: officers ring back.
    """
    import phonenumbers

    # The library reads letters as a keypad does; a person who types words means none.
    letters = re.sub(r"(?i)ext(ension|n)?|x", "", text)
    if len(text) > LONGEST_PHONE * 2 or any(sign.isalpha() for sign in letters):
        raise InvalidPhone(_NO_PHONE)
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        raise InvalidPhone(_NO_PHONE) from None
    premium = phonenumbers.PhoneNumberType.PREMIUM_RATE
    in_use = phonenumbers.is_valid_number(number) or _DRAMA.fullmatch(str(number.national_number))
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    if (
        number.country_code != UK_CODE
        or not in_use
        or phonenumbers.number_type(number) == premium
        or len(written) > LONGEST_PHONE
    ):
        raise InvalidPhone(_NO_PHONE)
    return written


def outcode(postcode: str) -> str:
    """The postcode district, "M1" of "m1 1ae"; raises InvalidPostcode for anything else."""
    return normalise_postcode(postcode).split(" ")[0]


def postcode_area(code: str) -> str:
    """The postcode area, "M", of a district "M1" or of a whole postcode already normalised."""
    return re.split(r"[0-9]", code, maxsplit=1)[0]


# The bands in which statistics of enterprises are kept: smallest and, but for the last, largest.
_BANDS = ((1, 1, "1"), (2, 9, "2-9"), (10, 49, "10-49"), (50, 249, "50-249"))
_ABOVE = "250+"


def headcount_band(headcount: int) -> str:
    """The band that a number of people (1 or more, the owner included) belongs to.

    Raises ValueError for less than one.
    """
    if headcount < 1:
        raise ValueError("a business has at least one person")
    return next((band for least, most, band in _BANDS if least <= headcount <= most), _ABOVE)


def _squeeze(text: str) -> str:
    """Compatibility forms unified, upper case, no spaces, dots, dashes, hidden characters."""
    plain = unicodedata.normalize("NFKC", text).upper()
    dropped = ("Pd", "Cf", "Zs")
    kept = (c for c in plain if c not in ".\t\r\n" and unicodedata.category(c) not in dropped)
    return "".join(kept)
