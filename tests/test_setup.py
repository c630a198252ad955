"""The set-up: run.py makes the environment whole or not at all, and the files that name versions agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import run  # noqa: E402
import run_setup  # noqa: E402

# Versions: pyproject.toml decides, environment.yml and requirements.lock follow.

NAMES_ON_CONDA = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}

# What the lock must serve: the Pythons we name, on the systems we name.
MACHINES = [
    {
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": system,
        "os_name": kind,
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    for python in ("3.11", "3.12", "3.13")
    for system, kind in (("linux", "posix"), ("darwin", "posix"), ("win32", "nt"))
]


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> list[Requirement]:
    """Every dependency that pyproject.toml declares: to run, to develop, to build."""
    project = pyproject()
    lines = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    return [Requirement(line) for line in lines + project["build-system"]["requires"]]


def lock_pins() -> list[tuple[Requirement, list[str]]]:
    """Each pin of requirements.lock with its hashes."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pins = []
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        pin, *hashes = line.split(" --hash=")
        pins.append((Requirement(pin), [one.strip() for one in hashes]))
    return pins


def conda_bounds() -> dict[str, str]:
    """name -> bounds, of conda's packages and of those that pip adds to them."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    plain = [line for line in listed if isinstance(line, str)]
    by_pip = [line for part in listed if isinstance(part, dict) for line in part["pip"]]
    requirements = [Requirement(line) for line in plain + by_pip if line != "-e ."]
    assert len({one.name for one in requirements}) == len(requirements), "a package is listed twice"
    return {one.name: str(one.specifier) for one in requirements}


def test_environment_yml_has_the_bounds_of_pyproject():
    wanted = {NAMES_ON_CONDA.get(one.name, one.name): str(one.specifier) for one in declared()}
    wanted |= {"python": pyproject()["project"]["requires-python"], "pip": ""}
    assert conda_bounds() == wanted


def test_environment_yml_reads_conda_forge_alone_and_installs_the_project():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == "linkage"
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert "-e ." in environment["dependencies"][-1]["pip"]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m['python_version']}-{m['sys_platform']}")
def test_lock_pins_each_declared_dependency_once_within_its_bounds(machine):
    pins: dict[str, list[str]] = {}
    for pin, _ in lock_pins():
        if pin.marker is None or Marker(str(pin.marker)).evaluate(machine):
            pins.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    for wanted in declared():
        versions = pins.get(canonicalize_name(wanted.name), [])
        assert len(versions) == 1, f"{wanted.name}: pinned {len(versions)} times"
        assert wanted.specifier.contains(versions[0]), f"{wanted} but the lock has {versions[0]}"


def test_lock_gives_one_exact_version_and_a_hash_with_every_pin():
    pins = lock_pins()
    assert len(pins) > len(declared())
    for pin, hashes in pins:
        assert [one.operator for one in pin.specifier] == ["=="], pin
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), pin


def test_lock_names_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", text)


# run.py, without installing anything


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that looks like the project, with an environment that was set up to the end."""
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"# {name}\n")
    run_setup.venv_python(tmp_path).parent.mkdir(parents=True)
    run_setup.venv_python(tmp_path).write_text("")
    run_setup.write_stamp(tmp_path)
    return tmp_path


def test_a_finished_environment_asks_for_nothing(project):
    assert run_setup.why_set_up(project) == ""


def test_a_first_run_sets_up(project):
    shutil.rmtree(project / ".venv")
    assert run_setup.why_set_up(project) == "first run only"


@pytest.mark.parametrize(
    ("name", "text"),
    [("requirements.lock", "other==2"), ("pyproject.toml", "[project]\nname = 'other'")],
)
def test_a_changed_file_sets_up_again_and_is_named(project, name, text):
    (project / name).write_text(text)
    assert f"{name} has changed" in run_setup.why_set_up(project)


def test_a_linters_settings_do_not_set_up_again(project):
    (project / "pyproject.toml").write_text("[tool.ruff]\nline-length = 99")
    assert run_setup.why_set_up(project) == ""


@pytest.mark.parametrize("stamp", ["", "{", "[]", "null", '{"python": "3.11"}'])
def test_an_interrupted_or_spoilt_stamp_sets_up_again(project, stamp):
    run_setup.stamp_path(project).write_text(stamp)
    assert "not finished" in run_setup.why_set_up(project)


def test_an_environment_without_a_stamp_sets_up_again(project):
    run_setup.stamp_path(project).unlink()
    assert "not finished" in run_setup.why_set_up(project)


def test_another_python_a_lost_python_and_a_moved_folder_set_up_again(project, tmp_path_factory, monkeypatch):
    moved = tmp_path_factory.mktemp("moved") / "here"
    shutil.copytree(project, moved)
    assert "moved" in run_setup.why_set_up(moved)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version_info", (3, 99, 0))
        assert "another version" in run_setup.why_set_up(project)
    run_setup.venv_python(project).unlink()
    assert "gone" in run_setup.why_set_up(project)


