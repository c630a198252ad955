"""Make .venv beside this file: whole or not at all, one run at a time, from requirements.lock.

For run.py. Only the standard library, and no syntax newer than Python 3.6: an old Python can still say what
it lacks.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time


class SetUpError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def base_python():
    """The interpreter itself, not the .venv that it may have been started from and that may be rebuilt."""
    return getattr(sys, "_base_executable", None) or sys.executable


def venv_python(root):
    """Where the environment's interpreter is."""
    if os.name == "nt":
        return root / ".venv" / "Scripts" / "python.exe"
    return root / ".venv" / "bin" / "python"


# What an environment was made from


def stamp_path(root):
    return root / ".venv" / ".linkage-stamp"


def wanted_stamp(root):
    """What a finished environment was made from: a change in any of these makes it anew."""
    return {
        "python": "{}.{}".format(*sys.version_info),
        "folder": str(root),  # the project is installed by its path
        "lock": hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest(),
        "project": hashlib.sha256(installed_part(root)).hexdigest(),
    }


def installed_part(root):
    """What pyproject.toml says that an installation depends on; a linter's settings are no reason to wait."""
    import tomllib

    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [tables.get("build-system"), tables.get("project"), tables.get("tool", {}).get("setuptools")]
    return json.dumps(parts, sort_keys=True).encode()


def why_set_up(root):
    """Why the environment must be made; "" where it is ready."""
    if not (root / ".venv").exists():
        return "first run only"
    try:
        found = json.loads(stamp_path(root).read_text(encoding="utf-8"))
        changed = [name for name, value in wanted_stamp(root).items() if found[name] != value]
    except (OSError, ValueError, KeyError, TypeError):
        return "the last set-up was not finished"
    reasons = {
        "python": "it was made with another version of Python",
        "folder": "the folder has moved",
        "lock": "requirements.lock has changed",
        "project": "the project in pyproject.toml has changed",
    }
    if changed:
        return reasons[changed[0]]
    return "" if venv_python(root).exists() else "its Python is gone"


def write_stamp(root):
    """Last step of a set-up, whole or not at all: what was interrupted has no stamp."""
    unfinished = stamp_path(root).with_name(".linkage-stamp.unfinished")
    unfinished.write_text(json.dumps(wanted_stamp(root), indent=1), encoding="utf-8")
    os.replace(str(unfinished), str(stamp_path(root)))


# Two runs at once


@contextlib.contextmanager
def environment_lock(root):
    """The lock that a command shares with others, and that a set-up holds alone (see make_ready).

    The operating system lets go when its holder ends, however it ends, so no lock is ever stale.
    None where nothing can be locked, such as a read-only folder: then nobody waits.
    """
    try:
        (root / ".linkage").mkdir(exist_ok=True)
        lock = (root / ".linkage" / "set-up.lock").open("a+")
    except OSError:
        yield None
        return
    with lock:
        hold(lock, alone=False)
        yield lock


def hold(lock, alone):
    """Take the lock, alone or shared; wait for it if another run has it."""
    has_said = False
    while lock is not None:
        try:
            take(lock, alone)
        except (BlockingIOError, PermissionError):  # taken, as POSIX and as Windows say it
            if not has_said:
                say("Waiting for another run that uses .venv (a set-up, or an open JupyterLab) to finish.")
            has_said = True
            time.sleep(0.2)
            continue
        except OSError:  # this file system has no locks
            pass
        return


def take(lock, alone):
    """Ask once. Windows has no shared lock in the standard library: there only set-ups exclude each other."""
    if os.name != "nt":
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_UN)  # or two who share it would wait for each other, both asking for all
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        return
    import msvcrt

    lock.seek(0)
    if alone:
        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        with contextlib.suppress(OSError):  # it was not held
            msvcrt.locking(lock.fileno(), msvcrt.LK_UNLCK, 1)


# The set-up


def make_ready(root, lock):
    """Make the environment if it must be made, alone; then go on sharing it."""
    if not why_set_up(root):
        return
    hold(lock, alone=True)
    reason = why_set_up(root)  # the other run may have done it
    if reason:
        set_up(root, reason, lock)
    hold(lock, alone=False)


