"""What a file or folder that may not be used, or a full disk, is called, and what it means for who typed a command."""

from __future__ import annotations

import errno
import os

NO_ROOM = {
    errno.ENOSPC: "there is no space left",
    errno.EDQUOT: "the space allowed to this user is used up",
    errno.EFBIG: "a file may not become as large as it must",
}
"""A full disk, or a limit on what one user or one file may take."""
CLOSED = {
    errno.EROFS: "may not be written to",
    errno.EACCES: "may not be used",
    errno.EPERM: "may not be used",
}
"""A place that is there, and not for who asks."""
REMEDIES = {
    **dict.fromkeys(NO_ROOM, "Make room there, or name another place"),
    **dict.fromkeys(CLOSED, "Give yourself the right to it, or name another place"),
    errno.EROFS: "Name a place that can be written to",
}


def explain_closed_place(error: OSError) -> str:
    """What cannot be used, why and what to do; empty for an error that is none of a person's making."""
    remedy = REMEDIES.get(error.errno)
    if remedy is None:
        return ""
    named = error.filename2 or error.filename
    what = f"{os.fsdecode(named)}: " if named else ""
    return f"{what}{os.strerror(error.errno).lower()}. {remedy}."


def lack_of_room(said: str) -> int | None:
    """The number of the error of a full disk whose words stand in what another program said; None where none does."""
    return next((code for code in NO_ROOM if os.strerror(code) in said), None)
