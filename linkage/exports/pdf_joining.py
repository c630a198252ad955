"""Printed pages joined into one PDF that holds no clock and no path, whatever the printer wrote into them."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from linkage.exports.pdf_tags import number_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pypdf import PdfWriter

    from linkage.exports.pdf import Printed


def join_pages(pages: Sequence[Printed], *, title: str, on: date) -> bytes:
    """One PDF of the printed pages, with contents. on : the day it is dated; the same pages give the same bytes."""
    from pypdf import PdfReader, PdfWriter

    if len(pages) == 1:
        writer = PdfWriter(clone_from=PdfReader(pages[0].path))  # keeps the tags that a screen reader follows
        starts = {}
    else:
        writer, starts = PdfWriter(), {}
        for page in pages:
            starts[page.file] = len(writer.pages)
            writer.append(str(page.path), outline_item=page.title, import_outline=False)
    _settle_links(writer, starts)
    number_tags(writer)
    _date(writer, title, on)
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _settle_links(writer: PdfWriter, starts: dict[str, int]) -> None:
    """Links to other pages become jumps where that page is in the file; all others to files of this computer go."""
    from pypdf.generic import ArrayObject, NameObject

    for page in writer.pages:
        kept = ArrayObject()
        for reference in page.get("/Annots", ()):
            note = reference.get_object()
            address = (note.get("/A") or {}).get("/URI")
            if address is None or urlsplit(str(address)).scheme in ("http", "https", "mailto"):
                kept.append(reference)
                continue
            place = starts.get(PurePosixPath(unquote(urlsplit(str(address)).path)).name)
            if place is not None:
                del note["/A"]
                target = writer.pages[place].indirect_reference
                note[NameObject("/Dest")] = ArrayObject([target, NameObject("/Fit")])
                kept.append(reference)
            else:
                note.clear()
        if "/Annots" in page:
            page[NameObject("/Annots")] = kept


def _date(writer: PdfWriter, title: str, on: date) -> None:
    day = f"D:{on:%Y%m%d}120000Z"
    writer.metadata = {
        "/Title": title,
        "/Author": "linkage",
        "/Producer": "linkage",
        "/Creator": "linkage",
        "/CreationDate": day,
        "/ModDate": day,
    }
    writer._ID = None
