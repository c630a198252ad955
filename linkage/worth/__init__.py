"""What is it worth? From a study's links to money: every figure with its currency, horizon, level and interval.

declared    what study.yml says under `value` and `scenarios`
figures     a figure in money, and how it leaves a notebook
people      customers with their loyalty band, period by period
lifetime    what customers are worth, by the form the study chooses; holdout: whether that was foretold
ledger      what keeping more would bring and what leaving takes, each customer in one cell
migration   detractors, passives and promoters from wave to wave, and what went with it
steps       the links of a chain as sums by cluster; base: whom the money is counted over
drawing     clusters drawn once, all stages reweighted with the same draw
bridge      effect x reach x margin over a horizon, less the cost; tornado: what matters most
points      what a point of each link that ends in money is worth
scenarios   the study's scenarios side by side
forecasts   what a scenario promises for the next period, and what came
wallet      share of wallet by rank, where competitors were asked about
"""
