"""Runs of reports: every study, a run of periods; nothing made that has not changed; unfinished work taken up."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from corner_shop import corner_study, one_notebook, workplace, write_notebook
from ready_crew import ready, several

from linkage.errors import OptionError, PeriodError, StudyError
from linkage.report import Wish, make_reports, making
from linkage.report.folders import REVIEW
from linkage.report.manifest import published_files
from linkage.report.runs_calendar import recall_calendar
from linkage.report.runs_marks import marks_before
from linkage.study import load_study

NAMES = ("01_links", "02_more", "03_again")


def lay_out(base: Path, patch: pytest.MonkeyPatch) -> Path:
    """A project of one study with three notebooks and a cache of its own; reports take a moment."""
    shutil.copytree(corner_study(), base / "data" / "corner")
    several(base / "notebooks", one_notebook() / "01_links.ipynb", NAMES)
    patch.setenv("LINKAGE_HOME", str(base))
    patch.setenv("LINKAGE_CACHE", str(base / "cache"))
    patch.setattr(making, "Crew", ready(base / "notebooks"))
    return base


@pytest.fixture
def shop(tmp_path, monkeypatch):
    return lay_out(tmp_path, monkeypatch)


def run(*studies: str, say=lambda text: None, every: bool = False, **asked: object) -> list:
    return list(make_reports(None if every else studies or ("corner",), Wish(**asked), say=say))


def said_by(*studies: str, every: bool = False, **asked: object) -> tuple[list, list[str]]:
    lines: list[str] = []
    return run(*studies, every=every, say=lines.append, **asked), lines


def ran() -> list[str]:
    """What the notebooks' crew ran since the last time this was asked."""
    names = list(making.Crew.ran)
    making.Crew.ran.clear()
    return names


# ------------------------------------------------------------------------------------------ nothing changed


def test_what_has_not_changed_is_not_made_again(shop):
    (first,) = run(period="2026Q3")
    assert (first.status, first.code, tuple(ran())) == ("made", 0, NAMES)
    manifest = first.folder / "manifest.json"
    before = manifest.read_bytes()
    for asked in ({"period": "2026Q3"}, {}):  # the last complete period is known by now, without the database
        (again,) = run(**asked)
        assert (again.status, again.code, again.folder, ran()) == ("unchanged", 0, first.folder, [])
        made_at = json.loads(before)["made_at"]
        assert again.line().startswith("unchanged corner 2026Q3, ")
        assert again.line().endswith(f"s: nothing changed since {made_at}")
    assert manifest.read_bytes() == before
    (forced,) = run(force=True)
    assert (forced.status, tuple(ran())) == ("made", NAMES)


LIGHT = """
import resource, sys, time
began = time.monotonic()
from linkage.report.runs import Wish, make_reports
(run,) = make_reports(["corner"], Wish())
spent = resource.getrusage(resource.RUSAGE_SELF)
heavy = {"pandas", "numpy", "duckdb", "statsmodels", "matplotlib", "nbformat", "papermill"} & set(sys.modules)
print(run.status, sorted(heavy), spent.ru_utime + spent.ru_stime, sep=';')
"""


def test_to_find_that_nothing_changed_takes_less_than_two_seconds_of_work(shop):
    run()
    ended = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    status, heavy, seconds = ended.stdout.strip().split(";")
    assert (status, heavy) == ("unchanged", "[]")
    assert float(seconds) < 2


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text)


CHANGES = {
    "input customers.csv has changed": lambda shop: append(
        shop / "data/corner/customers.csv", "CUST-0099,other\n"
    ),
    "notebook 02_more has changed": lambda shop: append(shop / "notebooks/02_more.ipynb", "\n"),
    "of its files, 01_links.html has changed": lambda shop: append(place(shop) / "01_links.html", "<!-- -->"),
    "of its files, extra.txt is new": lambda shop: append(place(shop) / "extra.txt", "x"),
    "of its files, findings.csv is gone": lambda shop: (place(shop) / "findings.csv").unlink(),
    "report of 2026Q2 is new": lambda shop: publish(shop, "2026Q2"),
    "its manifest.json is of another version": lambda shop: edit(shop, lambda m: m.pop("made_from")),
    "the code changed while it was made": lambda shop: edit(shop, lambda m: m.update(code_hash="0")),
    "its inputs changed while it was made": lambda shop: edit(shop, lambda m: m["inputs"].clear()),
    "package pandas has changed": lambda shop: edit(
        shop, lambda m: m["made_from"].update({"package pandas": "1.0"})
    ),
}


