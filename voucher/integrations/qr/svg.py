"""Draw a text as a QR code.

Source of the format: ISO/IEC 18004, through the library segno. Error correction M (15 % may be
lost) survives a folded print; the quiet zone is the four modules that the standard asks for.
"""

from io import BytesIO

QUIET_ZONE = 4
LONGEST = 1000


def qr_svg(text: str, *, title: str = "QR code", module_millimetres: float = 1.2) -> str:
    """Draw `text` as an inline `<svg>` whose `<title>` is its alternative text.

    The drawing scales by its viewBox and also states its size in millimetres, `module_millimetres`
    for each module. The same arguments always give the same characters. Raises ValueError for an
    empty text, a text over 1,000 characters, or an empty title.
    """
    if not text or len(text) > LONGEST:
        raise ValueError(f"a QR code holds 1 to {LONGEST} characters here")
    if not title.strip():
        raise ValueError("a QR code needs a title: people who can't see it are told that")
    import segno

    drawn = BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(
        drawn,
        kind="svg",
        border=QUIET_ZONE,
        scale=module_millimetres,
        unit="mm",
        title=title,
        xmldecl=False,
        svgns=True,
        nl=False,
        svgclass="qr-code",
        lineclass=None,
        light="#fff",
    )
    return drawn.getvalue().decode("utf-8")
