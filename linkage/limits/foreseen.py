"""Limits of the attacks that ask what was known, seen or foreseen: out of sample, leak, power, constituency."""

FOLDS = 5
"""Parts of the clusters that take turns at being left out (Hastie, Tibshirani and Friedman 2009, p. 243: 5 or 10)."""
FEWEST_PREDICTED = 30
"""Rows that must be predicted from others before a share of explained variance out of sample means anything."""
FIRST_SHARE = 0.25
"""Part of the rows that the first of the rolling fits must have: a link too weak for so few would look useless."""
ROWS_A_TERM = 10
"""Rows a regressor that the first of the rolling fits must have (Harrell 2015, p. 72)."""

SEPARATED_AUC = 0.98
"""Chance that the driver orders a pair rightly. Models of churn reach .6 to .9; from here on
the driver is the outcome in other words (this suite's own line)."""
EMPTY_SHARE, EMPTY_RATE, EMPTY_EXPECTED = 0.50, 0.02, 50
"""Half of all rows, at one end of the driver, with the event at a fiftieth of its usual rate though at least fifty were
due: two normal curves do that only from an area of .95 on (this suite's own line)."""
FEWEST_EVENTS = 10
"""Of the rarer kind: with fewer, chance alone separates often."""
SAME_RANK = 0.95
"""Rank correlation at which a driver is the outcome on another scale: the root of LEAK_R_SQUARED."""
TOLD_SHARE = 0.90
"""Share of the outcome's ranks told by the driver's bands, whatever the shape: as LEAK_R_SQUARED."""
FILLED_IN, LEFT_EMPTY = 0.95, 0.20
"""A driver on record for nearly all of one outcome and few of the other was filled in because of it."""

TYPICAL_EFFECT, LARGE_EFFECT = 0.101, 0.349
"""Mean and most favourable correlation of satisfaction with firm outcomes (Otto, Szymanski and Varadarajan 2020)."""
POWER = 0.80
"""The chance to see an effect that is called detectable (Cohen 1988, p. 56)."""
POWER_QUANTILE = 0.8416
"""The normal quantile of POWER: an effect seen in four samples of five lies so many errors beyond the critical one."""

CONSTITUENCY_BANDS = {
    "customer loyalty": (0.32, 0.33),
    "productivity": (0.20, 0.25),
    "profit": (0.15, 0.17),
    "turnover": (-0.36, -0.30),
    "accidents": (-0.32, -0.20),
}
"""Correlations of employees' satisfaction and engagement with business units' outcomes over 7,939 units of 36
companies (Harter, Schmidt and Hayes 2002, Journal of Applied Psychology 87, p. 268)."""
SUSPICIOUS_TIMES = 2.0
"""Above twice the band a correlation of units is suspiciously high (this suite's own line)."""
FEWEST_UNITS = 10
"""Fewer units give a correlation no useful interval: at ten it still reaches .63 to either side of zero."""
