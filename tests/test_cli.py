"""The command line: help, exit codes 0, 1 and 2, the answer on one stream and progress on the other."""

import json
import re
import sys

import pytest

from linkage.cli import app, main
from linkage.errors import WarehouseError

YML = """
study: Tiny
sources:
  customers: {from: customers.csv}
  feedback: {from: answers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  handle_minutes: {of: interactions, unit: minute}
  spend: {of: transactions, unit: EUR}
windows: {before: 30 days, after: 30 days}
links:
  talk: {question: Why, grain: interaction, outcome: csat, drivers: [handle_minutes]}
"""

FILES = {
    "customers.csv": "customer_id,segment,region,unit_id,joined_on,left_on\nC1,home,North,U1,2025-01-01,\n",
    "answers.csv": "response_id,customer_id,interaction_id,employee_id,unit_id,answered_at,survey,wave,language,"
    "comment,weight,csat\nR1,C1,I1,E1,U1,2026-02-01 12:00,a,1,en,good,1,4\n"
    "R2,C1,I2,E1,U1,2026-05-01 12:00,a,1,en,,1,9\n",
    "contacts.csv": "interaction_id,customer_id,employee_id,unit_id,started_at,ended_at,channel,topic,handle_minutes\n"
    "I1,C1,E1,U1,2026-02-01 10:00,2026-02-01 10:10,phone,bill,10\n",
    "purchases.csv": "transaction_id,customer_id,unit_id,purchased_at,product,spend\n"
    "T1,C1,U1,2026-01-10,a,5\nT2,C1,U1,2026-06-10,a,7\n",
}
# Eight customers more, each with a contact and its answer: with fewer than six no link can be answered.
for i in range(2, 10):
    FILES["customers.csv"] += f"C{i},home,North,U1,2025-01-01,\n"
    FILES["contacts.csv"] += f"I{i + 1},C{i},E1,U1,2026-02-0{i} 10:00,2026-02-0{i} 10:10,phone,bill,{i * i}\n"
    FILES["answers.csv"] += f"R{i + 1},C{i},I{i + 1},E1,U1,2026-02-0{i} 12:00,a,1,en,,1,{1 + i % 5}\n"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a study, and the cache its warehouse is kept in."""
    folder = tmp_path_factory.mktemp("cli") / "tiny"
    folder.mkdir()
    (folder / "study.yml").write_text(YML)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def linkage(tiny, monkeypatch, capsys):
    """linkage("check", "demo") runs a command and gives its exit code, what it answers, and what it says meanwhile."""
    monkeypatch.setenv("LINKAGE_CACHE", str(tiny.parent / "cache"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["linkage", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code
        out, err = capsys.readouterr()
        return code, out, err

    return run


COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]


def test_the_commands_a_reader_is_told_of_are_there():
    assert {"report", "review", "check", "build", "sql", "lab", "refresh"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(linkage, command):
    code, out, err = linkage(command, "--help")
    assert code == 0
    assert f"Usage: linkage {command}" in out
    callback = next(c.callback for c in app.registered_commands if c.callback.__name__ == command)
    first = callback.__doc__.split(".")[0].split(":")[0]
    assert " ".join(first.split()) in " ".join(re.sub(r"[│╭╰─╮╯]", " ", out).split())
    assert err == ""


def test_the_program_has_help_and_lists_its_commands(linkage):
    code, out, _ = linkage("--help")
    assert code == 0
    for command in COMMANDS:
        assert command in out


def test_a_clean_study_is_checked_with_code_0(linkage, tiny):
    code, out, err = linkage("check", tiny)
    assert code == 0
    assert out.startswith("tiny: Of 30 rows read from 4 sources")
    # One answer lies off the scale: rejected with its file, line and reason, and told.
    assert "outside the scale 1 to 5" in out
    assert err == ""


def test_check_gives_json_that_any_reader_reads(linkage, tiny):
    code, out, _ = linkage("check", tiny, "--json")
    assert code == 0

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    contract = json.loads(out, parse_constant=refuse)
    assert {"study", "sources", "rejects", "joins", "broken"} <= set(contract)
    assert contract["rejects"][0]["line"] == 3


def test_build_answers_with_the_path_and_tells_the_steps_apart(linkage, tiny):
    code, out, err = linkage("build", tiny, "--force")
    assert code == 0
    assert out.strip().endswith(".duckdb")
    assert len(out.strip().splitlines()) == 1
    assert "reading feedback" in err
    assert "building link_survey" in err
    assert err.rstrip().endswith("built")
    code, again, err = linkage("build", tiny)
    assert (code, again) == (0, out)
    assert err == "nothing changed since the last build\n"


@pytest.mark.parametrize("model", ["link_survey", "link_interaction", "event_answer"])
def test_sql_prints_what_runs(linkage, tiny, model):
    from linkage.opening import open_study

    code, out, err = linkage("sql", model, tiny)
    assert (code, err) == (0, "")
    assert out.startswith(f"-- {model}:")
    opened = open_study(tiny)
    assert opened.connection.sql(out).df().equals(opened.connection.table(model).df())


@pytest.mark.parametrize(
    ("arguments", "first", "example"),
    [
        (("sign", "demo", "2026Q3"), "Error: linkage sign: Missing option '--name'.", "--name 'Ada Byron'"),
        (("sign",), "Error: linkage sign: Missing argument '", "linkage sign demo 2026Q3"),
        (
            ("new", "x", "--from"),
            "Error: linkage new: Option '--from' requires an argument.",
            "--from ~/exports",
        ),
        (("report", "--nosuch"), "Error: linkage report: No such option: --nosuch", "--period 2026Q3"),
        (("report", "a", "b"), "Error: linkage report: Got unexpected extra argument", "--period 2026Q3"),
        (
            ("repot",),
            "Error: No such command 'repot'. Did you mean 'report'?",
            "The commands: report, review",
        ),
        (("--version",), "Error: No such option: --version.", "The commands: report, review"),
    ],
)
def test_a_call_that_cannot_be_read_is_told_with_one_that_can(linkage, arguments, first, example):
    code, out, err = linkage(*arguments)
    assert (code, out) == (2, "")
    told, called = err.splitlines()
    assert told.startswith(first) and example in called
    assert err.count("Did you mean") <= 1


def test_every_command_has_an_example_that_can_be_read():
    import shlex

    import typer

    from linkage.wrong_use import EXAMPLES

    assert list(EXAMPLES) == COMMANDS
    group = typer.main.get_command(app)
    for command, example in EXAMPLES.items():
        program, name, *arguments = shlex.split(example)
        assert (program, name) == ("linkage", command)
        assert group.commands[name].make_context(name, arguments)


def test_who_stops_a_command_is_not_shown_a_traceback(linkage, tiny, monkeypatch):
    def stop(study: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("linkage.contract.check_study", stop)
    assert linkage("check", tiny) == (130, "", "Stopped.\n")


def test_a_path_that_leads_to_no_study_is_told_what_lies_there(linkage, tmp_path):
    (tmp_path / "answers.csv").write_text("a\n1\n")
    (tmp_path / "odd" / "study.yml").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "study.yml").write_text(" \n")
    for path, said in (
        (tmp_path / "answers.csv", f"`linkage new NAME --from {tmp_path / 'answers.csv'}` proposes a study of it."),
        (tmp_path, "is there, without a study.yml: `linkage new NAME --from"),
        (tmp_path / "odd", f"{tmp_path / 'odd' / 'study.yml'} is a folder: a text file is needed there."),
        (tmp_path / "empty", "study.yml is empty: keys such as study, sources, metrics and links are needed."),
    ):  # fmt: skip
        code, out, err = linkage("check", path)
        assert (code, out) == (2, "") and said in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "demoo"), "Did you mean 'demo'?"),
        (("build", "nowhere/at/all"), "There is no study 'nowhere/at/all'"),
        (("sql", "link_surveys", "{tiny}"), "Did you mean 'link_survey'?"),
        (("sql", "link_survey", "demoo"), "Did you mean 'demo'?"),
        (("report", "{tiny}", "--period", "2026-Q1"), "2026Q1"),
        (("report", "{tiny}", "--period", "2031Q1"), "It holds 2026Q1 to 2026Q2."),
        (("report", "{tiny}", "--period", "2026M01"), "a quarter is needed"),
        (("report", "{tiny}", "--formats", "docx"), "docx"),
        (("report", "{tiny}", "--workers", "0"), "workers"),
        (("check", "{tiny}", "--jsonn"), "--json"),
        (("chekc",), "chekc"),
        (("sql",), "MODEL"),
        ((), "Usage: linkage"),
    ],
)
def test_wrong_use_ends_with_code_2_and_says_what_was_meant(linkage, tiny, arguments, said):
    code, out, err = linkage(*(a.format(tiny=tiny) for a in arguments))
    assert code == 2
    assert said.lower() in (out + err).lower()
    assert "Traceback" not in err
    if arguments:
        assert out == ""


def test_a_broken_contract_ends_with_code_2(linkage, make_study):
    yml = YML + "  branches: {question: Why, grain: unit_period, outcome: spend, drivers: [csat]}\n"
    code, out, _ = linkage("check", make_study(yml, FILES, name="broken"))
    assert code == 2
    assert "branches needs a source of units or unit_periods" in out
    code, out, err = linkage(
        "check", make_study(YML.replace("scale: [1, 5]", "scal: [1, 5]"), FILES, name="typo")
    )
    assert (code, out) == (2, "")
    assert "Did you mean 'scale'?" in err


def test_what_fails_in_the_doing_ends_with_code_1(linkage, tiny, monkeypatch):
    def fail(*arguments, **options):
        raise WarehouseError("the disk is full.")

    monkeypatch.setattr("linkage.warehouse.open_warehouse", fail)
    code, out, err = linkage("build", tiny)
    assert (code, out) == (1, "")
    assert err == "Failed: the disk is full.\n"


def test_a_report_that_cannot_be_found_ends_with_code_1(linkage, tiny, tmp_path):
    code, out, err = linkage("review", tiny, "--out", tmp_path)
    assert (code, out) == (1, "")
    assert "linkage report" in err


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (13, "Failed: {place}: permission denied. Give yourself the right to it, or name another place.\n"),
        (28, "Failed: {place}: no space left on device. Make room there, or name another place.\n"),
        (30, "Failed: {place}: read-only file system. Name a place that can be written to.\n"),
    ],
)
def test_a_place_that_cannot_be_used_is_named_and_not_traced(linkage, tiny, monkeypatch, code, said):
    def closed(study: str) -> None:
        raise OSError(code, "planted", str(tiny))

    monkeypatch.setattr("linkage.contract.check_study", closed)
    assert linkage("check", tiny) == (1, "", said.format(place=tiny))


def test_a_fault_of_the_system_that_nobody_can_mend_is_shown_whole(linkage, tiny, monkeypatch):
    def broken(study: str) -> None:
        raise OSError(5, "planted")

    monkeypatch.setattr("linkage.contract.check_study", broken)
    with pytest.raises(OSError, match="planted"):
        linkage("check", tiny)
