#!/usr/bin/env python3
"""Benchbook's samples and what it says of them, checked against DuckDB and NumPy on the same files.

    python3 benches/peers/sampling.py --benchbook target/release/benchbook [--rows 200000] [--rounds 7] [--threads 2]

Benchbook's worker (PROTOCOL.md) writes the table in every layout and draws by every way. What is checked:

- DuckDB counts the same rows in every file, and finds the same mean, mean magnitude and groups as Benchbook did;
- every sample has the size that its way promises;
- what Benchbook says of the first 1,000 rows (distances, errors, missing categories) is what NumPy says of them;
- what Benchbook says of random samples is what NumPy says of random samples of its own, on average over many.

Then every way is timed beside DuckDB's, in random order: the median in milliseconds, page cache warm. The exit status is 1 if
a check fails.
"""

import json
import random
import statistics
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from worker import ROOT, Worker, arguments, differ, profile, race

EXPERIMENT = ROOT / "experiments" / "sampling"

WAYS = [
    "order-by-random", "limit", "system", "system-spread", "bernoulli", "reservoir", "row-numbers", "hash", "partition",
    "partition-random", "stratified",
]  # fmt: skip
LAYOUTS = ["parquet", "partitioned", "csv"]
NOT_IN_CSV = {"system", "system-spread", "row-numbers"}
SIZE = 1_000
NUMBERS, CATEGORIES = ["at", "price", "score"], ["label", "country", "kind"]
ROLES = {
    "id": ["key"], "at": ["time"], "price": ["measure"], "score": ["measure"], "country": ["category"], "kind": ["category"],
    "label": ["label"],
}  # fmt: skip
COLUMNS = {"key": "id", "label": "label", "group": "country", "measure": "price", "partition": "at"}


def make_table(path, rows):
    """A log in the order of time: a skewed price with nulls, rare countries, a label that follows a number."""
    rng = np.random.default_rng(7)
    countries = np.array([f"C{i:02}" for i in range(40)])
    shares = 1 / np.arange(1, 41) ** 1.7
    score = rng.normal(size=rows)
    price = np.round(rng.lognormal(3, 1, rows), 2)
    table = pl.DataFrame({
        "id": np.arange(rows, dtype="i8") * 7 + 3,
        "at": np.datetime64("2024-01-01T00:00:00", "us") + np.sort(rng.integers(0, 90 * 86_400 * 10**6, rows)).astype("m8[us]"),
        "price": pl.Series(price).set(pl.Series(rng.random(rows) < 0.05), None),
        "score": score,
        "country": countries[rng.choice(40, rows, p=shares / shares.sum())],
        "kind": np.array(["a", "b", "c"])[rng.integers(0, 3, rows)],
        "label": (score + rng.normal(size=rows) > 1).astype("i8"),
    })
    table.write_ipc(path, compat_level=pl.CompatLevel.oldest())
    return table


class Checks:
    """Counts what agrees and says what does not."""

    def __init__(self):
        self.made, self.failed = 0, 0

    def equal(self, what, ours, theirs, tolerance=1e-9):
        self.made += 1
        if differ(ours, theirs, tolerance):
            self.failed += 1
            print(f"DISAGREE {what}: Benchbook {ours!r}, the other {theirs!r}")


# --- The same, by NumPy ---------------------------------------------------------------------------------------------------


def judge(table, rows):
    """What a sample (row numbers) is worth: the definitions of the chapter, written down once more."""
    found = {}
    distances = []
    for name in NUMBERS:
        # A missing value counts as the smallest.
        values = table[name].cast(pl.Float64 if name != "at" else pl.Int64).fill_null(-(2**62)).to_numpy()
        # Both curves are flat between the values of the sample, so the largest gap is at one of them or right before it.
        sample, everything = np.sort(values[rows]), np.sort(values)
        steps = np.unique(sample)
        for side in ("left", "right"):
            below = lambda sorted_values: np.searchsorted(sorted_values, steps, side) / len(sorted_values)
            distances.append(np.abs(below(sample) - below(everything)).max())
    found["ks"] = max(distances)
    variations, missed, kinds = [], 0, 0
    for name in CATEGORIES:
        values = table[name].cast(pl.String).fill_null("missing").to_numpy()
        kind, counts = np.unique(values, return_counts=True)
        sampled = dict(zip(*np.unique(values[rows], return_counts=True)))
        share, own = counts / table.height, np.array([sampled.get(k, 0) for k in kind]) / len(rows)
        variations.append(np.abs(share - own).sum() / 2)
        missed, kinds = missed + int((own == 0).sum()), kinds + len(own)
    found["tv"] = float(np.mean(variations))
    found["label_error"] = variations[0]
    found["missed"] = missed / kinds
    price = table["price"]
    scale = price.abs().mean()
    found["mean_error"] = abs(price[rows].mean() - price.mean()) / scale
    groups = table.drop_nulls("price").group_by("country").agg(pl.len(), pl.col("price").mean())
    own = table[rows].drop_nulls("price").group_by("country").agg(own=pl.col("price").mean())
    both = groups.join(own, on="country", how="left")
    errors = ((both["own"] - both["price"]).abs() / scale).fill_null(1.0)
    found["group_error"] = float((errors * both["len"]).sum() / both["len"].sum())
    return found


