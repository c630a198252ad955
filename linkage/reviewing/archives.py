"""In which parts do two files that are ZIP archives inside differ? Workbooks and slides are such files."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

REMARKS = "remarks beside the parts"
LOOSE = "bytes that belong to no part"
LOCAL_HEADER, CENTRAL_HEADER, END = 30, 46, 22
"""Bytes of an archive's headers before their names (PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16)."""


def differing_parts(one: Path, other: Path) -> list[str]:
    """The names of the parts whose content differs, or that only one file has; empty where all are the same.

    How they are packed does not count: another computer may pack otherwise. Bytes around the parts do.

    Raises zipfile.BadZipFile or OSError for a file that is no archive.
    """
    first, second = _parts(one), _parts(other)
    names = dict.fromkeys([*first, *second])
    return [name for name in names if first.get(name) != second.get(name)]


def _parts(path: Path) -> dict[str, list[bytes]]:
    """The contents by name: a list, since an archive may hold a name twice, and readers choose as they like."""
    found: dict[str, list[bytes]] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            found.setdefault(entry.filename, []).append(archive.read(entry))
        beside = [archive.comment, *(entry.comment for entry in archive.infolist())]
        if any(beside):
            found[REMARKS] = beside
        if not _is_tiled(archive, path.read_bytes()):
            found[LOOSE] = []
    return found


def _is_tiled(archive: zipfile.ZipFile, content: bytes) -> bool:
    """Whether every byte of the file belongs to a part or to the list of parts, each beginning where one ends.

    Programs that open such a file pass over what stands in front of it, between its parts and behind it.
    """
    place = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        name, extra = struct.unpack_from("<26x2H", content, entry.header_offset)
        data = entry.header_offset + LOCAL_HEADER + name
        if entry.header_offset != place or extra or entry.extra:
            return False
        place = data + entry.compress_size
        if not _ends_there(entry.compress_type, content[data:place]):
            return False
    listed = sum(CENTRAL_HEADER + len(e.orig_filename.encode()) + len(e.comment) for e in archive.infolist())
    return archive.start_dir == place and len(content) == place + listed + END + len(archive.comment)


def _ends_there(kind: int, packed: bytes) -> bool:
    """Whether packed bytes end where what they hold ends: an unpacker stops there, and reads no further."""
    if kind != zipfile.ZIP_DEFLATED:
        return kind == zipfile.ZIP_STORED
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacker.decompress(packed)
    return unpacker.eof and not unpacker.unused_data
