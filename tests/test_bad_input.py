"""Bad input from end to end: each mistake a company can make is named with file, line or column and the remedy."""

import json
import os
import shutil
from pathlib import Path

import pytest

from linkage.contract import check_study
from linkage.errors import GrainError, LinkageError, PeriodError, SourceError, StudyError
from linkage.feedback import headlines
from linkage.opening import open_study
from linkage.study import load_study

YML = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  handle_minutes: {of: interactions, unit: minute}
links:
  talk: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes], controls: [segment]}
"""

FILES = {
    "customers.csv": "customer_id,segment\nC1,home\nC2,office\n",
    "answers.csv": "response_id,customer_id,interaction_id,answered_at,comment,csat\n"
    "R1,C1,I1,2026-02-01 12:00,fine,4\nR2,C2,I2,2026-02-02 12:00,,2\n",
    "contacts.csv": "interaction_id,customer_id,ended_at,handle_minutes\n"
    "I1,C1,2026-02-01 10:00,10\nI2,C2,2026-02-02 10:00,20\n",
}


@pytest.fixture
def refused(make_study, tmp_path):
    """refused(kind, yml=..., **files) builds a study with that mistake, and gives the text of its error."""

    def ask(kind, yml=YML, without=(), **changed):
        files = {name: text for name, text in FILES.items() if name not in without}
        files |= {name.replace("_csv", ".csv"): text for name, text in changed.items()}
        with pytest.raises(kind) as caught:
            open_study(make_study(yml, files))
        assert type(caught.value) is kind
        # Nothing half-written is left, and nothing that a next run could take for a warehouse.
        cache = tmp_path / "cache"
        assert not cache.exists() or list(cache.iterdir()) == []
        text = str(caught.value)
        for word in ("Traceback", "pydantic", "duckdb", "NoneType", "KeyError", "Errno"):
            assert word not in text
        assert text.rstrip().endswith((".", "?", "}"))
        return text

    return ask


def test_the_study_without_mistakes_is_read(make_study):
    study = open_study(make_study(YML, FILES))
    assert len(study.table("link_interaction")) == 2
    assert study.rejects.empty


# ------------------------------------------------------------------------------------------------ files


def test_a_missing_file_is_named_with_what_the_folder_has(refused):
    text = refused(SourceError, without=["contacts.csv"])
    assert "sources.interactions" in text
    assert "there is no file contacts.csv" in text
    near = refused(SourceError, without=["contacts.csv"], contact_csv=FILES["contacts.csv"])
    assert "Did you mean contact.csv?" in near


def test_a_pattern_that_matches_nothing_is_named(refused):
    text = refused(SourceError, yml=YML.replace("contacts.csv", '"contacts/*.csv"'))
    assert "no file matches contacts/*.csv" in text


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_named(refused, content):
    text = refused(SourceError, contacts_csv=content)
    assert "sources.interactions" in text
    assert "contacts.csv" in text
    assert "empty" in text
    assert "Export it again" in text


def test_a_file_with_a_header_alone_is_named(refused):
    text = refused(SourceError, contacts_csv="interaction_id,customer_id,ended_at,handle_minutes\n")
    assert "sources.interactions" in text
    assert "contacts.csv: the file has a header and no rows. Export it again" in text


def test_a_missing_column_is_named_with_the_nearest_and_where_to_map_it(refused):
    text = refused(
        SourceError, contacts_csv=FILES["contacts.csv"].replace("handle_minutes", "handle_minuets")
    )
    assert "contacts.csv: there is no column 'handle_minutes'" in text
    assert "Did you mean 'handle_minuets'?" in text
    assert "columns: {handle_minutes: <its name>}" in text


def test_a_missing_key_column_is_named(refused):
    text = refused(SourceError, answers_csv=FILES["answers.csv"].replace("response_id", "number"))
    assert "answers.csv: there is no column 'response_id', needed for response_id" in text


def test_a_doubled_key_is_named_with_its_lines(refused):
    text = refused(GrainError, answers_csv=FILES["answers.csv"] + "R1,C1,I1,2026-03-01 12:00,late,5\n")
    assert "R1 in answers.csv line 2, answers.csv line 4" in text
    assert "response_id" in text
    assert "aggregate them or correct the key" in text


def test_a_text_in_a_number_is_a_reject_with_file_line_and_reason(make_study):
    files = {**FILES, "contacts.csv": FILES["contacts.csv"].replace("00,20", "00,twenty")}
    study = open_study(make_study(YML, files))
    assert study.rejects[["file", "line", "column", "value", "reason", "row_kept"]].values.tolist() == [
        ["contacts.csv", 3, "handle_minutes", "twenty", "not a number", True]
    ]
    # The contact stays, its time is missing, and no zero has taken its place.
    assert study.table("link_interaction")["handle_minutes"].isna().tolist() == [False, True]


def test_every_bad_cell_of_a_rejected_row_is_told(make_study):
    lines = FILES["answers.csv"].splitlines()
    lines[2] = ",C2,I2,tomorrow,fine,77"
    study = open_study(make_study(YML, {**FILES, "answers.csv": "\n".join(lines) + "\n"}))
    found = study.rejects[["file", "line", "column", "value", "row_kept"]].astype(object)
    assert found.where(found.notna(), None).values.tolist() == [
        ["answers.csv", 3, "answered_at", "tomorrow", False],
        ["answers.csv", 3, "csat", "77", False],
        ["answers.csv", 3, "response_id", None, False],
    ]
    assert study.sources.set_index("source").loc["feedback", "rows_rejected"] == 1


def test_a_date_in_two_formats_is_a_reject_that_asks_which(make_study):
    files = {**FILES, "answers.csv": FILES["answers.csv"].replace("2026-02-02 12:00", "03/02/2026")}
    study = open_study(make_study(YML, files))
    row = study.rejects.iloc[0]
    assert (row["file"], row["line"], row["column"], row["value"]) == (
        "answers.csv",
        3,
        "answered_at",
        "03/02/2026",
    )
    assert "day first or month first?" in row["reason"]
    assert "%d/%m/%Y" in row["reason"]
    assert not row["row_kept"]
    assert study.table("link_survey")["response_id"].tolist() == ["R1"]
    # Declared, both are read, and each as what it says.
    declared = YML.replace("{from: answers.csv}", '{from: answers.csv, dates: "%d/%m/%Y"}')
    study = open_study(make_study(declared, files))
    assert study.rejects.empty
    assert [str(d.date()) for d in study.table("link_survey")["answered_at"]] == ["2026-02-01", "2026-02-03"]


def test_dates_that_fit_no_declared_format_say_which_was(make_study):
    declared = YML.replace("{from: answers.csv}", '{from: answers.csv, dates: "%d/%m/%Y"}')
    files = {**FILES, "answers.csv": FILES["answers.csv"].replace("2026-02-02 12:00", "02/31/2026")}
    row = open_study(make_study(declared, files)).rejects.iloc[0]
    assert row["reason"] == "not in the declared format of dates: %d/%m/%Y"


def test_a_file_none_of_whose_rows_can_be_read_stops_the_build_with_examples(refused):
    text = refused(SourceError, answers_csv=FILES["answers.csv"].replace("2026-02-0", "day "))
    assert "all 2 rows were rejected" in text
    assert "answers.csv, line 2: answered_at 'day 1 12:00' not a time" in text


# ------------------------------------------------------------------------------------------------ study.yml


@pytest.mark.parametrize(
    ("wrong", "right", "parts"),
    [
        ("unit: minute", "untit: minute", ("line 9, metrics.handle_minutes.untit", "Did you mean 'unit'?")),
        ("links:", "linsk:", ("line 10, linsk", "Did you mean 'links'?")),
        ("drivers: [handle_minutes]", "drivers: [handel_minutes]",
         ("line 11, links.talk.drivers", "link_interaction has no 'handel_minutes'", "Did you mean 'handle_minutes'?")),
        ("outcome: csat", "outcome: satisfaction", ("links.talk.outcome", "no 'satisfaction'", "Usable here:")),
        ("of: interactions", "of: contacts", ("metrics.handle_minutes.of", "there is no source 'contacts'")),
        ("[1, 5]", "[5, 1]", ("line 8, metrics.csat", "lowest first")),
        ("[1, 5]", "1 to 5", ("metrics.csat.scale", "expected a list")),
        ("{of: feedback, scale: [1, 5]}", "feedback", ("metrics.csat", "expected keys below it", "'feedback'")),
        ("grain: interaction", "grain: call", ("links.talk.grain", "'interaction'", "It says 'call'.")),
        ("question: Why, ", "", ("links.talk.question", "needed and not there")),
        ("drivers: [handle_minutes]", "drivers: []", ("links.talk.drivers", "at least one is needed")),
        ("controls: [segment]", "controls: [segment], lag: one", ("links.talk.lag", "a whole number", "'one'")),
        ("controls: [segment]", "controls: [segment], lag: 1", ("links.talk", "grains with periods")),
        ("controls: [segment]", "controls: [ended_at]", ("links.talk.controls", "ended_at is a time")),
        ("controls: [segment]", "controls: [csat]", ("links.talk", "csat stands in two places")),
        ("controls: [segment]", "controls: [csat_now]", ("links.talk.controls", "csat_now is the outcome itself")),
        ("outcome: csat", "outcome: channel", ("links.talk.outcome", "channel is a category")),
        ("controls: [segment]", "where: {segment: yes}", ("links.talk.where", "in quotes")),
        ("controls: [segment]", "where: {handle_minutes: long}", ("links.talk.where", "compare it with a number")),
        ("controls: [segment]", "where: {segment: 2026-01-01}", ("links.talk.where", "a text in quotes")),
        ("controls: [segment]", "where: {segmnet: home}", ("links.talk.where", "Did you mean 'segment'?")),
        ("controls: [segment]", "cluster: customer", ("links.talk.cluster", "Did you mean 'customer_id'?")),
        ("handle_minutes:", "Handle Minutes:", ("metrics.Handle Minutes", "lower-case letters")),
        ("csat:", "order:", ("metrics.order", "a word of SQL", "order_1")),
        ("  csat:", "  segment: {of: feedback, column: csat}\n  csat:", ("metrics.segment", "two columns called")),
        ("scale: [1, 5]", "recorded: answered_at", ("metrics.csat.recorded", "Leave 'recorded' out.")),
        ("  customers: {from: customers.csv}", "  customers: {}", ("sources.customers", "give either 'from'")),
        ("  customers:", "  clients:", ("sources.clients.role", "no source can be 'clients'", "'role:'")),
        ("study: Tiny", "study: Tiny\nperiod: weekly", ("line 3, period", "'quarter'", "'weekly'")),
        ("study: Tiny", "study: Tiny\ntimezone: Europe/Berlni", ("timezone", "Did you mean 'Europe/Berlin'?")),
        ("study: Tiny", "study: Tiny\nwindows: {before: 3 months}", ("windows.before", "such as '90 days'")),
        ("study: Tiny", "study: Tiny\nstudy: Other", ("line 3", "study is given twice", "line 2")),
        ("links:", "links: [", ("not readable YAML", "the brackets")),
        ("  csat:", "\tcsat:", ("line 8", "not readable YAML", "no tabs")),
    ],
)  # fmt: skip
def test_a_mistake_in_study_yml_is_named_with_its_line_and_remedy(refused, wrong, right, parts):
    assert wrong in YML
    text = refused(StudyError, yml=YML.replace(wrong, right, 1))
    assert "study.yml" in text
    for part in parts:
        assert part in text, text


def test_a_study_that_is_not_utf_8_is_named_with_its_line(make_study):
    folder = make_study(YML, FILES)
    (folder / "study.yml").write_bytes(YML.replace("question: Why", "question: Café").encode("cp1252"))
    with pytest.raises(StudyError, match="line 11: this is not UTF-8 text"):
        load_study(folder)


def test_a_byte_order_mark_and_windows_line_ends_are_forgiven(make_study):
    folder = make_study(YML, FILES)
    (folder / "study.yml").write_bytes(b"\xef\xbb\xbf" + YML.replace("\n", "\r\n").encode())
    assert load_study(folder).links["talk"].outcome == "csat"


@pytest.mark.parametrize("heading", ["links:", "windows:", "currency:"])
def test_a_heading_with_nothing_under_it_means_none(make_study, heading):
    yml = YML.split("links:")[0] + heading + "\n"
    assert load_study(make_study(yml, FILES)).links == {}


def test_every_mistake_of_a_file_is_told_at_once(refused):
    yml = YML.replace("unit: minute", "untit: minute").replace("grain: interaction", "grain: call")
    text = refused(StudyError, yml=yml)
    assert len(text.splitlines()) == 2


# ---------------------------------------------------------------------------------------------------- periods


def test_a_period_without_data_is_named_with_what_there_is(make_study):
    study = open_study(make_study(YML, FILES))
    for ask in (lambda: study.table("link_survey", period="2027Q3"), lambda: study.links(period="2027Q3")):
        with pytest.raises(PeriodError, match=r"tiny has no data for 2027Q3\. It holds 2026Q1 to 2026Q1\."):
            ask()


def test_a_link_the_data_cannot_answer_is_not_assessed_with_the_reason(make_study):
    study = open_study(make_study(YML, FILES))
    card = study.link("talk")
    assert card.verdict == "not assessed"
    assert "2 complete rows cannot carry" in card.summary()


# ----------------------------------------------------------------------------------------------------- texts

BAD = "<script>alert(1)</script>"


@pytest.fixture
def scripted(make_study):
    """A study whose comments, categories, labels and questions are all scripts."""
    yml = YML.replace("question: Why", f'question: "{BAD}"').replace(
        "scale: [1, 5]", f'scale: [1, 5], label: "{BAD}"'
    )
    answers = FILES["answers.csv"].splitlines()[0] + "\n"
    contacts = FILES["contacts.csv"].splitlines()[0] + "\n"
    customers = FILES["customers.csv"].splitlines()[0] + "\n"
    for i in range(60):
        day = f"2026-02-{1 + i % 27:02d}"
        answers += f"R{i},C{i},I{i},{day} 12:00,{BAD},{1 + i * 7 % 5}\n"
        contacts += f"I{i},C{i},{day} 10:00,{i * 13 % 31}\n"
        customers += f"C{i},{BAD if i % 3 else 'home'}\n"
    files = {"answers.csv": answers, "contacts.csv": contacts, "customers.csv": customers}
    yml += "  group: {question: Why, grain: interaction, outcome: csat, drivers: [segment]}\n"
    return open_study(make_study(yml, files))


def test_a_comment_is_kept_as_the_text_it_is(scripted):
    assert set(scripted.table("link_survey")["comment"]) == {BAD}
    assert scripted.rejects.empty


def test_a_script_is_escaped_wherever_it_is_shown(scripted):
    cards = scripted.links(period="2026Q1")
    assert BAD in cards["group"].summary()
    pages = [
        cards._repr_mimebundle_()["text/html"],
        cards.publish()._repr_mimebundle_()["text/html"],
        *(card._repr_html_() for card in cards.cards),
        *(card.plot()._repr_mimebundle_()["text/html"] for card in cards.cards),
        headlines(scripted, period="2026Q1")._repr_html_(),
        headlines(scripted, period="2026Q1").publish()._repr_mimebundle_()["text/html"],
        headlines(scripted, period="2026Q1").plot()._repr_mimebundle_()["text/html"],
    ]
    for page in pages:
        assert "<script" not in page
    assert any("&lt;script&gt;" in page for page in pages)


def test_a_script_among_the_rejects_is_text_in_the_contract(make_study):
    files = {**FILES, "contacts.csv": FILES["contacts.csv"].replace("00,20", f"00,{BAD}")}
    contract = check_study(make_study(YML, files))
    assert json.loads(contract.to_json())["rejects"][0]["value"] == BAD
    assert "<script" not in contract._repr_html_()


def test_every_error_here_is_one_of_ours(refused):
    refused(SourceError, without=["answers.csv"])
    assert issubclass(SourceError, LinkageError)


# ------------------------------------------------------------------------------------------ what is no file to read


def test_what_stands_in_the_place_of_a_file_is_named(refused_with):
    def link(path):
        path.symlink_to("nowhere.csv")

    assert "answers.csv is a link that leads to no file. Put the file in its place" in refused_with(link)
    assert "answers.csv is a link that leads to no file" in refused_with(lambda p: p.symlink_to(p))
    assert "answers.csv is a folder. Name its files, for example answers.csv/*.csv" in refused_with(
        lambda p: p.mkdir()
    )
    assert "answers.csv is no ordinary file" in refused_with(os.mkfifo)


@pytest.fixture
def refused_with(make_study):
    """refused_with(put) puts something in the place of answers.csv and gives the text of the error."""
    if os.name != "posix":
        pytest.skip("links and pipes are made otherwise there")

    def text_of(put) -> str:
        folder = make_study(YML, FILES)
        path = folder / "answers.csv"
        path.unlink()
        put(path)
        with pytest.raises(SourceError) as told:
            open_study(folder)
        shutil.rmtree(folder)
        return str(told.value)

    return text_of


def test_a_file_that_may_not_be_read_is_named(make_study, monkeypatch):
    """Who runs the tests may read everything, so the system's answer is planted; it is asked before anything else."""
    from linkage.sources import locate

    folder = make_study(YML, FILES)
    monkeypatch.setattr(locate.os, "access", lambda path, mode: Path(path).name != "answers.csv")
    with pytest.raises(SourceError, match=r"sources\.feedback: answers\.csv may not be read by you\. Give"):
        open_study(folder)

    def closed(path, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(StudyError, match=r"study\.yml may not be read by you\. Give yourself the right"):
        load_study(folder)


def test_what_a_select_gives_is_named_by_its_row_and_never_by_a_line_of_the_select(make_study):
    yml = """
study: T
sources:
  transactions: {sql: sources/transactions.sql}
metrics:
  spend: {of: transactions, column: amount, unit: EUR}
"""
    files = {
        "sources/transactions.sql": "select id as transaction_id, day as purchased_at, amount from 'sales.csv'",
        "sales.csv": "id,day,amount\nT1,2026-01-01,5\nT2,2026-01-02,a lot\n",
    }
    folder = make_study(yml, files)
    said = check_study(folder).summary()
    assert "first in row 2 of what sources/transactions.sql gives" in said
    assert "transactions.sql line" not in said and "transactions.sql 2" not in said
    doubled = make_study(
        yml, {**files, "sales.csv": files["sales.csv"] + "T1,2026-01-03,6\n"}, name="doubled"
    )
    with pytest.raises(GrainError, match=r"row 1 of what sources/transactions\.sql gives, row 3 of what"):
        check_study(doubled)
    unread = make_study(yml, {**files, "sales.csv": "id,day,amount\nT1,soon,6\n"}, name="unread")
    with pytest.raises(
        SourceError, match=r"row 1 of what sources/transactions\.sql gives: purchased_at 'soon'"
    ):
        check_study(unread)
