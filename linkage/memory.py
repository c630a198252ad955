"""Answers kept between processes: the same data, period and code need not be asked twice."""

from __future__ import annotations

import hashlib
import os
import pickle
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from linkage import LOADED_AT

if TYPE_CHECKING:
    from linkage.card_set import CardSet
    from linkage.warehouse import Warehouse


@lru_cache(maxsize=1)
def code_hash() -> str:
    """A hash of this package's own code: an answer of other code is another answer."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in _code():
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _code() -> list[Path]:
    return sorted(Path(__file__).parent.rglob("*.py"))


def changed_since_loaded() -> bool:
    """Whether code was edited while this process runs: its answers then belong to neither state."""
    return any(path.stat().st_mtime > LOADED_AT for path in _code())


def _place(warehouse: Warehouse, through: str) -> Path:
    """Beside the warehouse, whose name already holds the hash of everything it was made from."""
    return warehouse.path.with_name(f"{warehouse.path.stem}-{through}-{code_hash()[:16]}.cards")


def recall_cards(warehouse: Warehouse, through: str) -> CardSet | None:
    """The family's cards as kept, or None. A file that cannot be read is as good as none.

    Pickles are read only from the project's own cache, which whoever can write it could also replace the code of.
    """
    if changed_since_loaded():
        return None
    try:
        return pickle.loads(_place(warehouse, through).read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError):
        return None


def keep_cards(warehouse: Warehouse, through: str, cards: CardSet) -> None:
    """Keep a family's cards, written beside and renamed; a cache that cannot be written is not an error."""
    if changed_since_loaded():
        return
    place = _place(warehouse, through)
    beside = place.with_name(f".{place.name}-{os.getpid()}")
    try:
        for old in place.parent.glob(f"{warehouse.path.stem}-{through}-*.cards"):
            old.unlink(missing_ok=True)
        beside.write_bytes(pickle.dumps(cards, protocol=pickle.HIGHEST_PROTOCOL))
        os.replace(beside, place)
    except OSError:
        beside.unlink(missing_ok=True)
