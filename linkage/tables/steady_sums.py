"""What do many numbers add up to in DuckDB, to the last digit, whatever order the rows come in?

Each thread adds up its own rows, and which rows these are differs from run to run: so do the last digits, `fsum`'s and
`favg`'s too. A fit that ends on a flat ridge makes whole digits of that. Added up in order of size, the same numbers
give the same sum, on any number of threads. A warehouse is built on one thread; what asks it later uses these.
"""


def steady_sum(value: str) -> str:
    """The aggregate that adds up an SQL expression; a `filter` or `over ()` may follow. Null without a value."""
    return f"fsum({value} order by {value})"


def steady_mean(value: str) -> str:
    """The aggregate that is the mean of an SQL expression, as `steady_sum` adds up."""
    return f"favg({value} order by {value})"
