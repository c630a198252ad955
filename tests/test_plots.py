"""Pictures: the same SVG every time, nothing fetched, the numbers in the text, and a reason where there are none."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import linkage as lk
from linkage.plots import (
    Picture,
    draw_coverage,
    draw_estimates,
    draw_shape,
    draw_shares,
    draw_trend,
    nothing_to_draw,
    picture,
)
from linkage.svg import steady_names

BAD = '<script>alert(1)</script> & "quotes" $a$ $'


def rows(n=300):
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 20, n)
    y = 3 - 0.1 * np.maximum(x - 8, 0) + 0.3 * rng.normal(size=n)
    return pd.DataFrame({"y": y, "x": x, "w": rng.normal(size=n), "group": np.arange(n) % 60})


def trend(values=(3.0, 3.5, None), label=BAD):
    frame = pd.DataFrame({"estimate": values}, index=["2026Q1", "2026Q2", "2026Q3"][: len(values)])
    frame = frame.assign(low=frame["estimate"] - 0.25, high=frame["estimate"] + 0.25, n=123)
    return draw_trend(frame, label=label, unit="points")


def estimates(label="w"):
    return draw_estimates([lk.link(f"y ~ x + {label}", rows(), cluster="group", drivers=["x", label])])


def shape():
    table = rows()
    found = lk.find_break(table, outcome="y", driver="x", cluster="group", seed=0)
    return draw_shape(lk.bin_means(table, outcome="y", driver="x", cluster="group"), found)


def shares():
    return draw_shares(lk.rank_drivers(rows(), outcome="y", drivers=["x", "w"], cluster="group"))


def coverage(name="a -> b"):
    return draw_coverage(
        pd.DataFrame({"join": [name, "c -> d"], "rows": [1200, 10], "match_rate": [0.975, 0.0]})
    )


PICTURES = {"trend": trend, "estimates": estimates, "shape": shape, "shares": shares, "coverage": coverage}


@pytest.fixture(scope="module")
def drawn():
    return {name: (draw(), draw()) for name, draw in PICTURES.items()}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_every_time(drawn, name):
    first, second = drawn[name]
    assert first.svg == second.svg
    assert first.alt == second.alt
    assert first._repr_mimebundle_() == second._repr_mimebundle_()


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stands_alone_and_carries_no_date(drawn, name):
    svg = drawn[name][0].svg
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>")
    assert "<metadata" not in svg
    assert "<!DOCTYPE" not in svg
    assert not re.search(r"\b20\d\d-\d\d-\d\dT", svg)
    assert "matplotlib" not in svg.lower()
    # The names of XML's own vocabularies are no requests; nothing else may look like an address.
    addresses = set(re.findall(r"https?://[^\"' )]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert all(link.startswith("#") for link in re.findall(r"(?:xlink:)?href=\"([^\"]*)\"", svg))
    assert all(link.startswith("#") for link in re.findall(r"url\(([^)]*)\)", svg))
    assert "@import" not in svg


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_takes_the_pages_ink_and_width(drawn, name):
    svg = drawn[name][0].svg
    head = svg[: svg.index(">")]
    assert 'width="100%"' in head
    assert " height=" not in head
    assert "viewBox" in head
    assert "currentColor" in svg
    assert "#1a1a1b" not in svg
    assert "#000000" not in svg


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed(drawn, name):
    from xml.etree import ElementTree

    html = drawn[name][0]._repr_mimebundle_()["text/html"]
    figure = ElementTree.fromstring(html)
    assert figure.attrib["role"] == "img"
    assert figure.attrib["aria-label"] == drawn[name][0].alt


def test_the_text_of_a_picture_has_its_numbers(drawn):
    assert "2026Q1: 3.00 (2.75 to 3.25; n = 123)" in drawn["trend"][0].alt
    assert "2026Q3" not in drawn["trend"][0].alt
    assert "a -> b: 97.5% of 1,200" in drawn["coverage"][0].alt
    card = lk.link("y ~ x + w", rows(), cluster="group", drivers=["x", "w"])
    for row in card.estimates.to_dict("records"):
        assert f"{abs(row['estimate']):.3g}"[:4] in drawn["estimates"][0].alt
        assert row["verdict"] in drawn["estimates"][0].alt
    assert "A break at" in drawn["shape"][0].alt
    assert drawn["shape"][0].alt.count("n = ") >= 5
    assert re.search(r"x: \d+% \(", drawn["shares"][0].alt)


def test_texts_of_the_data_are_drawn_as_text():
    for drawn in (trend(), coverage(BAD)):
        html = drawn._repr_mimebundle_()["text/html"]
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        # Two dollar signs are money, and no formula.
        assert "$a$ $" in drawn.svg


def test_a_break_is_drawn_only_where_it_is_shown():
    flat = rows().assign(y=np.random.default_rng(4).normal(size=300))
    found = lk.find_break(flat, outcome="y", driver="x", cluster="group", seed=0)
    assert not found.is_shown
    drawn = draw_shape(lk.bin_means(flat, outcome="y", driver="x", cluster="group"), found)
    assert "No break is shown" in drawn.alt
    assert "break at" not in drawn.svg


def test_an_interval_without_bounds_can_be_drawn():
    few = rows().assign(group=lambda r: r["group"] % 2)
    drawn = draw_estimates([lk.link("y ~ w", few, cluster="group")])
    assert "without bounds" in drawn.alt
    assert "nan" not in drawn.svg.lower().replace("dominant", "")
    assert "inf" not in re.sub(r"<style.*?</style>", "", drawn.svg, flags=re.DOTALL)


def test_nothing_to_draw_says_why():
    for drawn in (
        nothing_to_draw("No <link> has a shape."),
        draw_estimates([]),
        trend(values=(None, None)),
    ):
        assert drawn.alt
        assert drawn.alt.endswith((".", "draw."))
        assert drawn.svg.startswith("<svg")
    assert "&lt;link&gt;" in nothing_to_draw("No <link> has a shape.").svg


def test_a_picture_says_itself_as_text():
    shown = Picture("<svg></svg>", 'one "two"')
    assert repr(shown) == 'Picture: one "two"'
    assert shown._repr_mimebundle_()["text/plain"] == repr(shown)
    assert 'aria-label="one &quot;two&quot;"' in shown._repr_mimebundle_()["text/html"]


def test_drawing_leaves_the_callers_style_alone():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    picture(lambda figure: figure.subplots().plot([1, 2]), "a line")
    assert dict(mpl.rcParams) == before


def test_a_card_without_estimates_is_left_out():
    empty = SimpleNamespace(estimates=pd.DataFrame({"estimate": [np.nan]}), name="a")
    assert draw_estimates([empty]).alt == "Nothing was estimated."


def test_names_inside_a_drawing_hang_on_what_is_drawn_and_not_on_the_layouts_last_digit():
    drawn = (
        '<svg><clipPath id="p%s"/><path id="m%s"/>'
        '<g clip-path="url(#p%s)"/><use xlink:href="#m%s"/><path d="M 1"/></svg>'
    )
    first, second = (
        steady_names(drawn % (a, b, a, b)) for a, b in (("0" * 10, "1" * 10), ("f" * 10, "e" * 10))
    )
    assert first == second
    assert len(set(re.findall(r'id="([^"]+)"', first))) == 2
    assert set(re.findall(r"#([^)\"]+)", first)) == set(re.findall(r'id="([^"]+)"', first))
    other = steady_names(drawn.replace("M 1", "M 2") % ("0" * 10, "1" * 10, "0" * 10, "1" * 10))
    assert not set(re.findall(r'id="([^"]+)"', other)) & set(re.findall(r'id="([^"]+)"', first))
