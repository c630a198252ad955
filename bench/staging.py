"""What does checking every value of a large file cost over a bare scan of it, and does it stay within its memory?

    .venv/bin/python bench/staging.py              200 MB of answers, three rounds
    .venv/bin/python bench/staging.py --gb 2       as many gigabytes as you say
    .venv/bin/python bench/staging.py --rounds 1   to see it run

Four sides, each in a process of its own, in turn, with the same memory limit: `scan` reads and types the columns
and adds them up, `load` keeps them as a table, `staging` is stage_source (types, missing words, scales, rejects
with lines, keys), `build` is the whole warehouse with its linkage tables. Peak memory is that of the process.

Found on 2026-11-22 (DuckDB 2.0.0, Python 3.11, two busy cores, limit 1 GB): 25,316,455 rows in 2.03 GB were staged in
366 seconds, 20 times the scan and 3.9 times the load, with a peak of 1.20 GB: what does not fit is spilled. Of 0.2 GB:
8.3 times the scan, 3.3 times the load, 0.85 GB; with every linkage table 4.2 times the load and 1.26 GB.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

STUDY = """
study: Large
sources:
  feedback: {from: answers.csv, columns: {customer_id: cust, answered_at: said, channel: channel}, missing: ["N/A"]}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  nps: {of: feedback, scale: [0, 10]}
"""
TYPES = {
    "response_id": "varchar",
    "cust": "varchar",
    "said": "timestamp",
    "channel": "varchar",
    "comment": "varchar",
    "csat": "double",
    "nps": "varchar",
}
ROW_BYTES = 79
SIDES = ("scan", "load", "staging", "build")


def write_answers(path: Path, size: int) -> int:
    """A file of about `size` bytes, the same for every run: one answer in 50 is N/A, one in 1,000 is off its scale."""
    import duckdb

    count = size // ROW_BYTES
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (
                select
                    'R' || lpad(i::varchar, 10, '0') as response_id,
                    'C' || lpad((hash(i) % 400000)::varchar, 7, '0') as cust,
                    strftime(timestamp '2023-01-01' + to_seconds((i * 7919) % 94608000), '%Y-%m-%d %H:%M:%S') as said,
                    ['phone', 'chat', 'shop'][1 + (hash(i + 1) % 3)::int] as channel,
                    'a comment, of no meaning ' || (i % 97) as comment,
                    case when i % 1000 = 0 then 9 else 1 + hash(i + 2) % 5 end as csat,
                    case when i % 50 = 0 then 'N/A' else (hash(i + 3) % 11)::varchar end as nps
                from range({count}) as numbers(i)
            ) to '{path}' (header true)"""
        )
    return count


def measure(side: str, folder: Path, limit: str) -> tuple[float, float]:
    """Seconds and peak memory in bytes of one side."""
    os.environ["LINKAGE_MEMORY_LIMIT"] = limit
    os.environ["LINKAGE_CACHE"] = str(folder / "cache")
    begun = time.perf_counter()
    globals()[f"run_{side}"](folder, limit)
    return time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def connect(folder: Path, limit: str):
    import duckdb

    path = folder / "bench.duckdb"
    path.unlink(missing_ok=True)
    return duckdb.connect(str(path), config={"memory_limit": limit, "temp_directory": str(folder / "spill")})


def scan(folder: Path) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    return f"read_csv('{folder}/answers.csv', header = true, auto_detect = false, columns = {{{columns}}})"


def run_scan(folder: Path, limit: str) -> None:
    sums = ", ".join(f"count({name}), max({name})" for name in TYPES)
    with connect(folder, limit) as connection:
        connection.execute(f"select {sums} from {scan(folder)}").fetchall()


def run_load(folder: Path, limit: str) -> None:
    with connect(folder, limit) as connection:
        connection.execute(f"create table answers as select * from {scan(folder)}")


def run_staging(folder: Path, limit: str) -> None:
    from linkage.sources import stage_source
    from linkage.study import load_study

    with connect(folder, limit) as connection:
        stage_source(connection, load_study(folder), "feedback", say=say)


def run_build(folder: Path, limit: str) -> None:
    from linkage.study import load_study
    from linkage.warehouse import open_warehouse

    open_warehouse(load_study(folder), force=True, say=say)


def say(text: str) -> None:
    print(f"    {text}", flush=True)


def in_a_process(side: str, folder: Path, limit: str) -> tuple[float, float]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, side, folder, limit).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, default=0.2, help="size of the file in gigabytes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="1GB", help="what DuckDB may use")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linkage-bench-") as place:
        folder = Path(place)
        (folder / "study.yml").write_text(STUDY, encoding="utf-8")
        count = write_answers(folder / "answers.csv", int(given.gb * 1e9))
        size = (folder / "answers.csv").stat().st_size
        print(f"{size / 1e9:.2f} GB, {count:,} rows, DuckDB limited to {given.memory}", flush=True)
        found = {side: [] for side in SIDES if side in given.sides}
        for _ in range(given.rounds):
            for side in found:
                print(f"  {side}", flush=True)
                found[side].append(in_a_process(side, folder, given.memory))
    report(found, count)


def report(found: dict[str, list[tuple[float, float]]], count: int) -> None:
    seconds = {side: statistics.median(s for s, _ in runs) for side, runs in found.items()}
    against = [side for side in ("scan", "load") if side in seconds]
    print(
        "\n"
        + f"{'side':<10}{'seconds':>9}{'rows/s':>12}{'peak':>10}"
        + "".join(f"  times {a}" for a in against)
    )
    for side, runs in found.items():
        peak = max(memory for _, memory in runs)
        times = "".join(f"{seconds[side] / seconds[a]:>12.1f}" for a in against)
        print(f"{side:<10}{seconds[side]:>9.1f}{count / seconds[side]:>12,.0f}{peak / 1e9:>7.2f} GB{times}")


if __name__ == "__main__":
    main()
