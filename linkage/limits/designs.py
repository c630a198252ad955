"""Limits of the attacks on a link's design: direction, negative controls, choices, chance regressors, clusters."""

LEAD_CONFIDENCE = 0.95
"""One-sided: drivers before the outcome must go with it more than those after it, at this confidence.

Where the outcome moves the driver and both processes look the same backwards, before and after go together equally,
so that at most one link in twenty gets by (Granger 1969; measured: tests/test_refuting_lead.py)."""
FEWEST_LEADS = 100
"""Rows with a later value of the driver; below, before and after cannot be told apart and nothing is said."""
LEAD_ROWS_SHARE = 0.10
"""Where fewer of the link's rows have a later value they are a selection that says nothing of the others."""
STRONG_LEAD_SHARE = 0.5
"""A later driver that carries half as much as the declared one is named as such."""
LONG_ENOUGH = 4
"""Periods of an outcome from which a customer's or unit's own level can be told from the single value."""
LEAD_REACH = 4
"""Periods after the outcome in which the next value of a driver is looked for: beyond, it speaks of other times."""
LEVEL_KNOWN = 0.9
"""Own levels are held fixed where nine in ten rows with a lead have one."""
LATE_LEADS_SHARE = 0.1
"""With more leads than this further from the outcome than the driver is, the outcome's past is held fixed."""
SKEWED = 1.0
"""Skewness above which an outcome that cannot be negative is looked at in square roots: logarithms would
let the periods without a purchase decide (the limit: Bulmer 1979)."""

NEGATIVE_FAIL_P = 0.01
"""A negative control as strong as the link itself below this chance leaves nothing of the link."""

SAME_SIGN_SHARE = 0.95
"""Of the other reasonable specifications, the share that must keep the sign."""
SHOWN_SHARE = 0.5
"""Half of them must exclude zero in the same direction: the median specification then does."""
CHANCE_SHOWN_SHARE = 0.25
"""Where no link is declared shown, this share of specifications may exclude zero before it is said."""

RANDOM_SHIFT = 0.25
"""A random regressor may move an estimate by a quarter of its standard error (root mean square over the draws)."""

SHARED_NOISE_P = 0.05
"""Below this chance of scores as alike within units among customers independent of each other, errors are clustered by
unit: a link that only the finer errors show would be the units' doing (MacKinnon, Nielsen and Webb 2023)."""
