"""The words beside the ten questions: where another page leads with another figure, the answer says so."""

from test_front import asked, finding, money, spec


def test_the_best_founded_amount_says_where_another_is_larger():
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
    assert said.endswith(". Best founded, not largest, of 2.")
    less = [worth[0], {**worth[1], "estimate": 1.0}]
    assert "largest" not in asked(links, found, money=less)["Q5"]["brief"]