def set_up(root, reason, lock=None):
    """Make the environment from nothing and leave the stamp; with uv where it is there, or with pip."""
    started = time.monotonic()
    say(f"Setting up .venv ({reason}), about a minute.")
    uv = shutil.which("uv")
    try:
        try:
            install(steps_with_uv(root, uv) if uv else steps_with_pip(root), root, lock)
        except SetUpError:
            if not uv:
                raise
            say("uv could not do it; trying again with pip.")
            install(steps_with_pip(root), root, lock)
        write_stamp(root)
    except OSError as error:
        advice = "Close what uses .venv, make room on the disk, or copy the project to a folder of your own."
        raise SetUpError(f"the set-up cannot write: {error}. {advice}") from error
    say(f"Set up in {time.monotonic() - started:.0f} seconds.")


def steps_with_uv(root, uv):
    """Step by step. uv compiles bytecode only when asked; without it imports take 3 times as long."""
    pip = [uv, "pip", "install", "--python", str(venv_python(root))]
    locked = ["--compile-bytecode", "--require-hashes", "-r", str(root / "requirements.lock")]
    return {
        "making .venv": [uv, "venv", "--python", base_python(), str(root / ".venv")],
        "installing the packages": [*pip, *locked],
        **steps_of_project(root, pip),
    }


def steps_with_pip(root):
    """Step by step. pip compiles bytecode by itself."""
    require_ensurepip()
    pip = [str(venv_python(root)), "-m", "pip", "install", "--quiet"]
    return {
        "making .venv": [base_python(), "-m", "venv", str(root / ".venv")],
        "installing the packages": [*pip, "--require-hashes", "-r", str(root / "requirements.lock")],
        **steps_of_project(root, pip),
    }


def steps_of_project(root, pip):
    """Ours, from where it lies. The fonts are listed now, or the first figure would warn that it does so."""
    python = str(venv_python(root))
    return {
        "installing the project": [*pip, "--no-deps", "--no-build-isolation", "-e", str(root)],
        "compiling the project": [python, "-m", "compileall", "-q", str(root / "linkage")],
        "listing the fonts": [python, "-c", "import matplotlib.font_manager"],
    }


def require_ensurepip():
    """Debian and Ubuntu keep this part of Python in a package of its own."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetUpError(
            f"{base_python()} cannot make a virtual environment: its module ensurepip is missing. On Debian"
            " and Ubuntu: sudo apt install python{}.{}-venv".format(*sys.version_info)
            + " (or python3-venv); then run the same command again. Or install uv: it is used where found."
        )


def install(steps, root, lock):
    """Take the steps from an empty folder, for half an installed package looks installed.

    What the installers say goes into a log; its end is shown if a step fails.
    """
    with contextlib.suppress(FileNotFoundError):
        stamp_path(root).unlink()
    if (root / ".venv").exists():
        shutil.rmtree(str(root / ".venv"))
    log = root / ".linkage" / "set-up.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("", encoding="utf-8")
    for name, command in steps.items():
        if run_step(command, root, log, lock) != 0:
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise SetUpError(
                "\n    ".join([f"the set-up failed while {name}:", *last])
                + f"\nAll of it is in {log}. Nothing needs cleaning up: when the cause is gone (no network?"
                " a full disk?), run the same command again."
            )


def run_step(command, root, log, lock):
    """Run one step; its exit code. It inherits the lock: an installer that outlives us keeps others out."""
    inherited = {} if lock is None or os.name == "nt" else {"pass_fds": (lock.fileno(),)}
    with log.open("a", encoding="utf-8") as output:
        print("$", *command, file=output, flush=True)
        return subprocess.run(
            command,
            cwd=str(root),
            env=set_up_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **inherited,
        ).returncode


def own_environment(given):
    """The caller's environment variables without what would mix other packages into ours."""
    strangers = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in given.items() if name not in strangers}


def set_up_environment(given):
    """The same, and an installer neither asks nor chats, nor installs elsewhere."""
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIREMENT", "PIP_CONSTRAINT")
    kept = {name: value for name, value in own_environment(given).items() if name not in elsewhere}
    return {**kept, "PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def say(text):
    print(text, file=sys.stderr, flush=True)