def place(shop: Path) -> Path:
    return shop / "reports" / "corner" / "2026Q3"


def publish(shop: Path, period: str) -> None:
    folder = shop / "reports" / "corner" / period
    folder.mkdir()
    (folder / "findings.json").write_text("[]", encoding="utf-8")


def edit(shop: Path, change) -> None:
    path = place(shop) / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A project with a published report, and a copy of it: every test finds it as it was made."""
    with pytest.MonkeyPatch.context() as patch:
        base = lay_out(tmp_path_factory.mktemp("published") / "project", patch)
        assert run()[0].status == "made"
    shutil.copytree(base, base.with_name("copy"))
    return base


@pytest.fixture
def found(published, monkeypatch):
    """The published project, and what is made again in it: nothing is really made."""
    monkeypatch.setenv("LINKAGE_HOME", str(published))
    monkeypatch.setenv("LINKAGE_CACHE", str(published / "cache"))
    made: list[dict] = []

    def note(study: Path, **asked: object) -> making.Made:
        made.append(asked)
        return making.Made(place(published), (), {})

    monkeypatch.setattr(making, "make_report", note)
    yield published, made
    shutil.rmtree(published)
    shutil.copytree(published.with_name("copy"), published)


@pytest.mark.parametrize("said", CHANGES)
def test_every_change_makes_the_report_again_and_is_named(found, said):
    base, made = found
    CHANGES[said](base)
    _, lines = said_by(period="2026Q3")
    assert lines == [f"made again: {said}"]
    assert [asked["period"] for asked in made] == ["2026Q3"]


def test_a_report_with_nothing_changed_asks_for_nothing(found):
    assert said_by(period="2026Q3")[1] == [] and found[1] == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"only": "02"}, ["made again: it was made of another choice of notebooks"]),
        ({"formats": "html,xlsx"}, ["made again: it was made as html"]),
        ({"formats": " HTML"}, []),
    ],
)
def test_another_choice_of_notebooks_or_formats_is_made_again(found, asked, said):
    _, lines = said_by(**asked)
    assert (lines, len(found[1])) == (said, len(said))


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            {"notebooks": [{"name": "04_x", "status": "failed"}]},
            "made again: not all of it could be made: 04_x",
        ),
        (
            {"exports": [{"format": "pdf", "status": "left out"}]},
            "made again: not all of it could be made: pdf",
        ),
    ],
)
def test_a_report_that_failed_in_part_is_made_again(found, part, said):
    edit(found[0], lambda m: m.update(part))
    assert said_by()[1] == [said]


def test_a_signed_report_that_is_made_again_says_the_same_and_is_signed_anew(shop):
    from linkage.reviewing.sign_off import VOID, sign_off_of, write_sign_off

    (first,) = run()
    write_sign_off(first.folder, name="Ada Byron", date="2026-11-22", passed=True, open_points=(), counts={})
    signed = (first.folder / REVIEW).read_bytes()
    assert run()[0].status == "unchanged"  # the sign-off is no part of what is signed
    run(force=True)
    assert (first.folder / REVIEW).read_bytes() == signed
    assert "the report says the same, and was made again" in sign_off_of(first.folder).reason
    append(shop / "data" / "corner" / "customers.csv", "CUST-0099,other\n")
    run()
    assert sign_off_of(first.folder).state == VOID
    assert "is void: " in (shop / "reports" / "index.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------------------ unfinished work


def test_a_failed_report_is_finished_by_running_what_failed(shop, monkeypatch):
    whole = published_files(run()[0].folder)
    shutil.rmtree(shop / "reports")
    monkeypatch.setattr(making, "Crew", ready(shop / "notebooks", failing=("02_more",)))
    (broken,) = run()
    assert (broken.status, broken.code) == ("failed", 1)
    assert broken.reason.startswith("02_more failed; `--resume` runs what failed again")
    assert (place(shop) / "02_more.html").is_file()
    ran()
    (still,), lines = said_by(resume=True)
    assert (still.status, ran()) == ("failed", ["02_more"])
    assert "01_links: kept from the run before" in lines
    monkeypatch.setattr(making, "Crew", ready(shop / "notebooks"))
    (mended,) = run(resume=True)
    assert (mended.status, ran()) == ("made", ["02_more"])
    assert published_files(mended.folder) == whole
    assert not (shop / "cache" / "unfinished").exists()
    assert run(resume=True)[0].status == "unchanged"


def test_kernels_are_started_only_for_what_is_not_finished(tmp_path, monkeypatch):
    """The second run is a real one; it finds one notebook finished, which would leave a mark if it ran again."""
    mark = tmp_path / "mark"
    write_notebook(tmp_path / "notebooks" / "01_good.ipynb", f"open({str(mark)!r}, 'w').close()")
    write_notebook(tmp_path / "notebooks" / "02_moody.ipynb", "print(6 * 7)")
    asked = {"notebooks": tmp_path / "notebooks", "out": tmp_path / "out", "period": "2026Q3"}
    monkeypatch.setenv("LINKAGE_CACHE", str(workplace() / "cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "Crew", ready(tmp_path / "notebooks", failing=("02_moody",)))
        (first,) = make_reports([corner_study()], Wish(**asked))
    (second,) = make_reports([corner_study()], Wish(**asked, resume=True))
    assert (first.status, second.status, mark.exists()) == ("failed", "made", False)
    executed = json.loads((second.folder / "notebooks" / "02_moody.ipynb").read_text(encoding="utf-8"))
    assert "42" in json.dumps(executed["cells"][-1]["outputs"])
    rows = json.loads((second.folder / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
    assert [(row["status"], row["kernel"] != "") for row in rows] == [("ok", False), ("ok", True)]


# ------------------------------------------------------------------------------------------ several reports


def quarters(shop: Path) -> Path:
    """The study's contacts and answers over four quarters, each customer seen in all of them."""
    folder = shop / "data" / "corner"
    for name, key in (("contacts.csv", "interaction_id"), ("answers.csv", "response_id")):
        import pandas as pd

        table = pd.read_csv(folder / name)
        parts = []
        for turn in range(4):
            part = table.copy()
            for column in {key, "interaction_id"}:
                part[column] = part[column] + f"-{turn}"
            for column in ("started_at", "answered_at"):
                if column in part:
                    part[column] = (
                        pd.to_datetime(part[column]) - pd.DateOffset(months=3 * turn)
                    ).dt.strftime("%Y-%m-%d %H:%M")
            parts.append(part)
        pd.concat(parts).to_csv(folder / name, index=False)
    return folder


