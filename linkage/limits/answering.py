"""Limits of the attacks on who answered, from where, averaged how, and who is left."""

UNLIKE = 0.25
"""Standardised difference that stays after weighting: two groups are then still unlike (Stuart 2010, Statistical
Science 25, p. 1)."""
FAR_APART = 0.50
"""Standardised difference before weighting beyond which any adjustment leans on its model (Rubin 2001, Health
Services and Outcomes Research Methodology 2, p. 169)."""
WEIGHT_TRIM = 5.0
"""Cap on a weight, times the mean: a few answers must not speak for most (Potter 1990; Kish 1992)."""
FEWEST_SILENT = 30
"""Answers, and silences, that a comparison of the two needs."""
ROWS_A_TERM = 10
"""Rows with a weight that each regressor of a weighted link must have."""
KNOWN_SHARE = 0.95
"""A behaviour known of fewer is compared, but not used to model who answers: it would drop the others."""
MOST_LEVELS = 12
"""Categories with more values are not used to model who answers."""
AFTER_CONTACTS = 0.95
"""A question of whose answers at least this share names a contact is asked after contacts only."""

ALIKE_SHARE = 0.50
"""First eigenvalue's share from which one source is behind most of the answers (Podsakoff and others 2003, p. 889)."""
KEPT_WITH_MARKER = 0.50
"""An estimate that loses half of itself to a marker is the source's as much as the link's."""
ASKED_TOGETHER = 0.50
"""A question is an item of the survey where at least this share of the answers hold it."""
SAME_ANSWER_SHARE = 0.05
"""Fewer answers than this that hold both driver and outcome: they are not from the same answer."""

ICC1_LIMIT = 0.05
"""A small to medium effect of the unit (LeBreton and Senter 2008, Organizational Research Methods 11, p. 838)."""
RELIABLE_MEANS = 0.70
"""Reliability, ICC(2), asked of means that are compared or stand in a regression (Bliese 2000; LeBreton and Senter
2008, p. 839)."""
HALF_RELIABLE = 0.50
"""Below, more of the differences between unit means is chance than is not."""
RELIABLE_UNITS_SHARE = 0.80
"""This suite's own line: with fewer reliable units, name the others before a league table is read."""
AGREED = 0.70
"""Median rwg from which a unit's people agree; strongly from .71 (LeBreton and Senter 2008, p. 836)."""
WEAKLY_AGREED = 0.50
"""Up to here they hardly agree (LeBreton and Senter 2008, p. 836)."""
FEW_ANSWERS = 10
"""Answers a mean below which one answer moves it too much: with three a site a slope of .50 shows as .21, with ten
as .35 (simulated for this suite)."""
LEAST_RELIABILITY = 0.10
"""Below, dividing by the reliability multiplies noise: no corrected slope is shown."""

KEPT_GIVEN_BASELINE = 0.50
"""A change that keeps less than half of its link among those who started alike was regression to the mean."""
CHOSEN = 0.25
"""Standardised difference of the baseline that says a group was chosen for its extreme start (Stuart 2010)."""
EARLIER = 3
"""Periods before the start whose mean says where somebody usually stands."""