# --- The checks -----------------------------------------------------------------------------------------------------------


def check_tables(checks, scratch, rows):
    """Statistics of the whole table in every layout, by DuckDB."""
    with open(scratch / "sampling" / "truth" / "known.json", encoding="utf-8") as file:
        known = json.load(file)
    con = duckdb.connect()
    for layout, files in {
        "parquet": "read_parquet('{}/table.parquet')",
        "partitioned": "read_parquet('{}/partitioned/*/*.parquet', hive_partitioning = false)",
        "csv": "read_csv('{}/table.csv')",
    }.items():
        source = files.format(scratch / "sampling")
        count, mean, scale, groups = con.execute(
            f"SELECT count(*), avg(price), avg(abs(price)), count(DISTINCT country) FROM {source}"
        ).fetchone()
        checks.equal(f"rows of {layout}", known["rows"], count)
        checks.equal(f"rows of {layout}", count, rows)
        checks.equal(f"mean of {layout}", known["measure"]["mean"], mean)
        checks.equal(f"mean magnitude of {layout}", known["measure"]["scale"], scale)
        ours = next(column["codes"] for column in known["columns"] if column["name"] == "country") - 1
        checks.equal(f"groups of {layout}", ours, groups)


def check_sample(checks, way, layout, reply, answer):
    facts, trials = reply["facts"], reply["trials"]
    checks.equal(f"{way} {layout}: rows", facts["sample_rows"], answer["rows"])
    if way in ("bernoulli", "hash"):
        near = abs(answer["rows"] - SIZE) < 6 * SIZE**0.5
        checks.equal(f"{way} {layout}: about {SIZE} rows, not {answer['rows']}", float(near), 1.0)
    else:
        checks.equal(f"{way} {layout}: rows", answer["rows"], SIZE)
        checks.equal(f"{way} {layout}: deviation from the size", max(trials["size_error"]), 0.0)


def check_likeness(checks, table, replies):
    first = judge(table, np.arange(SIZE))
    for name, expected in first.items():
        for value in replies["limit"]["trials"][name]:
            # Ranks have 65,000 steps.
            checks.equal(f"the first rows: {name}", value, expected, 1e-3)
    rng = np.random.default_rng(1)
    draws = [judge(table, np.sort(rng.choice(table.height, SIZE, replace=False))) for _ in range(40)]
    for name in first:
        theirs = [draw[name] for draw in draws]
        for way in ("order-by-random", "reservoir", "row-numbers", "bernoulli", "hash"):
            ours = replies[way]["trials"][name]
            error = (statistics.variance(theirs) / len(theirs) + statistics.variance(ours) / len(ours)) ** 0.5
            apart = abs(statistics.mean(ours) - statistics.mean(theirs)) / max(error, 1e-12)
            checks.equal(f"{way}: the mean of {name} is {apart:.1f} standard errors off", float(apart < 5), 1.0)


def main():
    parser = arguments(__doc__, rounds=7)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()

    random.seed(7)
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        table = make_table(scratch / "table.arrow", options.rows)
        dataset = profile(table, ROLES)

        def task(way, layout):
            return {
                "experiment": "sampling", "variant": way, "params": {"way": way},
                "point": {"layout": layout, "size": str(SIZE), "cache": "cold"}, "numbers": {"size": SIZE}, "seed": 7,
                "threads": options.threads, "scratch": str(scratch), "table": str(scratch / "table.arrow"),
                "dataset": dataset, "columns": COLUMNS,
            }  # fmt: skip

        workers, replies = {}, {}
        for layout in LAYOUTS:
            for way in WAYS:
                if layout == "csv" and way in NOT_IN_CSV:
                    continue
                worker = Worker([options.benchbook, "worker"], options.threads)
                reply = worker.prepare(f"{way} {layout}", task(way, layout))
                answer = worker.run(f"{way} {layout}")["answer"]
                check_sample(checks, way, layout, reply, answer)
                workers["Benchbook", way, layout] = worker
                replies.setdefault(way, reply)
        check_tables(checks, scratch, options.rows)
        check_likeness(checks, table, replies)
        for layout in LAYOUTS:
            for way in ("order-by-random", "system", "bernoulli", "reservoir", "hash"):
                worker = Worker([sys.executable, str(EXPERIMENT / "duckdb_lane.py")], options.threads)
                worker.prepare(f"DuckDB {way} {layout}", {**task(way, layout), "variant": f"duckdb-{way}"})
                workers["DuckDB", way, layout] = worker

        for case, worker in workers.items():
            worker.run(case)  # the first call warms up
        times = race(workers, options.rounds)

    print(f"{options.rows:,} rows, {options.threads} threads, samples of {SIZE:,}; median of {options.rounds}, in ms\n")
    print("| way | " + " | ".join(f"{layout}: {engine}" for layout in LAYOUTS for engine in ("Benchbook", "DuckDB")) + " |")
    print("|---|" + "--:|" * (2 * len(LAYOUTS)))
    for way in WAYS:
        cells = [times.get((engine, way, layout)) for layout in LAYOUTS for engine in ("Benchbook", "DuckDB")]
        print(f"| {way} | " + " | ".join(f"{cell:.2f}" if cell else "–" for cell in cells) + " |")
    print(f"\n{checks.made} checks, {checks.failed} disagree")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
