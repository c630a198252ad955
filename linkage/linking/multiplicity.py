"""Many questions asked at once: p-values adjusted for how many there were."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from linkage.errors import LinkError

METHODS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}


def adjust_p_values(p: pd.Series | Iterable[float], method: str = "bh") -> pd.Series:
    """Adjust the p-values of one declared family of questions.

    method : "bonferroni", "holm", "hochberg" and "hommel" bound the chance of a single false alarm; "bh"
        (Benjamini and Hochberg 1995) and "by" (Benjamini and Yekutieli 2001, any dependence) the expected
        share of false alarms among what is reported: a q-value.
    A missing p-value (a question that could not be answered) stays missing and is not counted.

    Returns the adjusted values in the order, and with the index, of p. Raises LinkError for a value outside
    0 to 1 or an unknown method. Calculated by statsmodels.
    """
    if method not in METHODS:
        raise LinkError(f"method={method!r} is unknown. Choose one of: {', '.join(METHODS)}.")
    values = pd.Series(p if isinstance(p, pd.Series) else list(p), dtype="float64")
    known = values.notna()
    wrong = values[known & ~values.between(0, 1)]
    if len(wrong):
        raise LinkError(
            f"A p-value lies between 0 and 1; {len(wrong):,} do not, for example {wrong.iloc[0]:g}."
        )
    adjusted = pd.Series(np.nan, index=values.index, name=values.name)
    if known.any():
        from statsmodels.stats.multitest import multipletests

        adjusted[known] = multipletests(values[known].to_numpy(), method=METHODS[method])[1]
    return adjusted
