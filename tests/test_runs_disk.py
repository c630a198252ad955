"""A disk that cannot be written to: one clear line, the report before whole, nothing left lying about."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from corner_shop import corner_study, environment, one_notebook, workplace
from ready_crew import ready

from linkage.errors import ReportError
from linkage.report import making, write_index
from linkage.report.folders import put_in_place
from linkage.report.manifest import published_files
from linkage.report.runs_disk import refuse_for_want_of_room, told_clearly

HERE = Path(__file__).parent


@pytest.fixture
def make(monkeypatch):
    """make(out) makes a small report in a moment."""
    monkeypatch.setattr(making, "Crew", ready(one_notebook()))

    def work(out: Path, **asked: object):
        with environment(workplace()):
            return making.make_report(
                corner_study(), out=out, notebooks=one_notebook(), period="2026Q3", **asked
            )

    return work


def fails_in(make, out: Path) -> str:
    with pytest.raises(ReportError) as told:
        make(out)
    text = str(told.value)
    assert text.startswith("The report could not be made: ") and "\n" not in text
    assert text.endswith("What was published before stands.")
    return text


def test_a_file_where_the_folder_should_be_is_named(make, tmp_path):
    out = tmp_path / "reports"
    out.write_text("mine")
    assert f"{out} is a file, and a folder is needed there." in fails_in(make, out)
    assert out.read_text() == "mine"
    place = tmp_path / "other" / "corner"
    place.parent.mkdir()
    place.write_text("mine")
    assert f"{place} is a file" in fails_in(make, tmp_path / "other")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["corner", "other", "reports"]


ON_A_SMALL_DISK = """
import subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
out, study, notebooks = map(Path, sys.argv[2:5])
from ready_crew import ready
from linkage.errors import ReportError
from linkage.report import making
from linkage.report.manifest import published_files
making.Crew = ready(notebooks)

def make():
    return making.make_report(study, out=out, notebooks=notebooks, period="2026Q3").folder

def fails():
    try:
        make()
    except ReportError as error:
        print(error)
    print(published_files(place) == before, sorted(p.name for p in out.rglob(".*")))

place = make()
before = published_files(place)
with (out / "ballast").open("wb") as stream:
    try:
        while True:
            stream.write(bytes(65536))
            stream.flush()
    except OSError as error:
        print(error.errno)
