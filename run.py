#!/usr/bin/env python3
"""Make, prove, explore or refresh: the project's four commands, with nothing to install first.

The first run makes .venv beside this file (see run_setup.py); later runs start at once.
Only the standard library, and no syntax newer than Python 3.6: an old Python can still say what it lacks.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # absent where Python was told not to look beside the script

from run_setup import SetUpError, environment_lock, make_ready, own_environment, venv_python  # noqa: E402

OLDEST = (3, 11)

USAGE = """usage: python3 run.py COMMAND [more arguments, passed on]

  report    make the report of a study (the demo, unless another is named); prints where it is
  test      run the unit tests, and every notebook again, comparing each output; more arguments go to pytest
  explore   open the notebooks in JupyterLab
  refresh   run the notebooks and store their outputs anew, when a change of figures is meant

The first run sets up .venv beside run.py, which takes about a minute. Add --help to a command for more.
"""


def main(arguments):
    """Run one of the commands; the exit code is the command's own, 2 for wrong use, 1 for a failed set-up."""
    if sys.version_info < OLDEST:
        return run_with_newer_python(arguments)
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        wrong = f"run.py: there is no command {arguments[0]!r}\n\n" if arguments else ""
        print(wrong + USAGE, end="", file=sys.stderr)
        return 2
    # A run told to stop must stop its installer too: SystemExit makes subprocess.run end its child.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with environment_lock(ROOT) as lock:
            make_ready(ROOT, lock)
            return start(COMMANDS[arguments[0]](ROOT, arguments[1:]), lock)
    except SetUpError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: stopped. An unfinished set-up is made anew by the next run.", file=sys.stderr)
        return 130


def run_with_newer_python(arguments):
    """Hand over to a Python on the path that is new enough, or say that one is needed."""
    have, need = [".".join(str(part) for part in version[:2]) for version in (sys.version_info, OLDEST)]
    newer = newer_python()
    if newer:
        print(f"run.py: this is Python {have}; going on with {newer}", file=sys.stderr)
        sys.stderr.flush()
        return subprocess.call([newer, str(ROOT / "run.py"), *arguments])
    print(
        f"run.py: Python {need} or newer is needed, and this is {have}. Install one, or name one that you"
        f" have, for example: python{need} run.py report",
        file=sys.stderr,
    )
    return 2


def newer_python():
    """The path of a newer Python that really starts (a version manager's stand-in may not), or None."""
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        path = shutil.which(name)
        asks = "import sys; sys.exit(sys.version_info < (3, 11))"
        if path and subprocess.call([path, "-c", asks], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


# The commands: each gives the command line and the folder to run it in (None: where the caller is)


def report(root, more):
    return [str(venv_python(root)), "-m", "linkage.cli", "report", *more], None


def refresh(root, more):
    return [str(venv_python(root)), "-m", "linkage.cli", "refresh", *more], None


def test(root, more):
    """One pytest run for both kinds, so that its closing line counts everything.

    Unit tests; and each notebook run again in this environment, every stored output compared.
    A file or folder named by the caller replaces the whole.
    """
    strict = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
    strict += ["--nbval-sanitize-with", str(root / "tests" / "nbval_sanitize.cfg")]
    strict += ["-p", "linkage.notebooks.pytest_warm"]
    # Notebooks beside the tests are test material, some broken on purpose.
    strict += ["--ignore-glob=" + str(root / "tests" / "*.ipynb")]
    more, is_narrowed = with_full_paths(root, more)
    places = [] if is_narrowed else [name for name in ("tests", "notebooks") if (root / name).is_dir()]
    # The whole runs on every core, a file at a time: what a file shares is made once.
    strict += [] if is_narrowed else ["--numprocesses=auto", "--dist=loadfile"]
    return [str(venv_python(root)), "-m", "pytest", *strict, *more, *places], root


def with_full_paths(root, arguments):
    """Make files among the arguments findable from `root`; tell whether there is any."""
    full, is_narrowed = [], False
    for before, argument in zip(["", *arguments], arguments):  # noqa: B905 (older Pythons)
        path, colons, name = argument.partition("::")
        places = [place / path for place in (Path.cwd(), root) if (place / path).exists()]
        is_file = bool(places) and not argument.startswith("-") and before not in ("-k", "-m", "-p", "-c")
        full.append(str(places[0].resolve()) + colons + name if is_file else argument)
        is_narrowed = is_narrowed or is_file
    return full, is_narrowed


def explore(root, more):
    """JupyterLab, told beforehand not to ask about news and not to look for updates."""
    settings = root / ".venv" / "share" / "jupyter" / "lab" / "settings"
    quiet = {"@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}}
    with contextlib.suppress(OSError):  # a read-only environment still opens; it only asks
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "overrides.json").write_text(json.dumps(quiet), encoding="utf-8")
    folder = root / "notebooks" if (root / "notebooks").is_dir() else root
    options = [f"--ServerApp.root_dir={folder}"]
    options += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    return [str(venv_python(root)), "-m", "jupyterlab", *options, *more], None


COMMANDS = {"report": report, "test": test, "explore": explore, "refresh": refresh}


def start(command_and_folder, lock):
    """Become the command, so that its exit code, its signals and the lock are its own."""
    command, folder = command_and_folder
    sys.stdout.flush()
    if folder is not None:
        os.chdir(str(folder))
    environment = command_environment(os.environ)
    if os.name != "nt":
        if lock is not None:
            os.set_inheritable(lock.fileno(), True)
        os.execve(command[0], command, environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command; we wait for what it answers
    return subprocess.call(command, env=environment)


def command_environment(given):
    """One thread for linear algebra, unless the caller set another number; text is UTF-8 on Windows too.

    A sum split over threads is added up in another order, so its last digits would depend on the number of
    cores, and a report must be the same figures everywhere. Our fits are too small to gain from threads.
    """
    chosen = {"PYTHONUTF8": "1"}
    for library in ("OMP", "OPENBLAS", "MKL"):
        chosen[library + "_NUM_THREADS"] = "1"
    chosen["VECLIB_MAXIMUM_THREADS"] = "1"
    return {**chosen, **own_environment(given)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
