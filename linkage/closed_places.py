"""What a file or folder that may not be used, or a full disk, means for who typed a command: one line."""

from __future__ import annotations

import errno
import os

REMEDIES = {
    errno.EACCES: "Give yourself the right to it, or name another place",
    errno.EPERM: "Give yourself the right to it, or name another place",
    errno.EROFS: "Name a place that can be written to",
    errno.ENOSPC: "Make room there, or name another place",
    errno.EDQUOT: "Make room there, or name another place",
}


def explain_closed_place(error: OSError) -> str:
    """What cannot be used, why and what to do; empty for an error that is none of a person's making."""
    remedy = REMEDIES.get(error.errno)
    if remedy is None:
        return ""
    named = error.filename2 or error.filename
    what = f"{os.fsdecode(named)}: " if named else ""
    return f"{what}{os.strerror(error.errno).lower()}. {remedy}."
