"""Limits of the checks on the fitted link itself: records, leaks, groups, completeness, influence, scatter."""

LATE_RECORD_SHARE = 0.01
"""More than this share of drivers written down after the outcome began: the outcome was there before them."""
LEAK_R_SQUARED = 0.90
"""Field links explain a few percent (Otto, Szymanski and Varadarajan 2020: mean r = .101); above this it is a leak."""
FEW_CLUSTERS = 40
"""Below, clustered t intervals are too narrow and the wild bootstrap takes over (Cameron, Gelbach and Miller 2008)."""
FEW_CARRIERS = 15.0
"""Degrees of freedom below which a driver that few rows or clusters carry has an error of its own (Bell and McCaffrey
2002). Without it a flag set in three rows was linked to nothing every fourth time, in ten rows every eleventh
(measured: tests/test_few_carriers.py); above, both errors differ by little, and the usual one is what others report."""
COMPLETE_SHARE = 0.70
"""Below this share of complete rows the answer may speak of another population than the table."""
HIGH_VIF = 10.0
"""Above, the drivers cannot be told apart (Marquardt 1970)."""
KEPT_SHARE = 0.5
"""An estimate that keeps less than half of itself without one group is that group's, not the link's."""
INFLUENCE_SHARE = 0.01
"""The share of clusters, those that pull most, that a link must do without."""
FEWEST_SHUFFLED = 20
"""Rows whose drivers can be shuffled: among fewer, two orders are too often alike."""
PLACEBO_P = 0.05
"""Shuffled drivers may reach an estimate that is called a link this often."""
PLACEBO_REMAINS = 0.25
"""More than this part of an estimate staying after a shuffle within periods is the periods' doing."""
SCATTER_P = 0.01
"""Many links are looked at: scatter is called uneven below this chance."""
CEILING_SHARE = 0.5
"""With half of all outcomes at an end of their range a straight line is a poor description."""
BOOTSTRAP_WIDTH = 0.25
"""Drawn and reported interval may differ by a quarter of their width."""
