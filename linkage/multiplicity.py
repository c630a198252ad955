"""How many of the links found would be found by chance: p-values adjusted over a declared family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.errors import LinkError

METHODS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}


def adjust_p_values(p_values: Sequence[float] | np.ndarray, method: str = "bh") -> np.ndarray:
    """p-values adjusted over their family, in the order given; "bh" gives q-values.

    p_values : (m,), each between 0 and 1; NaN (nothing was tested) stays NaN and does not count in the family.
    method : bonferroni, holm, hochberg, hommel (family-wise error), bh, by (false discovery rate).

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57, p. 293; Benjamini and Yekutieli 2001. Through statsmodels.
    Raises LinkError for an unknown method or a value outside 0 to 1.
    """
    from statsmodels.stats.multitest import multipletests

    if method not in METHODS:
        raise LinkError(f"There is no adjustment {method!r}: choose one of {', '.join(METHODS)}.")
    values = np.asarray(p_values, dtype="float64")
    known = np.isfinite(values)
    if ((values[known] < 0) | (values[known] > 1)).any():
        raise LinkError(
            f"A p-value lies between 0 and 1; found {values[known].min()} to {values[known].max()}."
        )
    adjusted = np.full(values.shape, np.nan)
    if known.any():
        adjusted[known] = multipletests(values[known], method=METHODS[method])[1]
    return adjusted