def test_a_run_of_periods_goes_from_the_oldest_to_the_last_complete_one(shop):
    quarters(shop)
    runs, lines = said_by(since="2026Q1")
    assert [(r.study, r.period, r.status) for r in runs] == [
        ("corner", period, "made") for period in ("2026Q1", "2026Q2", "2026Q3")
    ]
    assert [line for line in lines if line.startswith("report of")] == [
        f"report of corner {r.period}" for r in runs
    ]
    manifests = [json.loads((r.folder / "manifest.json").read_text(encoding="utf-8")) for r in runs]
    before = [[name for name in m["made_from"] if name.startswith("report of")] for m in manifests]
    assert before == [[], ["report of 2026Q1"], ["report of 2026Q1", "report of 2026Q2"]]
    assert {r.status for r in run(since="2026Q1")} == {"unchanged"}
    # A report of an earlier period is news to those after it.
    assert [r.status for r in run(since="2025Q4", period="2026Q1")] == ["made", "made"]
    page = (shop / "reports" / "index.html").read_text(encoding="utf-8")
    assert page.index("corner/2026Q3/") < page.index("corner/2026Q1/") < page.index("corner/2025Q4/")
    with pytest.raises(
        PeriodError, match=r"no complete period from 2027Q1 to 2026Q3: its data run from 2025Q4"
    ):
        run(since="2027Q1")
    with pytest.raises(PeriodError, match="a quarter is needed"):
        run(since="2026M01")


