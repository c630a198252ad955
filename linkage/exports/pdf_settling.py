"""A printed PDF made fit to publish: contents, no clock, no path, whatever the printer wrote into it."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from linkage.exports.pdf_tags import number_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from pypdf import PdfWriter


def settle_pdf(path: Path, *, title: str, on: date, contents: Sequence[tuple[str, int]] = ()) -> bytes:
    """A printed file with its list of contents; the same print gives the same bytes.

    contents : the title of each part and the sheet it begins on, from 1. on : the day the file is dated.
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(path))  # keeps the tags that a screen reader follows
    for part, sheet in contents:
        writer.add_outline_item(title=part, page_number=sheet - 1)
    _settle_links(writer)
    number_tags(writer)
    writer.metadata = stated_of(title, on)
    writer._ID = None
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _settle_links(writer: PdfWriter) -> None:
    """Jumps within the file stay; links to files of this computer lead nowhere in a file that travels, and go."""
    from pypdf.generic import ArrayObject, NameObject

    for page in writer.pages:
        kept = ArrayObject()
        for reference in page.get("/Annots", ()):
            note = reference.get_object()
            address = (note.get("/A") or {}).get("/URI")
            if address is None or urlsplit(str(address)).scheme in ("http", "https", "mailto"):
                kept.append(reference)
            else:
                note.clear()
        if "/Annots" in page:
            page[NameObject("/Annots")] = kept


def stated_of(title: str, on: date) -> dict[str, str]:
    """What a published file says of itself: its title, its day, and no clock."""
    day = f"D:{on:%Y%m%d}120000Z"
    return {
        "/Title": title,
        "/Author": "linkage",
        "/Producer": "linkage",
        "/Creator": "linkage",
        "/CreationDate": day,
        "/ModDate": day,
    }
