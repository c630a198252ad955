"""What is it worth? From a study's links to money: every figure with its currency, horizon, level and interval.

declared    what study.yml says under `value` and `scenarios`
figures     a figure in money, and how it leaves a notebook
people      customers with their loyalty band, period by period
lifetime    what customers are worth, by the form the study chooses; holdout: whether that was foretold
ledger      what keeping more would bring and what leaving takes, each customer in one cell
calculator  what the usual calculator would say of the same customers: assumed, for comparison only
migration   detractors, passives and promoters from wave to wave, and what went with it
steps       the links of a chain; draws: clusters drawn once, all stages reweighted with the same draw
moving      how far a driver may be moved: not beyond what was seen within units
ending      where a chain ends in money, and the customers it is counted over; flows: money over time
bridge      effect x reach x margin over a horizon, less the cost; inputs, tornado, result: what it says
points      what a point of each link that ends in money is worth
scenarios   the study's scenarios side by side
forecasts   what a scenario promises for the next period; back_testing: what came of it
wallet      share of wallet by rank, where customers were asked about other brands
pictures    all drawing: estimated in one colour, assumed in another
"""
