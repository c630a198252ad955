"""A real browser for tests: headless Chromium, driven over its own DevTools protocol, with nothing to download.

The browser is the one LINKAGE_BROWSER names, or the first known one that is installed.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
PATIENCE = 60
"""Seconds until a browser that does not answer counts as hung."""

SWITCHES = (
    *("--headless=new", "--remote-debugging-port=0", "--remote-allow-origins=*", "--disable-gpu"),
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB", "--mute-audio"),
    # A page that asks for anything from elsewhere is to fail at once, and nothing may leave.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowDown": 40, "ArrowUp": 38, "Escape": 27}


def find_browser() -> str | None:
    """The browser's path, or None where none is installed."""
    named = os.environ.get("LINKAGE_BROWSER")
    if named:
        return named if Path(named).is_file() else shutil.which(named)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or next((place for place in PLACES if Path(place).is_file()), None)


class BrowserError(RuntimeError):
    """The browser did not start, did not answer, or refused a command."""


class Tab:
    """One open tab: what it was told, and what it complained of since the page was opened."""

    def __init__(self, address: str):
        from websocket import create_connection

        self._socket = create_connection(address, timeout=PATIENCE, enable_multithread=False)
        self._count = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._loaded = False
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **parameters: object) -> dict:
        """Send a command and wait for its answer; what happens meanwhile is noted."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._count:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict) -> None:
        given = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                said = given["exceptionDetails"]
                self.complaints.append(said.get("exception", {}).get("description") or said["text"])
            case "Runtime.consoleAPICalled" if given["type"] in ("error", "warning", "assert"):
                self.complaints.append(" ".join(str(part.get("value")) for part in given["args"]))
            case "Log.entryAdded" if given["entry"]["level"] in ("error", "warning"):
                self.complaints.append(given["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])
            case "Network.loadingFailed" if not given.get("canceled"):
                self.complaints.append(f"a request failed: {given['errorText']}")

    def size(self, width: int, height: int = 900, *, dark: bool = False, scale: float = 1) -> None:
        """The window's size in CSS pixels, and the colours the system asks for."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", media="", features=[scheme])

    def open(self, page: Path) -> None:
        """Open a file and wait until it and all it holds are there."""
        self.complaints.clear()
        self.requests.clear()
        self._loaded = False
        self.tell("Page.navigate", url=page.resolve().as_uri())
        end = time.monotonic() + PATIENCE
        while not self._loaded:
            if time.monotonic() > end:
                raise BrowserError(f"{page.name} was not loaded after {PATIENCE} s")
            self._note(json.loads(self._socket.recv()))
        # Two frames later every script has run and every complaint is in.
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def run(self, script: str) -> object:
        """The value of an expression in the page; a promise is waited for."""
        found = self.tell(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in found:
            said = found["exceptionDetails"]
            raise BrowserError(said.get("exception", {}).get("description") or said["text"])
        return found["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other; a letter types itself."""
        for key in keys:
            typed = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            code = KEYS.get(key) or ord(key.upper())
            given = {"key": key, "windowsVirtualKeyCode": code}
            self.tell("Input.dispatchKeyEvent", type="keyDown", text=typed, **given)
            self.tell("Input.dispatchKeyEvent", type="keyUp", **given)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as a mouse does: what covers it gets the click."""
        place = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: "
            "'center', behavior: 'instant'}); const r = e.getBoundingClientRect(); "
            "return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            where = {"x": place[0], "y": place[1]}
            self.tell("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    def picture(self, path: Path, *, whole: bool = False) -> Path:
        """A screenshot of the window, or of the whole page."""
        shot = self.tell(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole)
        )
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def _clip(self, whole: bool) -> dict:
        if not whole:
            return {}
        size = self.tell("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def printed(self, path: Path) -> Path:
        """The page as it is printed, on A4."""
        given = self.tell("Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
        path.write_bytes(base64.b64decode(given["data"]))
        return path

    def close(self) -> None:
        self.tell("Page.close")
        self._socket.close()


class Browser:
    """A running browser with a profile of its own; close() ends it and removes the profile."""

    def __init__(self, program: str):
        self._profile = Path(tempfile.mkdtemp(prefix="linkage-browser-"))
        as_root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [program, *SWITCHES, *as_root, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        atexit.register(self.close)
        self._port = self._listening()

    def _listening(self) -> int:
        said, end = self._profile / "DevToolsActivePort", time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            lines = said.read_text().splitlines() if said.is_file() else []
            if len(lines) == 2:
                return int(lines[0])
            time.sleep(0.05)
        raise BrowserError(f"the browser did not start (exit code {self._process.poll()})")

    def tab(self) -> Tab:
        """A new tab."""
        from urllib.request import ProxyHandler, Request, build_opener

        asked = Request(f"http://127.0.0.1:{self._port}/json/new?about:blank", method="PUT")
        # The computer's proxy, if there is one, knows nothing of this computer's ports.
        with build_opener(ProxyHandler({})).open(asked, timeout=PATIENCE) as answer:
            return Tab(json.load(answer)["webSocketDebuggerUrl"])

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        shutil.rmtree(self._profile, ignore_errors=True)


@cache
def axe_script() -> str:
    """axe-core, as the test dependency carries it."""
    from importlib.resources import files

    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


ALIKE = """document.querySelectorAll('tbody').forEach(body => {
    const telling = ['class', 'style', 'scope', 'role', 'colspan', 'rowspan'], seen = {};
    const said = a => a.name + (telling.includes(a.name) ? a.value : '');
    [...body.rows].forEach(row => {
        const kind = [row, ...row.querySelectorAll('*')].map(e => e.tagName + [...e.attributes].map(said)).join();
        seen[kind] = (seen[kind] || 0) + 1;
        if (seen[kind] > 2) row.remove();
    });
})"""
"""Leaves two of the rows of a table whose elements, classes and attributes are the same: what holds of them holds of
a third, and tables of a thousand rows would take a minute."""


def violations(tab: Tab, *, only: tuple[str, ...] = ()) -> list[str]:
    """What axe-core finds serious or critical on the open page, by WCAG 2.1 A and AA and its best practices.

    only : rules to run; all if empty. Drawings are emptied before: they are hidden from aids, their words stand
    beside them, and their thousands of marks would take minutes.
    """
    tab.run("document.querySelectorAll('figure svg').forEach(drawing => drawing.replaceChildren())")
    tab.run(ALIKE)
    if not tab.run("typeof window.axe === 'object'"):
        tab.run(axe_script() + "; 1")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    chosen = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": tags}
    options = json.dumps({"runOnly": chosen, "resultTypes": ["violations"], "preload": False})
    found = tab.run(
        f"axe.run(document, {options}).then(r => r.violations.map(v => [v.impact, v.id, v.nodes.length, "
        "v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.failureSummary || '').slice(0, 300))]))"
    )
    return [
        f"{impact} {rule} ({count}): {' | '.join(shown)}"
        for impact, rule, count, shown in found
        if impact in ("serious", "critical")
    ]


@cache
def published(study: str) -> Path:
    """The folder of a study's report as it is now: made by whoever asks first, in any process of the test run.

    LINKAGE_REPORTS names a folder of reports that were made before, to look at those instead.
    """
    from linkage.project import cache_folder
    from linkage.report.runs import Wish, make_reports

    made_before = os.environ.get("LINKAGE_REPORTS")
    if made_before:
        return max(path for path in (Path(made_before) / study).iterdir() if path.is_dir())
    reports = cache_folder() / "reports-of-tests"
    with locked(reports / f"{study}.lock"):
        (run,) = make_reports([study], Wish(out=reports))
    return run.folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Alone among the processes of a test run; where there are no such locks, each goes ahead."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as stream:
        try:
            import fcntl
        except ImportError:
            yield
            return
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
