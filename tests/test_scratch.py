"""Scratch folders and locks: what a killed process leaves goes, what a living one or somebody else has stays."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from linkage import scratch
from linkage.locks import LockedFile, has_locks
from linkage.scratch import PREFIX, Scratch, scratch_folder

pytestmark = pytest.mark.skipif(not has_locks(), reason="folders are locked on POSIX systems only")

HOLDER = """
import sys
from pathlib import Path
from linkage.scratch import Scratch
own = Scratch(Path(sys.argv[1]))
(own.folder / "rows.csv").write_text("CUST-0001", encoding="utf-8")
print(own.folder, flush=True)
sys.stdin.read()
"""


def hold(base: Path) -> tuple[subprocess.Popen, Path]:
    """A process with a scratch folder of its own in base, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


def test_what_a_killed_process_left_goes_with_the_next_folder_and_a_living_ones_stays(tmp_path):
    killed, dead = hold(tmp_path)
    living, kept = hold(tmp_path)
    try:
        kill(killed)
        assert (dead / "rows.csv").is_file()  # nobody was left to remove it
        with scratch_folder(tmp_path) as own:
            assert sorted(tmp_path.iterdir()) == sorted([kept, own])
            assert (kept / "rows.csv").read_text(encoding="utf-8") == "CUST-0001"
        assert list(tmp_path.iterdir()) == [kept]
    finally:
        kill(living)


def test_nothing_but_our_own_folders_is_removed(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere, target_is_directory=True)
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / "linkage-other").mkdir()
    Scratch(tmp_path).remove()
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["elsewhere", "linkage-other", f"{PREFIX}file", f"{PREFIX}link"]
    assert (elsewhere / "file").is_file()
    (tmp_path / f"{PREFIX}theirs").mkdir()
    monkeypatch.setattr(scratch.os, "getuid", lambda: os.geteuid() + 1)
    Scratch(tmp_path).remove()
    assert (tmp_path / f"{PREFIX}theirs").is_dir()


def test_no_other_user_can_look_into_a_scratch_folder(tmp_path):
    with scratch_folder(tmp_path) as own:
        assert stat.S_IMODE(own.stat().st_mode) == 0o700


def test_a_folder_goes_when_its_block_fails(tmp_path):
    with pytest.raises(ValueError, match="planted"), scratch_folder(tmp_path):
        raise ValueError("planted")
    assert list(tmp_path.iterdir()) == []


def test_a_crew_leaves_nothing_and_takes_away_what_a_killed_one_left(tmp_path, monkeypatch):
    from linkage.notebooks.crew import Crew

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("LINKAGE_COLD_KERNELS", "1")
    killed, dead = hold(tmp_path)
    kill(killed)
    with Crew() as crew:
        assert list(tmp_path.iterdir()) == [crew.scratch] != [dead]
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------ files


def test_a_file_is_one_holders_at_a_time_and_says_whose(tmp_path):
    first, second = LockedFile(tmp_path / "a.lock"), LockedFile(tmp_path / "a.lock")
    assert first.take() and not second.take()
    assert second.holder() == str(os.getpid())
    first.give_back()
    assert not (tmp_path / "a.lock").exists()
    assert second.take()
    second.give_back()


def test_a_file_left_by_a_killed_process_holds_nobody_up(tmp_path):
    (tmp_path / "a.lock").write_text("4711", encoding="ascii")
    lock = LockedFile(tmp_path / "a.lock")
    assert lock.take() and lock.holder() == str(os.getpid())
    lock.give_back()


def test_a_file_that_its_last_holder_takes_away_is_no_lock(tmp_path, monkeypatch):
    """Two waiting processes must not hold one name each: a lock on a file that is gone does not count."""
    path = tmp_path / "a.lock"
    from linkage import locks

    really = locks._lock

    def late(handle: int) -> bool:
        path.unlink()
        return really(handle)

    with monkeypatch.context() as patch:
        patch.setattr(locks, "_lock", late)
        assert not LockedFile(path).take()
    assert LockedFile(path).take()
