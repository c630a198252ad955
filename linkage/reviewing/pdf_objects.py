"""What does a PDF hold besides what its printer writes? Every object of the file, and where its bytes end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader
    from pypdf.generic import DictionaryObject

TRAILER = {"/Size", "/Root", "/Info", "/ID"}
ROOT = {
    "/Type",
    "/Pages",
    "/Outlines",
    "/Names",
    "/Dests",
    "/Lang",
    "/MarkInfo",
    "/StructTreeRoot",
    "/ViewerPreferences",
}
PAGE = {"/Type", "/Parent", "/Resources", "/Annots", "/Contents", "/Tabs", "/MediaBox", "/StructParents"}
"""What the printer writes of a file and of a page. Whatever else there is would run, ask, or carry something along."""
NAMED = {"/Font", "/ExtGState", "/XObject", "/Dests", "/Pattern", "/Shading", "/ColorSpace", "/CharProcs"}
"""Where the keys are names that the printer gives its fonts, drawings and places: any may stand there."""
WRITTEN = (
    # the file, its pages, their marks and the list of contents
    "/Type /Subtype /Size /Root /Info /ID /Pages /Outlines /Names /Dests /Lang /MarkInfo /Marked /StructTreeRoot "
    "/ViewerPreferences /DisplayDocTitle /Kids /Limits /Nums /Count /Parent /Resources /Annots /Contents /Tabs "
    "/MediaBox /StructParents /StructParent /ProcSet /F /Border /Rect /Dest /A /S /D /First /Last /Next /Prev /Title "
    "/Author /Producer /Creator /CreationDate /ModDate "
    # the tags that a screen reader follows
    "/K /P /Pg /Obj /O /Alt /Headers /Scope /ColSpan /RowSpan /ListNumbering /Placement /BBox /IDTree /ParentTree "
    "/ParentTreeNextKey /RoleMap /MCID /Stm "
    # fonts
    "/Font /BaseFont /Encoding /Differences /DescendantFonts /ToUnicode /FontDescriptor /CIDToGIDMap /CIDSystemInfo "
    "/Registry /Ordering /Supplement /W /DW /FontName /Flags /Ascent /Descent /StemV /StemH /CapHeight /XHeight "
    "/AvgWidth /MaxWidth /MissingWidth /Leading /ItalicAngle /FontBBox /FontFile /FontFile2 /FontFile3 /FontMatrix "
    "/CharProcs /FirstChar /LastChar /Widths /Length /Length1 /Length2 /Length3 "
    # drawings, pictures, colours
    "/ExtGState /XObject /Pattern /Shading /ColorSpace /BM /CA /ca /LC /LJ /LW /ML /SA /D /SMask /G /TR /BC /Group /I "
    "/Filter /DecodeParms /Predictor /Colors /Columns /ColorTransform /Width /Height /BitsPerComponent /Decode "
    "/ImageMask /Interpolate /N /Alternate /Matrix /PatternType /PaintType /TilingType /XStep /YStep /ShadingType "
    "/Function /Functions /FunctionType /Domain /Range /Bounds /Encode /Coords /Extend /C0 /C1 /BitsPerSample "
    "/Order /BitsPerCoordinate /BitsPerFlag"
)
"""What the printer writes. Keys that run something (/AA, /JS), carry a file (/AF, /EF), cut a page (/CropBox) or have
it read otherwise (/ActualText) are not among them, nor is any that this list does not know."""
KEYS = frozenset(WRITTEN.split())
GROUPS = {"/Transparency", "/Luminosity", "/Alpha"}
BRANCH = {"/Type", "/Count", "/Kids", "/Parent"}
JUMP = {"/Type", "/S", "/D"}
A4 = (594.96, 841.92)
NEAR = 1.0
"""Points by which a sheet may part from A4: printers round it to their own dots."""
SPOKEN = re.compile(rb"/ActualText\s*(\((?:\\.|[^\\)])*\)|<[0-9A-Fa-f\s]*>|)", re.DOTALL)
LONGEST_LETTER = 4
"""Letters drawn as one (ffl), which the printer spells out for whoever copies or listens."""


def more_than_printed(reader: PdfReader, content: bytes, stated: Mapping[str, str]) -> str:
    """What parts the file from a printed one, in words; empty where nothing does.

    content : the bytes of the file. stated : what the file has to say of itself: its title, its day, its maker.
    """
    for said in _oddities(reader, content, stated):
        return said
    return ""


def _oddities(reader: PdfReader, content: bytes, stated: Mapping[str, str]) -> Iterator[str]:
    yield from _more_than_pages(reader)
    if content.count(b"%%EOF") != 1 or not content.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "it goes on after its end (%%EOF)"
    for key in sorted(set(reader.trailer) - TRAILER):
        yield f"its trailer holds {key}, which no printed file has"
    about = {key: str(value) for key, value in reader.trailer.get("/Info", {}).items()}
    for key in sorted(about.keys() | stated.keys()):
        if about.get(key) != stated.get(key):
            yield f"its {key} says “{about.get(key, '')}”, not “{stated.get(key, '')}”"
    for number, page in enumerate(reader.pages, 1):
        left, bottom, width, height = (float(side) for side in page.mediabox)
        sides = sorted((width, height))
        if (left, bottom) != (0, 0) or any(abs(s - a) > NEAR for s, a in zip(sides, A4, strict=True)):
            yield f"page {number} is no sheet of A4"
    yield from _odd_objects(reader)


def _more_than_pages(reader: PdfReader) -> Iterator[str]:
    """What the file and its pages hold besides what is to be read."""
    root = reader.trailer["/Root"]
    names = root["/Names"].get_object() if "/Names" in root else {}
    more = [*(set(root) - ROOT), *(set(names) - {"/Dests"})]
    for key in sorted(more):
        yield f"it holds {key}, which no printed page has"
    for number, page in enumerate(reader.pages, 1):
        for key in sorted(set(page) - PAGE):
            yield f"page {number} holds {key}, which no printed page has"
        for note in page.get("/Annots", ()):
            said = _more_than_a_link(note.get_object())
            if said:
                yield f"page {number} carries {said}, which no printed page has"


def _more_than_a_link(note: DictionaryObject) -> str:
    """What a mark on a page does besides leading to another page; an old one may be empty."""
    kind = str(note.get("/Subtype", "/Link"))
    if kind != "/Link":
        return f"a note of kind {kind}"
    action = next((key for key in ("/A", "/AA", "/PA") if key in note), None)
    return f"a link with an action ({action})" if action else ""


def _odd_objects(reader: PdfReader) -> Iterator[str]:
    """What no printer writes, in the objects that the trailer leads to; then whatever else the file lists."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    reached: set[int] = set()
    waiting: list[tuple[object, str]] = [(reader.trailer, "")]
    while waiting:
        thing, key = waiting.pop()
        if isinstance(thing, IndirectObject):
            if thing.idnum in reached:
                continue
            reached.add(thing.idnum)
            thing = thing.get_object()
        if isinstance(thing, DictionaryObject):
            yield from _odd_keys(thing, key)
            yield from _odd_words(thing, key)
            waiting += [(thing.raw_get(name), name) for name in thing]
        elif isinstance(thing, ArrayObject):
            waiting += [(part, key) for part in thing]
    yield from _left_over(reader, reached)


