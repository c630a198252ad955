"""The fictional company Brightwater Telecom: its files, and the truth planted in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from linkage.demo.company import Company, simulate_company
from linkage.demo.files import write_files
from linkage.demo.planted import SEED
from linkage.demo.truth import planted_truth

__all__ = ["DEMO_FOLDER", "Company", "simulate_company", "write_demo"]

DEMO_FOLDER = Path(__file__).resolve().parents[2] / "data" / "demo"
BY_HAND = ("study.yml", "README.md", "sources/partner_periods.sql")


def write_demo(folder: Path, *, seed: int = SEED, scale: float = 1.0) -> None:
    """Write the company's files and truth.yml below `folder`: the same seed, the same content, everywhere.

    What is written by hand (study.yml, its SQL, README.md) is copied from the demo study, so that the folder
    opens as a study. `scale` 0.1 makes the company a tenth as large.
    """
    company = simulate_company(seed, scale=scale)
    write_files(company, folder)
    text = yaml.safe_dump(planted_truth(company), sort_keys=False, allow_unicode=True, width=110)
    (folder / "truth.yml").write_bytes(text.encode("utf-8"))
    for name in BY_HAND:
        source, target = DEMO_FOLDER / name, folder / name
        if source.exists() and source != target.resolve():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
