"""In which parts do two files that are ZIP archives inside differ? Workbooks and slides are such files."""

from __future__ import annotations

import zipfile
from pathlib import Path

REMARKS = "remarks beside the parts"


def differing_parts(one: Path, other: Path) -> list[str]:
    """The names of the parts whose content differs, or that only one file has; empty where all are the same.

    How they are packed does not count: another computer may pack otherwise. Raises zipfile.BadZipFile or OSError for a
    file that is no archive.
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
    return found
