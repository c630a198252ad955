"""Files that are ZIP archives inside, without the clock: the same content gives the same bytes."""

from __future__ import annotations

import zipfile
from datetime import date
from io import BytesIO


def with_fixed_times(content: bytes, on: date) -> bytes:
    """The archive with every entry dated to one day, in the order it had."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in given.infolist():
            dated = zipfile.ZipInfo(entry.filename, (max(on.year, 1980), on.month, on.day, 0, 0, 0))
            dated.compress_type, dated.create_system, dated.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o644 << 16,
            )
            new.writestr(dated, given.read(entry.filename))
    return made.getvalue()
