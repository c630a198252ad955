"""What a disk that cannot be written to means for a report, in one line."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from linkage.closed_places import CLOSED, NO_ROOM, lack_of_room
from linkage.errors import ReportError
from linkage.project import cache_folder

IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY}


@contextmanager
def told_clearly(folder: Path) -> Iterator[None]:
    """Turn a full disk, a folder that may not be used and a file in the way into a ReportError.

    folder : of all reports. Any other error passes as it is.
    """
    try:
        yield
    except OSError as error:
        said = _said(error, folder)
        if said is None:
            raise
        raise ReportError(f"The report could not be made: {said} What was published before stands.") from None


def _said(error: OSError, reports: Path) -> str | None:
    named = error.filename2 or error.filename
    if error.errno in NO_ROOM:
        place = Path(os.fsdecode(named)) if named else _fullest(reports)
        return f"{NO_ROOM[error.errno]} ({place}). Make room there{_or_elsewhere(place, reports)}."
    place = Path(os.fsdecode(named)) if named else reports
    if error.errno in CLOSED:
        reason = f"{CLOSED[error.errno]} ({os.strerror(error.errno).lower()})"
        return f"{place} {reason}. Change that{_or_elsewhere(place, reports)}."
    if error.errno in IN_THE_WAY:
        way = _file_in_the_way(place)
        return f"{way} is a file, and a folder is needed there. Move it{_or_elsewhere(place, reports)}."
    return None


def _fullest(reports: Path) -> Path:
    """Of the places a report writes to, the one with the least room: a failed write does not say where."""
    places = [reports, cache_folder(), Path(tempfile.gettempdir())]
    return min((p for p in places if p.is_dir()), key=lambda p: shutil.disk_usage(p).free, default=reports)


def _or_elsewhere(place: Path, reports: Path) -> str:
    if place.is_relative_to(reports):
        return ", or name another folder with --out"
    return ", or name another folder in LINKAGE_CACHE" if place.is_relative_to(cache_folder()) else ""


def _file_in_the_way(place: Path) -> Path:
    """The outermost part of a path that is a file."""
    return next((p for p in [*reversed(place.parents), place] if p.is_file()), place)


def refuse_for_want_of_room(failed: Iterable[tuple[str, str]]) -> None:
    """Raise OSError where a part failed on a full disk: such a report must not take the place of a whole one.

    failed : the name of each part that failed, a notebook or a format, and why.
    """
    for name, reason in failed:
        code = lack_of_room(reason)
        if code is not None:
            raise OSError(code, os.strerror(code), name)
