"""The limits of the parts of a card, in one place: when a link is not straight, differs, or is one of units."""

SHAPE_P = 0.01
"""Many links are looked at: a shape is shown below this chance, corrected for the search and for two shapes tried."""
MISSED_SHARE = 0.05
"""Steps take a straight line's place where it misses this part of what they explain: they then depart from it by about
a quarter of its own movement."""
GAP = 0.05
"""Line and shape must lie this far apart somewhere (standard deviations of the outcome with the rest held fixed).
A quarter of what Cohen (1988, p. 25) calls a small difference between two groups, 0.2."""
DIFFERENCE = 0.25
"""A slope is another where it lies a quarter of the one for all away: less decides nothing. So for the slopes along a
curve, in segments, and within and between."""
FEWEST_VALUES = 12
"""A driver with fewer different values has steps, not a curve."""
FEWEST_ROWS = 60
"""Below, no shape could be told from a straight line."""
FEWEST_BESIDE = 30
"""Rows on either side of neutral that a slope of its own needs."""
MOST_CUTS = 10
"""An outcome of up to eleven whole values is looked at cut by cut."""
CUTS_P = 0.001
"""The cuts of a scale are called different below this chance, and where one moves by less than half of another."""
CUT_SHARE = 0.01
"""A cut with fewer answers on one side tells nothing of its own."""
TRIM = 0.10
"""A break is looked for between the driver's lowest and highest tenth: beyond, a few rows would make one."""
SEGMENT_P = 0.01
"""Segments differ below this chance, corrected for the number of ways they are cut (Holm 1979)."""
MOST_SEGMENTS = 60
"""A column with more categories is no segmentation: nobody reads or decides by so many."""
NESTING_P = 0.01
"""Within and between differ below this chance, corrected for the number of nestings (Holm 1979)."""
NESTED_GROUPS = 10
"""Groups of two rows or more that a split within and between needs."""
NESTED_SHARE = 0.02
"""The share of a driver's variance that must lie within groups, and between them, before the two are split."""
