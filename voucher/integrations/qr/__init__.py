"""QR codes as SVG, ready for pages and PDFs. The only importer of segno."""

from voucher.integrations.qr.svg import qr_svg

__all__ = ["qr_svg"]
