"""Tagged, reproducible PDFs from HTML. The only importer of WeasyPrint, and only when one is made.

The import costs over a second and needs the system library Pango, so it happens in the worker; the
web process hands out what is already made.
"""

from voucher.integrations.pdf.rendering import PdfAttachment, PdfFailed, render_pdf

__all__ = ["PdfAttachment", "PdfFailed", "render_pdf"]