def _odd_keys(found: DictionaryObject, key: str) -> Iterator[str]:
    """Keys of one dictionary that no printer writes there. key : under which it stands."""
    if key not in NAMED or "/Type" in found or "/Subtype" in found or "/S" in found:
        for name in sorted(set(found) - KEYS):
            yield f"it holds {name}, which no printed page has"
    if "/F" in found and not isinstance(found["/F"], int):
        yield "it names another file (/F), which no printed page does"
    if ("/Next" in found or "/Prev" in found) and "/Title" not in found:
        yield "an action is followed by another (/Next), which no printed page has"
    if "/S" not in found or found.get("/Type") == "/StructElem" or found["/S"] in GROUPS:
        return
    if found["/S"] != "/GoTo":
        yield f"it holds an action {found['/S']}, which no printed page has"
    for name in sorted(set(found) - JUMP):
        yield f"a jump holds {name}, which no printed page has"


def _odd_words(found: DictionaryObject, key: str) -> Iterator[str]:
    """Words that a drawing gives to whoever copies or listens, in place of those that are seen."""
    from pypdf.generic import StreamObject

    if not isinstance(found, StreamObject) or (key != "/Contents" and found.get("/Subtype") != "/Form"):
        return
    for match in SPOKEN.finditer(found.get_data()):
        said = _read(match[1])
        if not said.isalpha() or len(said) > LONGEST_LETTER:
            yield f"it has “{said}” read out (/ActualText) in place of what is seen"


def _read(token: bytes) -> str:
    """A text as it stands among drawing commands: between brackets, or in hexadecimal digits."""
    if token.startswith(b"("):
        return token[1:-1].decode("latin-1")
    raw = bytes.fromhex(token.strip(b"<>").decode("ascii"))
    return raw[2:].decode("utf-16-be") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def _left_over(reader: PdfReader, reached: set[int]) -> Iterator[str]:
    """Objects that the file lists and nothing leads to, but for what settling a print leaves behind."""
    from pypdf.generic import IndirectObject

    listed = {(number, generation) for generation, known in reader.xref.items() for number in known if number}
    listed |= {(number, 0) for number in reader.xref_objStm}
    for number, generation in sorted(listed):
        if number not in reached and not _says_nothing(
            IndirectObject(number, generation, reader).get_object()
        ):
            yield f"it carries something that no page shows (object {number})"


def _says_nothing(thing: object) -> bool:
    """Whether an object is a length, an emptied mark, or a former branch of the pages: only counts and references."""
    from pypdf.generic import DictionaryObject, IndirectObject, NumberObject, StreamObject

    if isinstance(thing, NumberObject):
        return True
    if not isinstance(thing, DictionaryObject) or isinstance(thing, StreamObject):
        return False
    if not thing:
        return True
    branch = thing.get("/Type") == "/Pages" and set(thing) <= BRANCH and isinstance(thing.get("/Count"), int)
    parts = [thing.raw_get("/Parent")] if "/Parent" in thing else []
    return branch and all(isinstance(part, IndirectObject) for part in (*parts, *thing.get("/Kids", ())))
