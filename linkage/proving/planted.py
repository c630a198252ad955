"""What is planted in a study, as its truth file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linkage.errors import LinkError

TRUTH_FILE = "truth.yml"
PARTS = ("effects", "non_response", "measurement")


@dataclass(frozen=True, eq=False)
class Planted:
    """effects : each by its name, with value, what and unit. non_response, measurement : as in the file."""

    path: Path
    effects: Mapping[str, Mapping]
    non_response: Mapping[str, Mapping]
    measurement: Mapping

    def effect(self, name: str) -> Mapping:
        """One planted effect. LinkError where the file names no such effect."""
        if name not in self.effects:
            raise LinkError(
                f"{self.path} names no effect {name!r}; the proof of the methods is written for the company of "
                "the study demo. Copy its truth file together with its sources."
            )
        return self.effects[name]

    def value(self, name: str) -> float:
        return float(self.effect(name)["value"])


def read_planted(folder: Path) -> Planted:
    """The truth file of a study's folder. LinkError where there is none, or where it lacks a part."""
    import yaml

    path = folder / TRUTH_FILE
    if not path.is_file():
        raise LinkError(
            f"{folder.name} has no {TRUTH_FILE}: nothing is known to be planted there, so no method can be held to "
            "it. Prove the methods on the study demo."
        )
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there, ten times as fast
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=fast)
    lacking = [part for part in PARTS if not isinstance(content, dict) or part not in content]
    if lacking:
        raise LinkError(
            f"{path} does not say {', '.join(lacking)}. The proof reads {', '.join(PARTS)} from it, as in the "
            "study demo."
        )
    effects = {effect["name"]: effect for effect in content["effects"]}
    return Planted(path, effects, content["non_response"], content["measurement"])