def steps_that(root: Path, *codes: str) -> dict[str, list[str]]:
    """Steps that run Python lines instead of installers; each finds the environment's folder at hand."""
    make = f"import pathlib; pathlib.Path({str(root / '.venv')!r}).mkdir()"
    lines = [make, *codes]
    return {f"taking step {number}": [sys.executable, "-c", line] for number, line in enumerate(lines)}


def test_a_set_up_starts_from_nothing_and_stamps_last(project, monkeypatch):
    remains = project / ".venv" / "half_installed.py"
    remains.write_text("")
    no_stamp_yet = f"import os, sys; sys.exit(os.path.exists({str(run_setup.stamp_path(project))!r}))"
    monkeypatch.setattr(run_setup, "steps_with_uv", lambda root, uv: steps_that(root, no_stamp_yet))
    monkeypatch.setattr(run_setup, "steps_with_pip", lambda root: steps_that(root, no_stamp_yet))
    run_setup.set_up(project, "first run only")
    assert not remains.exists()
    assert run_setup.stamp_path(project).exists()


def test_a_failed_step_is_named_with_its_last_lines_and_leaves_no_stamp(project, monkeypatch, capsys):
    broken = "print('disk quota exceeded'); raise SystemExit(3)"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(run_setup, "steps_with_pip", lambda root: steps_that(root, broken))
    with pytest.raises(run_setup.SetUpError, match=r"(?s)while taking step 1.*quota exceeded.*set-up\.log"):
        run_setup.set_up(project, "first run only")
    assert not run_setup.stamp_path(project).exists()
    assert "quota" not in capsys.readouterr().err


def test_pip_steps_in_where_uv_cannot(project, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: "uv")
    monkeypatch.setattr(run_setup, "steps_with_uv", lambda root, uv: steps_that(root, "raise SystemExit(2)"))
    monkeypatch.setattr(run_setup, "steps_with_pip", lambda root: steps_that(root))
    run_setup.set_up(project, "first run only")
    assert "trying again with pip" in capsys.readouterr().err
    assert run_setup.stamp_path(project).exists()


def test_both_installers_check_hashes_and_compile(project, monkeypatch):
    monkeypatch.setattr(run_setup, "require_ensurepip", lambda: None)
    for steps in (run_setup.steps_with_uv(project, "uv"), run_setup.steps_with_pip(project)):
        assert "--require-hashes" in steps["installing the packages"]
        assert {"--no-deps", "--no-build-isolation", "-e"} <= set(steps["installing the project"])
    assert "--compile-bytecode" in run_setup.steps_with_uv(project, "uv")["installing the packages"]


def test_a_python_without_ensurepip_is_told_the_package_to_install(project, monkeypatch):
    monkeypatch.setattr(run_setup.importlib.util, "find_spec", lambda name: None)
    version = "{}.{}".format(*sys.version_info)
    with pytest.raises(run_setup.SetUpError, match=rf"apt install python{re.escape(version)}-venv"):
        run_setup.steps_with_pip(project)


def asking_alone(lock) -> threading.Thread:
    """A started thread that asks for the lock alone and lets go of it at once."""

    def ask():
        run_setup.hold(lock, alone=True)
        lock.close()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def shared_locks(project):
    """Two runs that share the environment."""
    with run_setup.environment_lock(project) as one, run_setup.environment_lock(project) as two:
        if one is None or os.name == "nt":
            pytest.skip("this system or folder has no shared lock")
        yield one, two


def test_a_set_up_waits_for_those_who_use_the_environment(shared_locks, capsys):
    reader, maker = shared_locks
    waiting = asking_alone(maker)
    waiting.join(timeout=0.3)
    assert waiting.is_alive()
    reader.close()
    waiting.join(timeout=10)
    assert not waiting.is_alive()
    assert capsys.readouterr().err.count("Waiting for another run") == 1


def test_two_who_share_may_both_ask_to_be_alone(shared_locks):
    threads = [asking_alone(lock) for lock in shared_locks]
    for thread in threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads)


def test_a_folder_that_cannot_be_locked_makes_nobody_wait(project):
    (project / ".linkage").write_text("a file where the folder should be")
    with run_setup.environment_lock(project) as lock:
        assert lock is None
        run_setup.hold(lock, alone=True)


@pytest.mark.parametrize("arguments", [[], ["reprot"], ["--fast"]])
def test_no_command_or_an_unknown_one_lists_the_four_and_exits_2(arguments, capsys):
    assert run.main(arguments) == 2
    said = capsys.readouterr().err
    assert all(f"\n  {name} " in said for name in ("report", "test", "explore", "refresh"))
    assert not arguments or repr(arguments[0]) in said


def test_help_is_good_news(capsys):
    assert run.main(["--help"]) == 0
    assert "usage: python3 run.py COMMAND" in capsys.readouterr().out


