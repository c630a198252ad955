"""Answers kept between processes: the same data, code, packages and arguments need not be asked twice."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import platform
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, wraps
from importlib.metadata import PackageNotFoundError, version
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from linkage import LOADED_AT
from linkage.project import cache_folder
from linkage.wrong_use import require_open

if TYPE_CHECKING:
    from linkage.cards.card_set import CardSet
    from linkage.warehouse import Warehouse

P, Answer = ParamSpec("P"), TypeVar("Answer")

PACKAGES = (
    "duckdb",
    "formulaic",
    "matplotlib",
    "numpy",
    "pandas",
    "pyarrow",
    "pyfixest",
    "scipy",
    "statsmodels",
)
"""What computes and draws: another version of one may give another last digit."""

UNREADABLE = (
    OSError,
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    TypeError,
    ValueError,
)
"""What a file that is damaged, or was kept by something else, may raise when it is read."""

MOST_PICTURES = 300
"""Pictures are kept by what they show, whatever study it came from, so no change of data clears them away."""

OF_CODE = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""Warnings that say nothing of an answer, only of the code that made it."""

SECONDS_BETWEEN_LOOKS = 0.2
"""An edited file is seen so soon where answers are recalled, and at once where one is kept."""

RECALLS = True
"""Whether this process recalls and keeps answers; a process that replaces parts of the code must not."""


@lru_cache(maxsize=1)
def code_hash() -> str:
    """A hash of this package's code and of what computes for it: an answer of other code is another answer."""
    digest = hashlib.sha256(platform.python_version().encode() + platform.machine().encode())
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            digest.update(f"{name} {version(name)}\0".encode())
    package = Path(__file__).parent
    for path in _code():
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _code() -> list[Path]:
    return sorted(Path(__file__).parent.rglob("*.py"))


def changed_since_loaded() -> bool:
    """Whether code was edited while this process runs: its answers then belong to neither state.

    Asked before every answer is kept, so it looks at directory entries and makes no paths.
    """
    folders = [os.fspath(Path(__file__).parent)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    if entry.stat().st_mtime > LOADED_AT:
                        return True
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return False


# The cards of a study's declared links


def recall_cards(warehouse: Warehouse, through: str) -> CardSet | None:
    """The family's cards as kept, or None. A file that cannot be read is as good as none."""
    place = _cards_place(warehouse, through)
    try:
        state = place.stat()
    except OSError:
        return None
    return None if is_off() else _read_last(place, (state.st_ino, state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=1)
def _read_last(place: Path, state: tuple[int, int, int]) -> CardSet | None:
    """What a file holds, read once as long as its `state` is the same; a process forked later need not read it."""
    return _read(place)


def keep_cards(warehouse: Warehouse, through: str, cards: CardSet) -> None:
    """Keep a family's cards, written beside and renamed; a cache that cannot be written is not an error."""
    if not (is_off() or changed_since_loaded()):
        place = _cards_place(warehouse, through)
        _write(place, pickle.dumps(cards, protocol=pickle.HIGHEST_PROTOCOL), f"{_before(place)}-*.cards")


def _cards_place(warehouse: Warehouse, through: str) -> Path:
    """Beside the warehouse, whose name already holds the hash of everything it was made from."""
    return warehouse.path.with_name(f"{warehouse.path.stem}-{through}-{code_hash()[:16]}.cards")


def _before(place: Path) -> str:
    return place.stem.rpartition("-")[0]


# Every other answer


def kept(ask: Callable[P, Answer]) -> Callable[P, Answer]:
    """Decorates a pure function: what it answered once, in any process, it answers again without being asked.

    An opened study among the arguments counts by its warehouse, whose name holds the hash of all it was made from;
    what says of itself that it `is_only_a_help` counts by its type; every other argument by its content. An answer
    that came with a warning, and one whose arguments or self cannot be written down, is asked for each time. Who asks
    first is given what the others will recall.
    """

    of_study = next(iter(signature(ask).parameters), "") in ("study", "opened")

    @wraps(ask)
    def recalled(*args: P.args, **how: P.kwargs) -> Answer:
        if of_study and args:
            require_open(args[0], ask.__name__)
        name = None if not RECALLS or is_off() else _name_of(ask, args, how)
        if name is None:
            return ask(*args, **how)
        place = cache_folder() / name
        known = _read(place)
        return known[0] if known is not None else _asked(ask, args, how, place)

    return recalled


def _asked(ask: Callable, args: tuple, how: dict, place: Path) -> Answer:
    with warnings.catch_warnings(record=True) as said:
        # Who asks now may not want to hear a warning; who recalls the answer may.
        warnings.simplefilter("always")
        answer = ask(*args, **how)
    for warning in said:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    warned = any(not issubclass(warning.category, OF_CODE) for warning in said)
    try:
        content = b"" if warned else pickle.dumps((answer,), protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError):
        return answer
    if not content or changed_since_loaded():
        return answer
    _write(place, content, f"{place.name.partition('~')[0]}~*.kept", mark=f"~{code_hash()[:8]}-")
    _forget_oldest_pictures(place)
    return pickle.loads(content)[0]


def _name_of(ask: Callable, args: tuple, how: dict) -> str | None:
    """The file's name: the studies among the arguments, the code, and a hash of the question; None for no name."""
    stream, studies = io.BytesIO(), []
    try:
        _Naming(stream, studies).dump((ask.__module__, ask.__qualname__, args, sorted(how.items())))
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    digest = hashlib.sha256(stream.getvalue()).hexdigest()[:24]
    return f"{studies[0] if studies else 'picture'}~{code_hash()[:8]}-{digest}.kept"


class _Naming(pickle.Pickler):
    """Writes arguments down; for an opened study, which cannot be, stands the name of its warehouse."""

    def __init__(self, stream: io.BytesIO, studies: list[str]):
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._studies = studies

    def persistent_id(self, thing: object) -> str | None:
        if getattr(type(thing), "is_only_a_help", False):
            return type(thing).__qualname__
        warehouse = getattr(thing, "warehouse", None) if type(thing).__name__ == "OpenStudy" else None
        if warehouse is None:
            return None
        self._studies.append(warehouse.path.stem)
        return f"study {warehouse.path.stem}"


def is_off() -> bool:
    """Whether nothing is recalled or kept: it was asked not to be, or code was edited meanwhile."""
    return bool(os.environ.get("LINKAGE_FORGET")) or _looked_lately(time.monotonic() // SECONDS_BETWEEN_LOOKS)


@lru_cache(maxsize=1)
def _looked_lately(moment: float) -> bool:
    """Whether code was edited, as seen at most a moment ago: a page recalls many answers within one."""
    return changed_since_loaded()


def _read(place: Path) -> object:
    """Pickles are read only from the project's own cache: who can write it could also replace the code."""
    try:
        return pickle.loads(place.read_bytes())
    except UNREADABLE:
        return None


def _write(place: Path, content: bytes, older: str, *, mark: str = "") -> None:
    """Put a file in place whole, and take away those of other code."""
    beside = place.with_name(f".{place.name}-{os.getpid()}")
    try:
        for old in place.parent.glob(older):
            if not mark or mark not in old.name:
                old.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        os.replace(beside, place)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _forget_oldest_pictures(place: Path) -> None:
    if not place.name.startswith("picture~"):
        return
    with suppress(OSError):
        pictures = sorted(place.parent.glob("picture~*.kept"), key=lambda p: p.stat().st_mtime)
        for old in pictures[:-MOST_PICTURES]:
            old.unlink(missing_ok=True)
