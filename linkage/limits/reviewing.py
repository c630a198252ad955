"""Limits of the review of a whole report: what was read, what met in joining, what is said, what a challenge moves."""

REJECTED_SHARE = 0.01
"""Rows or values of a source that could not be read, above which a person looks at the rejects."""
REJECTED_FAIL_SHARE = 0.10
"""Above one row in ten lost in reading, what is left is another population."""
MATCHED_SHARE = 0.95
"""Of the rows that carry a key, the share that must find its partner; below, look whom the join leaves out."""
MATCHED_FAIL_SHARE = 0.50
"""Where half the rows with a key meet nobody, the join speaks of a minority: the keys are not the same keys."""
SAME_DIGITS = 1e-8
"""Two figures are the same within this share of their size: findings are printed with ten significant digits, and
another processor may differ in the last of them."""
MOVED_ERRORS = 2.0
"""Standard errors of the published estimate by which another choice may move it: beyond, chance in its sample would
rarely have moved it so far, and the figure rests on the choice."""
MOVED_SHARE = 0.5
"""Share of its size by which another choice may move an estimate, however wide its interval: with half of it gone or
half as much added, a decision made on the figure would be another."""
