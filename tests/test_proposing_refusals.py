"""What cannot be a study is refused or left out by name; what is not sure is asked, never guessed in silence."""

import gzip

import numpy as np
import pytest
from hostile_companies import write_text

from linkage.errors import StudyError
from linkage.proposing import propose_study, write_study
from linkage.study import load_study


def orders(keys, rng, count=200):
    dates = [f"2024-{rng.integers(1, 13):02d}-{rng.integers(13, 28):02d}" for _ in range(count)]
    lines = [[f"o{i}", rng.choice(keys), dates[i], f"{rng.gamma(2, 30):.2f}"] for i in range(count)]
    return [["order id", "client", "date", "amount"], *lines]


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def keys(rng):
    return [f"K{n}" for n in rng.choice(np.arange(1000, 9999), 80, replace=False)]


def test_a_missing_or_empty_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match="is not a folder"):
        propose_study(tmp_path / "nowhere")
    with pytest.raises(StudyError, match=r"it is empty.*\.parquet"):
        propose_study(tmp_path)


def test_an_existing_study_is_never_touched(tmp_path, keys, rng):
    write_text(tmp_path / "in" / "orders.csv", orders(keys, rng))
    proposal = propose_study(tmp_path / "in")
    (tmp_path / "out" / "acme").mkdir(parents=True)
    (tmp_path / "out" / "acme" / "mine.txt").write_text("mine")
    with pytest.raises(StudyError, match="is there already"):
        write_study("acme", proposal, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").rglob("*")] == ["acme", "mine.txt"]


@pytest.mark.parametrize("name", ["", "Acme", "a b", "../acme", "a/b", ".hidden"])
def test_a_name_that_is_none_is_refused(tmp_path, keys, rng, name):
    write_text(tmp_path / "in" / "orders.csv", orders(keys, rng))
    with pytest.raises(StudyError, match="is no name for a study"):
        write_study(name, propose_study(tmp_path / "in"), tmp_path / "out")


def test_unreadable_files_are_left_out_by_name(tmp_path, keys, rng):
    write_text(tmp_path / "orders.csv", orders(keys, rng))
    (tmp_path / "noise.csv").write_bytes(rng.bytes(4000))
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 this was a workbook once")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(rng.bytes(9000).hex().encode())[:3000])
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "a" / "b").mkdir(parents=True)
    proposal = propose_study(tmp_path)
    reasons = {out.shown: out.reason for out in proposal.left_out}
    assert [s.name for s in proposal.sources] == ["transactions"]
    assert "no text" in reasons["noise.csv"]
    assert "workbook" in reasons["broken.xlsx"]
    assert "cut.csv.gz" in reasons
    assert "empty" in reasons["empty.csv"]
    assert "save it as .xlsx" in reasons["old.xls"]
    assert "two folders deep" in reasons["a/b/"]


def test_a_file_that_may_not_be_read_is_left_out_with_the_remedy(tmp_path, keys, rng, monkeypatch):
    """Who runs the tests may read everything, so the system's answer is planted."""
    from linkage.proposing import files

    write_text(tmp_path / "orders.csv", orders(keys, rng))
    write_text(tmp_path / "secret.csv", orders(keys, rng))
    really = files._open

    def closed(path, shown, taken):
        if path.name == "secret.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, shown, taken)

    monkeypatch.setattr(files, "_open", closed)
    left_out = {out.shown: out.reason for out in propose_study(tmp_path).left_out}
    assert left_out == {"secret.csv": "it may not be read by you; give yourself the right to read it"}


def test_a_file_without_a_header_is_left_out_and_told_so(tmp_path, keys, rng):
    write_text(tmp_path / "orders.csv", orders(keys, rng))
    write_text(
        tmp_path / "numbers.csv", [[i, f"C{i % 7}", f"2024-01-{i % 28 + 1:02d}", i * 1.5] for i in range(50)]
    )
    write_text(tmp_path / "words.csv", [["north", "a"], ["north", "b"], ["south", "a"]] * 20)
    reasons = {out.shown: out.reason for out in propose_study(tmp_path).left_out}
    assert "data, not a header" in reasons["numbers.csv"]
    assert "values come back below" in reasons["words.csv"]


def test_only_text_is_no_study(tmp_path):
    write_text(
        tmp_path / "notes.csv",
        [["title", "body"], *[[f"note {k}", f"a text about nothing {k}"] for k in range(40)]],
    )
    with pytest.raises(StudyError, match=r"no file could be taken for a source.*title, body"):
        propose_study(tmp_path)


def test_one_column_is_no_table(tmp_path):
    write_text(tmp_path / "ids.csv", [["id"], *[[k] for k in range(40)]])
    with pytest.raises(StudyError, match="one column only"):
        propose_study(tmp_path)


def test_of_two_registers_the_one_the_others_speak_of_is_taken_and_the_other_asked(tmp_path, keys, rng):
    write_text(
        tmp_path / "clients.csv", [["client_id", "segment"], *[[k, rng.choice(["A", "B"])] for k in keys]]
    )
    half = [["account no", "tier"], *[[k, rng.choice(["X", "Y"])] for k in keys[:40]]]
    write_text(tmp_path / "accounts.csv", half)
    write_text(tmp_path / "orders.csv", orders(keys, rng))
    proposal = propose_study(tmp_path)
    written = write_study("acme", proposal, tmp_path / "out")
    assert [s.shown for s in proposal.declared if s.role == "customers"] == ["clients.csv"]
    text = (written / "study.yml").read_text()
    assert "clients.csv was taken for customers" in text
    assert "  # accounts:\n  #   role: customers" in text
    assert load_study(written).source_of("customers").files == ("clients.csv",)


