"""The tags that a screen reader follows, numbered anew: a browser counts its own nodes, and not always alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject


def number_tags(writer: PdfWriter) -> None:
    """Name tags by their place in reading order; table cells keep pointing at their headers."""
    root = writer.root_object.get("/StructTreeRoot")
    if root is None:
        return
    tags = list(_tags(root.get_object()))
    named = [tag for tag in tags if "/ID" in tag]
    names = {str(tag["/ID"]): f"tag{place:08d}" for place, tag in enumerate(named)}
    _rename(tags, names)
    _rename_index(root.get_object(), names)


def _tags(element: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every tag below an element, in reading order."""
    from pypdf.generic import ArrayObject, DictionaryObject

    below = element.get("/K")
    below = below.get_object() if below is not None else None
    for child in below if isinstance(below, ArrayObject) else [below]:
        child = child.get_object() if child is not None else None
        if isinstance(child, DictionaryObject) and child.get("/Type") == "/StructElem":
            yield child
            yield from _tags(child)


def _rename(tags: list[DictionaryObject], names: dict[str, str]) -> None:
    from pypdf.generic import ArrayObject, NameObject, TextStringObject

    for tag in tags:
        if "/ID" in tag:
            tag[NameObject("/ID")] = TextStringObject(names[str(tag["/ID"])])
        about = tag.get("/A")
        about = about.get_object() if about is not None else ()
        for part in about if isinstance(about, ArrayObject) else [about]:
            part = part.get_object() if part else {}
            if "/Headers" in part:
                heads = [TextStringObject(names.get(str(name), str(name))) for name in part["/Headers"]]
                part[NameObject("/Headers")] = ArrayObject(heads)


def _rename_index(root: DictionaryObject, names: dict[str, str]) -> None:
    """The index of names, which has to be in order: written anew as one list."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    if "/IDTree" not in root:
        return
    found = {names[old]: tag for old, tag in _index(root["/IDTree"].get_object()) if old in names}
    _empty(root["/IDTree"].get_object())
    listed = ArrayObject(part for name in sorted(found) for part in (TextStringObject(name), found[name]))
    root[NameObject("/IDTree")] = DictionaryObject({NameObject("/Names"): listed})


def _index(node: DictionaryObject) -> Iterator[tuple[str, object]]:
    pairs = node.get("/Names", ())
    yield from ((str(pairs[i]), pairs[i + 1]) for i in range(0, len(pairs), 2))
    for child in node.get("/Kids", ()):
        yield from _index(child.get_object())


def _empty(node: DictionaryObject) -> None:
    """Nothing of the former index stays in the file."""
    for child in node.get("/Kids", ()):
        _empty(child.get_object())
    node.clear()
