"""What does checking every value of a large file cost over a bare scan of it, and does it stay within its memory?

    .venv/bin/python bench/staging.py              200 MB of answers, three rounds
    .venv/bin/python bench/staging.py --gb 2       as many gigabytes as you say
    .venv/bin/python bench/staging.py --rounds 1   to see it run

Four sides, each in a process of its own, in turn, with the same memory limit: `scan` reads and types the columns
and adds them up, `load` keeps them as a table, `staging` is stage_source (types, missing words, scales, rejects
with lines, keys), `build` is the whole warehouse: the answers, 400,000 customers, a contact and a purchase for
every 20 answers, and all their linkage and KPI tables. Peak memory is that of the process; spilled is the most
that lay on the disk at once because it did not fit. After a build: the seconds, memory and spill of each step.

Found on 2026-11-22 (DuckDB 2.0.0, Python 3.11, two cores, limit 1 GB): 25,316,455 rows in 2.03 GB were staged in
366 seconds, 20 times the scan and 3.9 times the load, with a peak of 1.20 GB: what does not fit is spilled. Of 0.2 GB:
8.3 times the scan, 3.3 times the load, 0.85 GB. The whole build of 2.03 GB, beside 0.15 GB of contacts, purchases and
customers: peak 1.55 GB, 4.7 GB spilled, 2.3 GB left in the warehouse; some 10 minutes of processor time (45 by the
clock, while others kept the machine busy many times over), of which staging, event_answer, link_survey and the
ledger take most. Of 0.2 GB the build also ends within 120 MB (peak 0.34 GB).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

STUDY = """
study: Large
sources:
  feedback: {from: answers.csv, columns: {customer_id: cust, answered_at: said, channel: channel}, missing: ["N/A"]}
  customers: {from: customers.csv}
  interactions: {from: contacts.csv}
  transactions: {from: purchases.csv}
metrics:
  csat: {of: feedback, scale: [1, 5]}
  nps: {of: feedback, scale: [0, 10]}
  handle_minutes: {of: interactions, unit: minute}
  spend: {of: transactions, unit: EUR}
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
ROW_BYTES, CUSTOMERS, APART = 79, 400_000, 20
SIDES = ("scan", "load", "staging", "build")
Say = Callable[[str], None]
EVERY = 0.25
"""Seconds between two looks at memory and disk."""


@dataclass
class Watch:
    """What one side took: seconds, the most memory and the most on the disk beside the database; by step, too."""

    folder: Path
    begun: float = field(default_factory=time.perf_counter)
    steps: dict[str, list[float]] = field(default_factory=dict)
    """By what was said last: seconds it began, seconds it ended, peak memory, peak spill."""

    def say(self, text: str) -> None:
        now = time.perf_counter() - self.begun
        print(f"    {now:7.1f} s  {text}", flush=True)
        self.steps.setdefault(text.partition(": ")[0], [now, now, 0.0, 0.0])

    def look(self) -> None:
        if self.steps:
            step = self.steps[list(self.steps)[-1]]
            step[1] = time.perf_counter() - self.begun
            step[2], step[3] = max(step[2], resident()), max(step[3], spilled(self.folder))

    def watch(self, over: threading.Event) -> None:
        while not over.wait(EVERY):
            self.look()

    @property
    def spill(self) -> float:
        return max((step[3] for step in self.steps.values()), default=0.0)


