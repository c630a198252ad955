"""Who stands by a published report: the sign-off beside it, and whether it still holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from linkage.errors import ReportError
from linkage.report.manifest import MANIFEST, REVIEW, published_files
from linkage.reviewing.signed_words import fault_of
from linkage.reviewing.unseen_letters import visible
from linkage.tables.ingredients import file_hash

UNSIGNED, SIGNED, OPEN, VOID = "not signed", "signed", "signed with open points", "void"
SIGNED_PARTS = (
    "study",
    "period",
    "parameters",
    "seed",
    "formats",
    "only",
    "inputs",
    "input_hash",
    "code_hash",
)
"""What of the manifest is what the report says, besides its files: no clock and no path, which differ each time."""
OF_A_NOTEBOOK = ("name", "status", "reason", "parameters")
SEAL = "seal"
A_LINK = "is a link: what it leads to is no part of the report."


@dataclass(frozen=True)
class SignOff:
    """A report's sign-off as it stands now.

    state : not signed, signed, signed with open points, or void. date : as 2026-11-22. counts : checks of the
    battery by verdict when it was signed. reason : why it is void.
    """

    state: str
    name: str = ""
    date: str = ""
    open_points: tuple[str, ...] = ()
    counts: dict[str, int] | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether somebody signed exactly what lies there."""
        return self.state in (SIGNED, OPEN)

    def sentence(self) -> str:
        """The state in one sentence, for a page or a terminal."""
        if self.state == UNSIGNED:
            return "Nobody has signed this report."
        if self.state == VOID:
            by = f" of {self.name} ({self.date})" if self.name else ""
            return f"The sign-off{by} is void: {self.reason}"
        count = len(self.open_points)
        points = f" with {count} open {'point' if count == 1 else 'points'}: " if count else "."
        return f"Signed by {self.name} on {self.date}{points}{' '.join(self.open_points)}"


def report_hash(folder: Path) -> str:
    """One hash of all bytes of a published report: its manifest's, which holds the hash of every other file."""
    return file_hash(folder / MANIFEST)


def content_hash(manifest: dict) -> str:
    """One hash of what a report says: its files, inputs, code and parameters; never the hour it was made.

    The same data, code and parameters give the same hash however often the report is made: it tells a report made
    again from another one. Raises ReportError for a manifest that lacks a part.
    """
    lacking = [name for name in (*SIGNED_PARTS, "files", "notebooks") if name not in manifest]
    if lacking:
        raise ReportError(
            f"{MANIFEST} has no {lacking[0]!r}: it is of another version. Make the report again."
        )
    signed = {name: manifest[name] for name in (*SIGNED_PARTS, "files")}
    signed["notebooks"] = [{name: row.get(name) for name in OF_A_NOTEBOOK} for row in manifest["notebooks"]]
    return _hash(signed)


def _hash(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_sign_off(
    folder: Path, *, name: str, date: str, passed: bool, open_points: tuple[str, ...], counts: dict[str, int]
) -> Path:
    """Write review.json beside the manifest.

    date : as 2026-11-22. Raises ReportError without a name or a day, and where the manifest is a link.
    """
    if not name.strip():
        raise ReportError("A sign-off needs a name: --name 'Ada Byron'.")
    if (folder / MANIFEST).is_symlink():
        raise ReportError(
            f"{folder / MANIFEST} {A_LINK} Put the file itself there, or make the report again."
        )
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    content = {
        "study": manifest["study"],
        "period": manifest["period"],
        "name": " ".join(name.split()),
        "date": date,
        "report_hash": report_hash(folder),
        "content_hash": content_hash(manifest),
        "passed": passed,
        "open_points": list(open_points),
        "checks": counts,
    }
    signed = {**content, SEAL: _hash(content)}
    if fault := fault_of(signed):
        raise ReportError(f"This cannot be signed: {fault}.")
    if (folder / REVIEW).is_symlink():  # or it would be written where the link leads
        (folder / REVIEW).unlink()
    (folder / REVIEW).write_bytes(_text(signed).encode())
    return folder / REVIEW


def _text(content: dict) -> str:
    """The sign-off's file, letter by letter."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def sign_off_of(folder: Path) -> SignOff:
    """The sign-off of a published report, proved against every byte of its files; never raises for a broken one."""
    if (folder / REVIEW).is_symlink():
        return SignOff(VOID, reason=f"{REVIEW} {A_LINK}")
    if not (folder / REVIEW).is_file():
        return SignOff(UNSIGNED)
    try:
        content = json.loads((folder / REVIEW).read_text(encoding="utf-8"))
        given = {key: value for key, value in content.items() if key != SEAL}
        signed = SignOff(
            OPEN if content["open_points"] else SIGNED, visible(str(content["name"])), visible(str(content["date"])),
            tuple(visible(str(point)) for point in content["open_points"]), dict(content["checks"]),
        )  # fmt: skip
        hashes = str(content["report_hash"]), str(content["content_hash"])
        sealed = content[SEAL] == _hash(given) and _is_as_written(folder / REVIEW, content)
        fault = fault_of(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return SignOff(VOID, reason=f"{REVIEW} is not readable ({type(error).__name__}: {error}).")
    if not sealed:
        reason = f"{REVIEW} was changed after it was written."
    else:
        reason = visible(f"{REVIEW}: {fault}." if fault else _why_void(folder, content, *hashes))
    return (
        SignOff(VOID, signed.name, signed.date, signed.open_points, signed.counts, reason)
        if reason
        else signed
    )


def _is_as_written(path: Path, content: dict) -> bool:
    """Whether the file holds nothing but its content: no other order, no part twice, no blank more."""
    return path.read_bytes() == _text(content).encode()


def _why_void(folder: Path, content: dict, hashed: str, said: str) -> str:
    """What was changed since the signature; nothing where nothing was. said : the hash of what was signed."""
    if (folder / MANIFEST).is_symlink():
        return f"{MANIFEST} {A_LINK}"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        then, known = manifest["files"], content_hash(manifest)
    except (OSError, ValueError, KeyError, TypeError, ReportError) as error:
        return f"{MANIFEST} is not readable ({type(error).__name__}: {error})."
    now = published_files(folder)
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            word = "is gone" if name not in now else "was added" if name not in then else "has changed"
            return f"{name} {word} since."
    if report_hash(folder) == hashed:
        other = next((part for part in ("study", "period") if content[part] != manifest[part]), "")
        return f"{REVIEW}: {other} is {content[other]!r}, the report's {manifest[other]!r}." if other else ""
    if known == said:
        return f"{MANIFEST} has changed since: the report says the same, and was made again or relabelled."
    return "what was signed was another report: other inputs, code, parameters or files."
