"""The words beside the ten questions: where another page leads with another figure, the answer names it."""

from test_front import asked, finding, money, spec


def test_an_amount_that_is_best_founded_names_the_one_that_is_larger():
    links = [
        spec("buys", "spend", "nps", grain="customer_period", lag=1),
        spec("grows", "spend", "csat", grain="unit_period", lag=1),
        spec("hoped", "spend", "csat", grain="unit_period", lag=1),
    ]
    for link in links:
        link.question = "Do they buy?"
    found = [
        finding("buys", "nps", "spend", 9.0, level="L3", grain="customer_period"),
        finding("grows", "csat", "spend", 9.0, level="L2", grain="unit_period"),
        finding("hoped", "csat", "spend", 9.0, verdict="no link", grain="unit_period"),
    ]
    words = {"level": "L3", "basis": "estimated", "what": "margin"}
    worth = [
        money("a point, a customer and year", name, value, **words)
        for name, value in (
            ("buys", 18.8),
            ("grows", -23.8),
            ("hoped", 900.0),
        )  # what is not linked is no amount
    ]
    said = asked(links, found, money=worth)["Q5"]["brief"]
    assert said.startswith("18.8 EUR of margin (")
    minus = "\N{MINUS SIGN}"
    assert said.endswith(f"The best founded of 2 amounts; the largest: {minus}23.8 EUR, by satisfaction.")
    less = [worth[0], {**worth[1], "estimate": 1.0}]
    assert "largest" not in asked(links, found, money=less)["Q5"]["brief"]