def resident() -> float:
    """Bytes of memory this process holds; 0 where the system does not tell."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.is_file() else 0.0


def spilled(folder: Path) -> float:
    """Bytes of what DuckDB put aside."""
    found = 0
    for path in folder.rglob("duckdb_temp*"):
        try:
            found += path.stat().st_blocks * 512
        except FileNotFoundError:  # it needed the place no longer
            continue
    return found


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
        for name, select in beside(count // APART).items():
            connection.execute(f"copy ({select}) to '{path.with_name(name)}' (header true)")
    return count


def beside(count: int) -> dict[str, str]:
    """What the answers are linked with, as selects: customers, and so many contacts and purchases."""
    customer = f"'C' || lpad((hash(i + 5) % {CUSTOMERS})::varchar, 7, '0')"
    moment = "timestamp '2023-01-01' + to_seconds((i * 104729) % 94600000)"
    return {
        "customers.csv": f"""select
            'C' || lpad(i::varchar, 7, '0') as customer_id,
            date '2018-01-01' + (i % 2500)::int as joined_on,
            case when i % 7 = 0 then date '2024-06-01' + (i % 500)::int end as left_on,
            'U' || (i % 50) as unit_id
        from range({CUSTOMERS}) as numbers(i)""",
        "contacts.csv": f"""select
            'I' || i as interaction_id, {customer} as customer_id,
            {moment} as started_at, {moment} + to_seconds(60 + hash(i) % 1800) as ended_at,
            ['phone', 'chat', 'shop'][1 + (hash(i + 1) % 3)::int] as channel,
            ['bill', 'line', 'move'][1 + (hash(i + 2) % 3)::int] as topic,
            1 + (hash(i) % 1800) / 60 as handle_minutes
        from range({count}) as numbers(i)""",
        "purchases.csv": f"""select
            'T' || i as transaction_id, {customer} as customer_id, {moment} as purchased_at,
            (hash(i + 4) % 10000) / 100 as spend
        from range({count}) as numbers(i)""",
    }


def measure(side: str, folder: Path, limit: str) -> tuple[float, float, float, float]:
    """Seconds, peak memory and peak spill in bytes, and processor seconds of one side."""
    os.environ["LINKAGE_MEMORY_LIMIT"] = limit
    os.environ["LINKAGE_CACHE"] = str(folder / "cache")
    watch, over = Watch(folder), threading.Event()
    watch.say(side)
    watcher = threading.Thread(target=watch.watch, args=(over,), daemon=True)
    watcher.start()
    globals()[f"run_{side}"](folder, limit, watch.say)
    seconds = time.perf_counter() - watch.begun
    over.set()
    watcher.join()
    if side == "build":
        tell_steps(watch)
        tell_tables(folder)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return seconds, used.ru_maxrss * 1024, watch.spill, used.ru_utime + used.ru_stime


def tell_steps(watch: Watch) -> None:
    print(f"\n    {'step':<34}{'seconds':>9}{'memory':>10}{'spilled':>10}")
    for name, (begun, ended, memory, spill) in watch.steps.items():
        print(f"    {name:<34}{ended - begun:>9.1f}{memory / 1e9:>7.2f} GB{spill / 1e9:>7.2f} GB")


def tell_tables(folder: Path) -> None:
    import duckdb

    path = next((folder / "cache").glob("*.duckdb"))
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, estimated_size from duckdb_tables() "
            "where regexp_matches(table_name, '^(stg|event|link)_') and estimated_size > 0 order by 1"
        ).fetchall()
    print(
        f"    {path.stat().st_size / 1e9:.2f} GB in the warehouse: "
        + ", ".join(f"{t} {n:,}" for t, n in rows)
    )


def connect(folder: Path, limit: str):
    import duckdb

    path = folder / "bench.duckdb"
    path.unlink(missing_ok=True)
    return duckdb.connect(str(path), config={"memory_limit": limit, "temp_directory": str(folder / "spill")})


def scan(folder: Path) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    return f"read_csv('{folder}/answers.csv', header = true, auto_detect = false, columns = {{{columns}}})"


def run_scan(folder: Path, limit: str, say: Say) -> None:
    sums = ", ".join(f"count({name}), max({name})" for name in TYPES)
    with connect(folder, limit) as connection:
        connection.execute(f"select {sums} from {scan(folder)}").fetchall()


def run_load(folder: Path, limit: str, say: Say) -> None:
    with connect(folder, limit) as connection:
        connection.execute(f"create table answers as select * from {scan(folder)}")


def run_staging(folder: Path, limit: str, say: Say) -> None:
    from linkage.sources import stage_source
    from linkage.study import load_study

    with connect(folder, limit) as connection:
        stage_source(connection, load_study(folder), "feedback", say=say)


def run_build(folder: Path, limit: str, say: Say) -> None:
    from linkage.study import load_study
    from linkage.warehouse import open_warehouse

    open_warehouse(load_study(folder), force=True, say=say)


def in_a_process(side: str, folder: Path, limit: str) -> tuple[float, float, float, float]:
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


def report(found: dict[str, list[tuple[float, float, float, float]]], count: int) -> None:
    seconds = {side: statistics.median(s for s, *_ in runs) for side, runs in found.items()}
    against = [side for side in ("scan", "load") if side in seconds]
    print(
        "\n"
        + f"{'side':<10}{'seconds':>9}{'rows/s':>12}{'peak':>10}{'spilled':>10}{'processor':>11}"
        + "".join(f"  times {a}" for a in against)
    )
    for side, runs in found.items():
        peak, spill, used = (max(run[place] for run in runs) for place in (1, 2, 3))
        times = "".join(f"{seconds[side] / seconds[a]:>12.1f}" for a in against)
        sizes = f"{peak / 1e9:>7.2f} GB{spill / 1e9:>7.2f} GB{used:>9.1f} s"
        print(f"{side:<10}{seconds[side]:>9.1f}{count / seconds[side]:>12,.0f}{sizes}{times}")


if __name__ == "__main__":
    main()