def test_every_study_is_reported_on_and_one_that_cannot_be_read_is_named(shop):
    shutil.copytree(shop / "data" / "corner", shop / "data" / "yearly")
    yml = shop / "data" / "yearly" / "study.yml"
    yml.write_text(
        yml.read_text(encoding="utf-8").replace("period: quarter", "period: year"), encoding="utf-8"
    )
    shutil.copytree(shop / "data" / "corner", shop / "data" / "broken")
    append(shop / "data" / "broken" / "study.yml", "colour: red\n")
    runs, lines = said_by(every=True, period="2026Q3")
    assert [(r.study, r.status, r.code) for r in runs] == [
        ("broken", "failed", 2),
        ("corner", "made", 0),
        ("yearly", "failed", 2),
    ]
    assert "colour" in runs[0].reason and runs[0].folder is None
    assert "a year is needed, such as 2022" in runs[2].reason
    assert not any("Traceback" in line for line in lines)
    runs = run(every=True, since="2026Q3")
    assert [(r.study, r.status) for r in runs] == [
        ("broken", "failed"),
        ("corner", "unchanged"),
        ("yearly", "failed"),
    ]


def test_a_fault_of_the_code_in_one_study_is_shown_and_the_others_go_on(shop, monkeypatch):
    shutil.copytree(shop / "data" / "corner", shop / "data" / "other")

    def fail(study, **asked):
        if Path(study).name == "corner":
            raise ZeroDivisionError("a fault")
        return making.Made(shop / "reports" / "other" / "2026Q3", (), {})

    monkeypatch.setattr(making, "make_report", fail)
    runs, lines = said_by(every=True, period="2026Q3")
    assert [(r.study, r.status, r.code) for r in runs] == [("corner", "failed", 1), ("other", "made", 0)]
    assert runs[0].reason == "ZeroDivisionError: a fault"
    assert any(line.startswith("Traceback") for line in lines)


def test_a_single_report_raises_what_is_wrong(shop):
    with pytest.raises(StudyError, match="There is no study 'cornr'"):
        run("cornr")
    with pytest.raises(PeriodError, match="2031Q1"):
        run(period="2031Q1")
    with pytest.raises(OptionError, match="--force makes every page anew and --resume keeps"):
        run(force=True, resume=True)


def test_the_calendar_is_recalled_only_for_exactly_the_same_marks(shop):
    run()
    study = load_study(shop / "data" / "corner")
    from linkage.notebooks.finding import find_notebooks
    from linkage.report.runs_marks import marks_of

    marks = marks_of(study, find_notebooks())
    known = recall_calendar(study, marks)
    assert (known.periods, known.last_complete) == (("2026Q3",), "2026Q3")
    assert recall_calendar(study, {**marks, "python": "3"}) is None


def test_clocks_of_earlier_reports_do_not_count_and_their_figures_do(shop):
    run()
    study, reports = load_study(shop / "data" / "corner"), shop / "reports" / "corner"
    marks = marks_before(study, "2026Q4", reports)
    assert list(marks) == ["report of 2026Q3"] and marks_before(study, "2026Q3", reports) == {}
    edit(shop, lambda m: m.update(made_at="2030", seconds=1))
    assert marks_before(study, "2026Q4", reports) == marks
    append(place(shop) / "findings.json", " ")
    assert marks_before(study, "2026Q4", reports) != marks


# ------------------------------------------------------------------------------------------ the command


def test_the_command_prints_the_pages_and_ends_with_the_worst_code(shop, monkeypatch, capsys):
    from linkage.cli import main

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["linkage", "report", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code, *capsys.readouterr())

    shutil.copytree(shop / "data" / "corner", shop / "data" / "broken")
    append(shop / "data" / "broken" / "study.yml", "colour: red\n")
    code, out, err = command("--all", "--formats", "html")
    assert code == 2
    assert out == f"{place(shop) / 'index.html'}\n"
    last = err.splitlines()[-2:]
    assert last[0].startswith("failed    broken, ") and "colour" in last[0]
    assert last[1].startswith("made      corner 2026Q3, ")
    code, out, err = command("corner", "--formats", "html")
    assert (code, out) == (0, f"{place(shop) / 'index.html'}\n")
    assert err.startswith("unchanged corner 2026Q3, ") and err.count("\n") == 1
    assert command("corner", "--all")[0] == 2
    assert command("corner", "--force", "--resume")[0] == 2
    (shop / "a_file").write_text("x")
    code, out, err = command("corner", "--out", str(shop / "a_file"))
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith(
        f"Failed: The report could not be made: {shop / 'a_file'} is a file"
    )
    assert "Traceback" not in err
