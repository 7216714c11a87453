"""Running heads and page numbers as artifacts, which screen readers pass over.

PDF/UA-1 (ISO 14289-1, 7.8) asks for that. WeasyPrint 70 writes them as content of structure
elements that hang nowhere, because its own way of doing it is of PDF 2.0. Here the two functions
that draw and tag the boxes in a page's margin are told to leave tagging out. The tests have a
checker of PDF/UA look at a document with running heads, so a new version that needs this no longer,
or in another way, is noticed.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any


@cache
def mark_furniture_as_artifacts() -> None:
    """Change the two functions, once in a process. Call after WeasyPrint could be imported."""
    from weasyprint import draw
    from weasyprint.formatting_structure.boxes import MarginBox
    from weasyprint.pdf import tags

    draw_context, build_tree = draw.draw_stacking_context, tags._build_box_tree

    def draw_untagged(stream: Any, context: Any) -> None:
        if not isinstance(context.box, MarginBox) or stream._tags is None:
            draw_context(stream, context)
            return
        with stream.artifact():
            tagged, stream._tags = stream._tags, None
            try:
                draw_context(stream, context)
            finally:
                stream._tags = tagged

    def build_without_margins(box: Any, *rest: Any) -> Iterator[Any]:
        if not isinstance(box, MarginBox):
            yield from build_tree(box, *rest)

    draw.draw_stacking_context = draw_untagged
    tags._build_box_tree = build_without_margins
