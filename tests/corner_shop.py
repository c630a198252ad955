"""A very small study and small notebooks about it, made once a test run: the material of the report's tests."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from linkage.project import cache_in

STUDY = """
study: "Corner <b>Shop</b> & Co"
currency: EUR
period: quarter
sources:
  customers: {from: customers.csv}
  interactions: {from: contacts.csv}
  feedback: {from: answers.csv}
metrics:
  csat: {of: feedback, label: "Satisfaction <script>alert(1)</script>", scale: [1, 5]}
  handle_minutes: {of: interactions, label: Handle time, unit: minute, better: lower}
  hold_minutes: {of: interactions, label: Hold time, unit: minute, better: lower}
links:
  hold_and_satisfaction:
    question: Do customers mind to hold?
    grain: interaction
    outcome: csat
    drivers: [hold_minutes]
    expect: negative
  handle_and_satisfaction:
    question: "Do longer contacts <i>leave</i> customers less satisfied?"
    grain: interaction
    outcome: csat
    drivers: [handle_minutes]
    controls: [channel]
    expect: negative
"""

PARAMETERS = 'study = "corner"\nperiod = "2026Q3"'
LOAD = "import linkage as lk\n\nopened = lk.open_study(study)"


def environment(folder: Path) -> AbstractContextManager[None]:
    """A cache of its own, so that no test builds into the project's."""
    return cache_in(folder / "cache")


@cache
def workplace() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="linkage-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def corner_study() -> Path:
    """Contacts of 60 customers over one quarter; a minute more costs 0.1 points, holding costs nothing.

    One contact names a customer nobody knows, and one answer lies outside its scale.
    """
    folder = workplace() / "corner"
    folder.mkdir()
    rng = np.random.default_rng(5)
    n = 240
    customer = [f"CUST-{i % 60:04d}" for i in range(n - 1)] + ["CUST-7777"]
    started = pd.Timestamp("2026-07-02 09:00") + pd.to_timedelta(rng.integers(0, 80 * 24, n), unit="h")
    minutes = rng.uniform(2, 20, n).round(1)
    contacts = pd.DataFrame(
        {
            "interaction_id": [f"CALL-{i:04d}" for i in range(n)],
            "customer_id": customer,
            "started_at": started,
            "channel": np.where(rng.random(n) < 0.5, "phone", "shop"),
            "handle_minutes": minutes,
            "hold_minutes": rng.uniform(0, 5, n).round(1),
        }
    )
    csat = (4.5 - 0.1 * minutes + rng.normal(0, 0.5, n)).clip(1, 5).round(2)
    csat[3] = 9
    answers = pd.DataFrame(
        {
            "response_id": [f"RESP-{i:04d}" for i in range(n)],
            "customer_id": customer,
            "interaction_id": contacts["interaction_id"],
            "answered_at": started + pd.Timedelta(days=1),
            "csat": csat,
        }
    )
    customers = pd.DataFrame({"customer_id": [f"CUST-{i:04d}" for i in range(60)], "segment": "private"})
    customers.to_csv(folder / "customers.csv", index=False)
    contacts.to_csv(folder / "contacts.csv", index=False)
    answers.to_csv(folder / "answers.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    return folder


def write_notebook(path: Path, *cells: str, parameters: str | None = PARAMETERS, **declared: object) -> Path:
    """A notebook of a question, a parameters cell and the cells given; one that begins with # is markdown."""
    made = [new_markdown_cell("# Does it work?\n\nWhy it matters.")]
    if parameters:
        made.append(new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    made += [new_markdown_cell(c) if c.startswith("#") else new_code_cell(c) for c in cells]
    for place, cell in enumerate(made):
        cell["id"] = f"cell-{place}"
    notebook = new_notebook(cells=made)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["linkage"] = {"title": path.stem.partition("_")[2].capitalize(), **declared}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


METRIC = (
    "from linkage.publishing import METRICS_MIME, Published\nimport pandas as pd\n\n"
    "row = dict(metric='csat', label='<b>Satisfaction</b>', unit='point', period=period, estimate=3.4, low=3.3, "
    "high=3.5, n=239, previous_period=None, previous_estimate=None, change=None, change_low=None, change_high=None)\n"
    "Published(METRICS_MIME, (row,), pd.DataFrame([row]))"
)
QUOTES_A_KEY = (
    "from linkage.errors import GrainError\n\n"
    "raise GrainError(f'<script>alert(2)</script> rows share their key, for example CUST-{7:04d} in line 3')"
)


@cache
def many_notebooks() -> Path:
    """Good notebooks, one that a study without employees cannot answer, and every way to fail."""
    folder = workplace() / "notebooks"
    publish = ("cards = opened.links(period=period)\ncards.publish()", "cards.plot()")
    ending = ("## Answer", "print(cards.summary())", "## So what\n\nLook at it.")
    write_notebook(folder / "01_links.ipynb", LOAD, *publish, *ending, needs=["link_interaction"])
    write_notebook(folder / "02_again.ipynb", LOAD, publish[0], METRIC, "cards.plot()\n", "cards.plot()")
    write_notebook(folder / "03_people.ipynb", LOAD, needs=["link_employee_period"])
    write_notebook(
        folder / "04_trouble.ipynb", "print('before')", "## Where it breaks", QUOTES_A_KEY, "print('after')"
    )
    write_notebook(folder / "05_killed.ipynb", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    write_notebook(folder / "06_early.ipynb", "import sys\nsys.exit(0)", "print('never')")
    shows = "opened.table('link_interaction', period=period)[['customer_id', 'csat']].head()"
    write_notebook(folder / "08_shows_keys.ipynb", LOAD, shows, "open(opened.study.folder / 'none.csv')")
    write_notebook(
        folder / "09_leaks.ipynb", LOAD, "cards = opened.links(period=period)\ncards.publish()", shows
    )
    write_notebook(folder / "07_misspelt.ipynb", "1", parameters='study = "corner"\nperod = "2026Q3"')
    return folder


@cache
def one_notebook() -> Path:
    folder = workplace() / "one"
    cells = (LOAD, "cards = opened.links(period=period)\ncards.publish()", "print(cards.summary())")
    write_notebook(folder / "01_links.ipynb", *cells, needs=["link_interaction"])
    return folder


@cache
def made_report(which: str = "first"):
    """The report of the small study: what make_report gave, and what it said. `which` makes another one."""
    from linkage.report import make_report

    said: list[str] = []
    with environment(workplace()):
        made = make_report(
            corner_study(),
            out=workplace() / which,
            notebooks=many_notebooks(),
            say=said.append,
            period="2026Q3",
        )
    return made, said


@cache
def plain_report():
    """A report of one good notebook, for the review."""
    from linkage.report import make_report

    with environment(workplace()):
        return make_report(
            corner_study(), out=workplace() / "plain", notebooks=one_notebook(), period="2026Q3"
        )