fails()
(out / "ballast").unlink(missing_ok=True)
subprocess.run(["mount", "-o", "remount,ro", str(out)], check=True)
fails()
"""


def test_a_full_disk_and_one_that_may_only_be_read_give_one_line_and_leave_the_old_report(tmp_path):
    out = tmp_path / "disk"
    out.mkdir()
    mount = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"', str(out)]
    try:
        tried = subprocess.run([*mount, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is not installed")
    if tried.returncode:
        pytest.skip(f"no file system of one's own can be mounted here: {tried.stderr.strip()}")
    names = [str(path) for path in (HERE, out, corner_study(), one_notebook())]
    ended = subprocess.run(
        [*mount, sys.executable, "-c", ON_A_SMALL_DISK, *names],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LINKAGE_CACHE": str(tmp_path / "cache")},
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    code, full, whole, closed, still_whole = ended.stdout.splitlines()
    assert int(code) == errno.ENOSPC
    assert full.startswith("The report could not be made: there is no space left (")
    assert full.endswith("name another folder with --out. What was published before stands.")
    assert f"({out / 'corner'}" in full or f"({out})" in full
    assert closed.startswith("The report could not be made: ")
    assert "may not be written to (read-only file system)" in closed
    assert whole == still_whole == "True []"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS])
def test_a_disk_that_fails_half_way_leaves_the_old_report(make, tmp_path, monkeypatch, code):
    old = published_files(make(tmp_path).folder)

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(code, os.strerror(code), "page.html")

    monkeypatch.setattr(making, "write_site", fail)
    assert "page.html" in fails_in(make, tmp_path)
    assert published_files(tmp_path / "corner" / "2026Q3") == old
    assert sorted(p.name for p in tmp_path.iterdir()) == ["corner", "index.html"]
    assert [p.name for p in (tmp_path / "corner").iterdir()] == ["2026Q3"]


def test_a_first_report_that_fails_takes_its_empty_folders_away(tmp_path):
    with pytest.raises(RuntimeError), put_in_place(tmp_path / "a" / "b" / "2026Q3"):
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kept").mkdir()
    with pytest.raises(RuntimeError), put_in_place(tmp_path / "kept" / "b" / "2026Q3"):
        raise RuntimeError("stop")
    assert [p.name for p in tmp_path.rglob("*")] == ["kept"]


def test_an_export_that_found_no_room_stops_the_report():
    full = ("xlsx", f"OSError: [Errno 28] {os.strerror(errno.ENOSPC)}")
    with pytest.raises(OSError, match="xlsx"):
        refuse_for_want_of_room([("01_links", "ValueError"), full])
    refuse_for_want_of_room([("01_links", "ValueError: a cell")])


def test_a_notebook_that_found_no_room_stops_the_report(make, tmp_path, monkeypatch):
    old = published_files(make(tmp_path).folder)
    crew = ready(one_notebook(), failing=("01_links",))
    crew.reason = f"OSError: [Errno 28] {os.strerror(errno.ENOSPC)}"
    monkeypatch.setattr(making, "Crew", crew)
    assert "there is no space left (01_links). Make room there" in fails_in(make, tmp_path)
    assert published_files(tmp_path / "corner" / "2026Q3") == old


def test_a_failed_write_that_names_no_file_is_told_of_the_fullest_place(tmp_path, monkeypatch):
    from linkage.report import runs_disk

    def usage(place: Path) -> SimpleNamespace:
        return SimpleNamespace(free=0 if place == tmp_path / "cache" else 9)

    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("LINKAGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(runs_disk.shutil, "disk_usage", usage)
    with pytest.raises(ReportError) as told, told_clearly(tmp_path):
        raise OSError(errno.ENOSPC, "full")
    assert f"({tmp_path / 'cache'}). Make room there, or name another folder" in str(told.value)


def test_a_source_that_may_not_be_read_is_named_without_a_wrong_remedy(tmp_path):
    with pytest.raises(ReportError) as told, told_clearly(tmp_path / "reports"):
        raise PermissionError(errno.EACCES, "no", "data/corner/answers.csv")
    assert "data/corner/answers.csv may not be used (permission denied). Change that. What" in str(told.value)


def test_a_fault_of_the_code_is_not_taken_for_one_of_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError), told_clearly(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "none", "x")
    with pytest.raises(ValueError), told_clearly(tmp_path):
        raise ValueError("x")


def test_a_list_of_reports_that_cannot_be_written_says_that_the_reports_stand(tmp_path):
    (tmp_path / "index.html").mkdir()
    with pytest.raises(
        ReportError, match=r"are as they were made, but their list could not be written: .*index\.html"
    ):
        write_index(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_known_by_its_number_and_by_its_words(code):
    """Every command, the report and the warehouse go by one list: what one calls a full disk is so for all."""
    from linkage.closed_places import explain_closed_place, lack_of_room

    said = explain_closed_place(OSError(code, os.strerror(code), "tables.duckdb"))
    assert said == f"tables.duckdb: {os.strerror(code).lower()}. Make room there, or name another place."
    assert lack_of_room(f"IO Error: could not write: {os.strerror(code)}!") == code
    assert lack_of_room("IO Error: the file is damaged") is None
    with pytest.raises(OSError, match=r"xlsx") as raised:
        refuse_for_want_of_room([("pdf", "no printer"), ("xlsx", f"OSError: {os.strerror(code)}")])
    assert raised.value.errno == code
