"""How tables look in a notebook: whole, because a sentence cut off can say the opposite."""

from __future__ import annotations


def show_tables_whole(rows: int = 200) -> None:
    """Let pandas show whole texts and up to `rows` rows. Called by a notebook, never on import."""
    import pandas as pd

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