def test_ten_rows_are_read_and_called_too_few(tmp_path):
    rows = [["id", "date", "nps", "remark"], *[[k, f"2024-01-{k + 10}", k % 11, "ok"] for k in range(10)]]
    write_text(tmp_path / "answers.csv", rows)
    proposal = propose_study(tmp_path)
    assert any("only 10 rows" in d for s in proposal.sources for d in s.doubts)
    assert load_study(write_study("small", proposal, tmp_path / "out")).metrics["nps"].scale == (0, 10)


def test_two_systems_without_a_bridge_are_told_apart_in_words(tmp_path, rng):
    write_text(
        tmp_path / "customers.csv",
        [["customer_id", "segment"], *[[f"A{k}", "AB"[k % 2]] for k in range(100, 180)]],
    )
    write_text(tmp_path / "orders.csv", orders([f"B-{k}" for k in range(100, 180)], rng))
    doubts = " ".join(propose_study(tmp_path).doubts)
    assert "none of" in doubts
    assert "identities" in doubts


def test_day_and_month_that_could_be_swapped_are_asked(tmp_path, rng):
    rows = [
        [f"r{k}", f"{rng.integers(1, 13):02d}/{rng.integers(1, 13):02d}/2024", int(rng.integers(0, 11))]
        for k in range(90)
    ]
    write_text(tmp_path / "survey.csv", [["id", "date", "nps"], *rows])
    (source,) = propose_study(tmp_path).sources
    assert any("day and month could be swapped" in d and "%m/%d/%Y" in d for d in source.doubts)


def test_codes_outside_the_scale_are_a_question_and_not_dropped(tmp_path, rng):
    rows = [[f"r{k}", f"2024-03-{k % 18 + 10}", int(rng.choice([0, 3, 7, 9, 10, 99]))] for k in range(120)]
    write_text(tmp_path / "survey.csv", [["id", "date", "nps"], *rows])
    proposal = propose_study(tmp_path)
    (metric,) = proposal.sources[0].metrics
    assert (metric.scale.low, metric.scale.high) == (0, 10)
    assert "99" in metric.doubt
    assert (
        "99" not in load_study(write_study("coded", proposal, tmp_path / "out")).sources["feedback"].missing
    )


def test_doubled_rows_and_broken_lines_are_counted(tmp_path, keys, rng):
    register = [["customer_id", "segment"], *[[k, rng.choice(["A", "B"])] for k in keys]]
    write_text(tmp_path / "customers.csv", register + register[3:6])
    paid = "".join(
        f"{rng.choice(keys)},2024-{rng.integers(1, 13):02d}-14,{rng.gamma(2, 40):.2f}\n" for _ in range(200)
    )
    (tmp_path / "payments.csv").write_text(
        f'client,paid on,amount\n{paid}oops,1,2,3,4\n"left open,2024-01-14,3\n'
    )
    proposal = propose_study(tmp_path)
    doubts = " ".join(d for s in proposal.sources for d in s.doubts)
    assert "3 rows stand twice, the same in every column" in doubts
    assert "2 lines are no record" in doubts
    said = []
    write_study("doubled", proposal, tmp_path / "out", say=said.append)
    assert "Of 283 rows read from 2 sources" in said[-1]  # 83 lines of customers, 200 whole ones of payments


def test_a_source_that_cannot_be_built_is_commented_out_and_the_rest_stands(tmp_path, keys, rng, monkeypatch):
    write_text(tmp_path / "orders.csv", orders(keys, rng))
    write_text(
        tmp_path / "clients.csv", [["client_id", "segment"], *[[k, rng.choice(["A", "B"])] for k in keys]]
    )
    proposal = propose_study(tmp_path)
    customers = next(s for s in proposal.sources if s.role == "customers")
    customers.select = "select this is no sql"
    said = []
    written = write_study("half", proposal, tmp_path / "out", say=said.append)
    assert list(load_study(written).sources) == ["transactions"]
    assert "customers is commented out" in said[0]


def test_links_to_files_instead_of_copies(tmp_path, keys, rng):
    write_text(tmp_path / "in" / "orders.csv", orders(keys, rng))
    written = write_study("linked", propose_study(tmp_path / "in"), tmp_path / "out", link=True)
    assert (written / "orders.csv").is_symlink()
    assert (written / "orders.csv").resolve() == (tmp_path / "in" / "orders.csv").resolve()


ODD = [
    'say "hi": {now}, [x] #1',
    "it's * a & b | c",
    "- dash first",
    "select",
    "100%",
    "umsatz; netto",
    "two\nlines",
    "\u4f60\u597d",
    "null",
    "?: @ ` ! %",
]


def test_no_name_of_a_column_or_file_can_break_what_is_written(tmp_path, keys, rng):
    header = ["order id", "client", "date", "amount", *ODD]
    lines = [[*row, *(f"{rng.normal():.2f}" for _ in ODD)] for row in orders(keys, rng)[1:]]
    write_text(tmp_path / "in" / "it's 100% #odd [1] sales.csv", [header, *lines])
    kinds = ["order id", "client", "date", "amount", "paid"]
    marked = [[*row[:3], f"{row[3]} EUR", rng.choice(["ja", "nein"])] for row in orders(keys, rng)[1:]]
    write_text(tmp_path / "in" / "tickets 'x'.csv", [["ticket id", *kinds[1:]], *marked])
    proposal, said = propose_study(tmp_path / "in"), []
    written = write_study("odd", proposal, tmp_path / "out", say=said.append)
    study = load_study(written)
    assert not any("commented out" in text or "does not build" in text for text in said), said
    assert len(study.metrics) >= len(ODD)
