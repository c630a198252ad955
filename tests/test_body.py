"""The HTML of a notebook's cells: filled in once, with nothing of the data taken for markup."""

import nbformat
import pytest
from bs4 import BeautifulSoup

from linkage.report.body import body_of


@pytest.fixture
def page_of(tmp_path):
    def made(**output):
        shown = nbformat.v4.new_output("display_data", **output)
        cells = [
            nbformat.v4.new_markdown_cell("# What is shown?"),
            nbformat.v4.new_code_cell("1", outputs=[shown]),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "01_shown.ipynb")
        return BeautifulSoup(body_of(tmp_path / "01_shown.ipynb"), "html.parser")

    return made


def test_a_picture_without_a_description_says_so(page_of):
    html = '<img src="data:,a"><img alt="waits by month" src="data:,b">'
    page = page_of(data={"text/html": html, "text/plain": "two"})
    assert [i["alt"] for i in page("img")] == ["This picture has no description.", "waits by month"]


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png"])
def test_a_description_is_never_markup(page_of, kind):
    alt = '"><script>alert(1)</script>'
    page = page_of(data={kind: "PHN2Zy8+", "text/plain": "one"}, metadata={kind: {"alt": alt}})
    assert not page("script")
    assert page.img["alt"] == alt


def test_what_a_table_library_styles_for_itself_is_left_out(page_of):
    html = (
        "<div><style scoped>th { color: red }</style><table><thead><tr><th>n</th></tr></thead></table></div>"
    )
    assert not page_of(data={"text/html": html, "text/plain": "n"})("style")
