"""What a disk that cannot be written to means for a report, in one line."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import ReportError

if TYPE_CHECKING:
    from linkage.exports.making import Export

FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY}


@contextmanager
def told_clearly(folder: Path) -> Iterator[None]:
    """Turn a full disk, a folder that may not be written to and a file in the way into a ReportError.

    folder : of all reports. Any other error passes as it is.
    """
    try:
        yield
    except OSError as error:
        said = _said(error, folder)
        if said is None:
            raise
        raise ReportError(
            f"The report could not be written: {said} What was published before stands."
        ) from None


def _said(error: OSError, folder: Path) -> str | None:
    place = error.filename2 or error.filename or folder
    if error.errno in FULL:
        return f"{_full(error.errno)} ({place}). Make room, or name another folder with --out."
    if error.errno in CLOSED:
        reason = os.strerror(error.errno).lower()
        return f"{place} may not be written to ({reason}). Change that, or name another folder with --out."
    if error.errno in IN_THE_WAY:
        way = _file_in_the_way(Path(os.fsdecode(place)))
        return f"{way} is a file, and a folder is needed there. Move it, or name another folder with --out."
    return None


def _full(code: int | None) -> str:
    if code == errno.EDQUOT:
        return "the space allowed to this user is used up"
    return "there is no space left" if code == errno.ENOSPC else "a file may not become as large as it must"


def _file_in_the_way(place: Path) -> Path:
    """The outermost part of a path that is a file."""
    return next((p for p in [*reversed(place.parents), place] if p.is_file()), place)


def refuse_for_want_of_room(exports: Iterable[Export]) -> None:
    """Raise OSError where a format failed on a full disk: such a report must not take the place of a whole one."""
    for export in exports:
        for code in sorted(FULL):
            if export.status == "failed" and os.strerror(code) in export.reason:
                raise OSError(code, os.strerror(code), export.format)