def test_an_old_python_says_what_it_needs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(run, "newer_python", lambda: None)
    assert run.main(["report"]) == 2
    assert "Python 3.11 or newer is needed, and this is 3.8" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(run, "newer_python", lambda: "/opt/python3.12")
    monkeypatch.setattr(subprocess, "call", lambda command: calls.append(command) or 5)
    assert run.main(["test", "-x"]) == 5
    assert calls == [["/opt/python3.12", str(ROOT / "run.py"), "test", "-x"]]


@pytest.mark.parametrize("name", ["run.py", "run_setup.py"])
def test_an_old_python_can_at_least_read_run_py(name):
    import ast

    ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_test_runs_units_and_notebooks_strictly_in_one_pytest(project):
    (project / "tests").mkdir()
    command, folder = run.test(project, ["-x"])
    assert folder == project
    assert command[-2:] == ["-x", "tests"]  # no notebook yet is no error
    (project / "notebooks").mkdir()
    command, _ = run.test(project, [])
    assert command[-2:] == ["tests", "notebooks"]
    assert {"--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"} <= set(command)


def test_a_named_test_replaces_the_whole_from_any_folder(project, monkeypatch):
    (project / "tests").mkdir()
    (project / "tests" / "test_one.py").write_text("")
    named = str((project / "tests" / "test_one.py").resolve()) + "::test_it"
    for folder, typed in (
        (project / "tests", "test_one.py::test_it"),
        (Path("/"), "tests/test_one.py::test_it"),
    ):
        monkeypatch.chdir(folder)
        command, _ = run.test(project, [typed])
        assert command[-1] == named
        assert "tests" not in command
    command, _ = run.test(project, ["-k", "tests"])  # a pattern, not the folder
    assert command[-3:] == ["-k", "tests", "tests"]


@pytest.mark.parametrize("name", ["report", "refresh"])
def test_the_command_line_gets_its_arguments_in_the_callers_folder(project, name):
    command, folder = run.COMMANDS[name](project, ["--period", "2026Q3"])
    assert command[1:] == ["-m", "linkage.cli", name, "--period", "2026Q3"]
    assert folder is None


def test_explore_opens_the_notebooks_and_asks_nothing(project):
    (project / "notebooks").mkdir()
    command, _ = run.explore(project, ["--no-browser"])
    assert f"--ServerApp.root_dir={project / 'notebooks'}" in command
    assert command[-1] == "--no-browser"
    settings = (project / ".venv/share/jupyter/lab/settings/overrides.json").read_text()
    assert '"fetchNews": "false"' in settings and '"checkForUpdates": false' in settings


def test_a_command_runs_on_one_thread_unless_told_otherwise_and_apart_from_other_packages():
    given = {"PATH": "/bin", "PYTHONPATH": "/elsewhere", "OMP_NUM_THREADS": "4"}
    environment = run.command_environment(given)
    assert environment["OPENBLAS_NUM_THREADS"] == "1"
    assert environment["OMP_NUM_THREADS"] == "4"
    assert "PYTHONPATH" not in environment and environment["PATH"] == "/bin"


def test_an_installer_cannot_ask_or_install_elsewhere():
    environment = run_setup.set_up_environment({"PIP_TARGET": "/elsewhere", "PIP_USER": "1", "PIP_CERT": "c"})
    assert environment == {
        "PIP_CERT": "c",
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.mark.skipif(os.name == "nt", reason="a command is a child of run.py on Windows")
def test_exit_codes_pass_through(tmp_path):
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import run\n"
    script += f"run.start(([{sys.executable!r}, '-c', 'raise SystemExit(5)'], {str(tmp_path)!r}), None)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 5


# The repository


def tracked_texts() -> list[tuple[str, str]]:
    """Path and text of each tracked file that is text."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("git, or the repository's history, is absent: tracked files are not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip(f"git cannot list the files: {listed.stderr.strip()}")
    texts = []
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            texts.append((name, content.decode("utf-8", errors="replace")))
    return texts


PERSONAL_PATH = re.compile(r"(?<![\w/.:~-])/(?:home|Users|root|work)/\w+|[A-Z]:\\+Users\\+\w+")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|anaconda\.(?:org|com)/|registry\.npmjs", re.IGNORECASE)


@pytest.mark.parametrize("path", ["/home" + "/ann/x.csv", "'/work" + "/here'", "C:\\Users" + "\\ann"])
def test_a_personal_path_would_be_found(path):
    assert PERSONAL_PATH.search(f"read {path}")


def test_no_tracked_file_names_a_path_of_one_machine_or_a_package_registry():
    found = [
        f"{name}: {hit.group()}"
        for name, text in tracked_texts()
        for hit in (*PERSONAL_PATH.finditer(text), *REGISTRY.finditer(text))
    ]
    assert not found
