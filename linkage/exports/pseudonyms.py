"""Names for customers that only the holder of a key file can turn back into customers."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import OptionError
from linkage.exports.sheets import Sheet, write_csv

if TYPE_CHECKING:
    from linkage.opening import OpenStudy

SECRET_BYTES, SHOWN_DIGITS = 32, 16
ASKED_FOR = (
    "accounts are listed under pseudonyms, and study.yml names no folder for their keys. "
    "Write `keys_folder:` with a folder outside of the reports that few people may read."
)


@dataclass(frozen=True)
class KeyFile:
    """A secret of one study, in a file of the folder that study.yml names."""

    folder: Path
    study: str
    secret: bytes

    def pseudonym(self, key: str) -> str:
        """The same customer has the same name in every report made with the same secret (HMAC, RFC 2104)."""
        mark = hmac.new(self.secret, str(key).encode(), hashlib.sha256).hexdigest()
        return f"A-{mark[:SHOWN_DIGITS].upper()}"

    def keep(self, keys: dict[str, str], period: str) -> Path:
        """Write which customer each pseudonym is, for those who contact them; readable by its owner only."""
        path = self.folder / f"{self.study}-accounts-{period}.csv"
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        write_csv(Sheet("", "", "", ("account", "customer_id"), sorted(keys.items())), new)
        new.replace(path)
        return path


def keys_folder(study: OpenStudy) -> Path | None:
    """The folder that study.yml names under `keys_folder`; a relative one lies in the study's own."""
    stated = study.study.declared.keys_folder
    return (study.study.folder / Path(stated).expanduser()).resolve() if stated else None


def open_keys(study: OpenStudy, reports: Path) -> KeyFile:
    """The key file of a study, made on first use. reports : the folder of all reports, where no key may lie.

    Raises OptionError where study.yml names no folder, one among the reports, or one that holds no readable secret.
    """
    folder = keys_folder(study)
    if folder is None:
        raise OptionError(ASKED_FOR)
    if folder.is_relative_to(reports.resolve()):
        raise OptionError(
            "keys_folder of study.yml lies among the reports, which are published: choose another."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return KeyFile(folder, study.name, _secret(folder / f"{study.name}.key"))
    except OSError as error:
        raise OptionError(f"keys_folder of study.yml cannot be used: {error.strerror or error}.") from None


def _secret(path: Path) -> bytes:
    """The secret in a file; a new one where there is no file yet. A spoilt one is never replaced."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if not re.fullmatch(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", text):
            raise OptionError(
                f"keys_folder of study.yml: {path.name} holds no secret of {SECRET_BYTES} bytes in hexadecimal. "
                "Bring back the file, or remove it and accept new pseudonyms."
            ) from None
        return bytes.fromhex(text)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        made = secrets.token_bytes(SECRET_BYTES)
        stream.write(f"{made.hex()}\n")
    return made
