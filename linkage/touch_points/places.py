"""Where a touch point stands in the priority picture: does it count, and is it done well?"""

from __future__ import annotations

import pandas as pd

IMPROVE, KEEP, MAINTAIN, LOW = "improve first", "keep up", "maintain", "low priority"
NO_PLACE = "not placed"


def places(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `place` and `is_sure`.

    A touch point counts where its share of what is explained is an even share or more, and beats a random column. It
    is strong where it is rated no lower than the mean of all touch points. is_sure : neither interval reaches over its
    dividing line. Without an importance or a scale nothing is placed.
    """
    even = 1 / len(table)
    counts = (table["importance"] >= even) & table["is_above_noise"].eq(True)
    strong = table["against_others"] >= 0
    known = table["importance"].notna() & table["against_others"].notna()
    words = [
        (KEEP if s else IMPROVE) if c else (MAINTAIN if s else LOW)
        for c, s in zip(counts, strong, strict=True)
    ]
    clear = (table["importance_low"] > even) | (table["importance_high"] < even)
    apart = (table["against_others_low"] > 0) | (table["against_others_high"] < 0)
    return table.assign(
        place=pd.Series(words, index=table.index).where(known, NO_PLACE), is_sure=known & clear & apart
    )
