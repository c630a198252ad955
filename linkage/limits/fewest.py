"""How much it takes before an attack or a question is made at all: with less, nothing is said instead of something."""

FEWEST_FITTED = 30
"""Rows that a slope of its own needs: below, the normal curve says little of it (this suite's own line)."""
FEWEST_LAGGED = 50
"""Rows with the outcome at a lag: the lags stand side by side as a picture, and short ones would be chance."""
FEWEST_CLUSTERS = 5
"""Clusters that a direction or a shape is told from; below, their errors would rest on three differences."""
FEWEST_SIGNED = 6
"""Five clusters have 2^4 = 16 patterns of signs: no p-value of a sign-flipping test can fall below 1/16 (Cameron,
Gelbach and Miller 2008, p. 424); six have 32, and 1/32 is below 0.05."""
FEWEST_REDRAWN = 20
"""Clusters to draw samples of: samples of fewer leave out or double too much (this suite's own line)."""
FEWEST_PULLING = 30
"""Clusters of which the strongest are taken away: of fewer one alone is a large part, see leave one out."""
FEWEST_HIGHER = 3
"""Units that errors can be clustered by: through the means of two passes any line."""
FEWEST_GONE = 5
"""Customers lost between drivers and outcome from which those who stayed are compared with all."""
FEWEST_SPECIFICATIONS = 4
"""Ways to ask, the declared one among them, that make a curve of specifications."""
FEWEST_FOR_BREAK = 6
"""Different values of a driver that a break is looked for among: two to either side, and room between them."""

FEWEST_RACED, FEWEST_RACERS = 100, 10
"""Rows, and customers or units, that a race of metrics needs: shares foretold from fewer are mostly chance."""
FEW_RACING_UNITS = 40
"""Below, a race between units is hardly one: five operators once decided such a question."""
FEWEST_LEARNED = 2
"""Periods to learn from before the first forecast of a race."""
TOGETHER = 0.5
"""Two metrics run in one heat where at least this share of the rarer one's answers holds both."""
