"""How tables look in a notebook: whole, because a sentence cut off can say the opposite."""

from __future__ import annotations

from numbers import Integral

from linkage.errors import LinkError


def show_tables_whole(rows: int = 200) -> None:
    """Let pandas show whole texts and up to `rows` rows. Called by a notebook, never on import."""
    import pandas as pd

    if isinstance(rows, bool) or not isinstance(rows, Integral) or rows < 1:
        raise LinkError(f"rows is how many rows a table may show, a whole number of 1 or more; not {rows!r}.")
    pd.set_option(
        "display.max_colwidth",
        None,
        "display.max_rows",
        rows,
        "display.max_columns",
        60,
        "display.width",
        160,
    )
