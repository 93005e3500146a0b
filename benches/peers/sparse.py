#!/usr/bin/env python3
"""Benchbook's sparse and dense products beside SciPy's and NumPy's on the same matrices, and its column sums beside DuckDB's.

    python3 benches/peers/sparse.py --benchbook target/release/benchbook [--rounds 25] [--threads 1]

For every product and density, both are a process that speaks the worker protocol (PROTOCOL.md): Benchbook's own worker, and the
chapter's Python lane (experiments/sparse-vs-dense/sparse_lane.py). They make the same matrices from the same formula, and
their answers are compared before anything is timed. Then every round asks each once, in a random order, so that drift
hits both alike. What is printed is the median in milliseconds, ours divided by theirs, and for dense products the arithmetic
per second. SciPy's sparse products use one core; with `--threads` above 1 ours use more, and NumPy's dense ones do too.

The work `columns` needs Polars and DuckDB: a table with mostly-zero columns, some values of which are missing, is written
once, and DuckDB adds up the same weighted columns of it in its own memory.

Models are compared by the chapter itself, whose variants scikit-learn's logistic regression and TF-IDF are.
"""

import math
import os
import random
import sys
import tempfile
import time

from worker import HELPER, ROOT, Worker, arguments, medians, warm

LANE = ROOT / "experiments" / "sparse-vs-dense" / "sparse_lane.py"
DENSITIES = {"1e-5": 1e-5, "1e-4": 1e-4, "1e-3": 1e-3, "0.01": 0.01, "0.1": 0.1, "0.4": 0.4, "0.67": 0.67, "1": 1.0}
WORKS = ["matvec", "matvec-cached", "matmul", "matmul-sparse", "columns"]
LAYOUTS = ["csr", "csc", "dense"]
TOLERANCE = 1e-9
# Rows of the table, and the share that is not zero of each of its columns.
ROWS = 1_000_000
SHARES = [0.001, 0.01, 0.02, 0.05, 0.1]
SEED = 42


def task(work, layout, scratch, options):
    """What both workers are asked for."""
    return {
        "experiment": "sparse-vs-dense",
        "variant": layout,
        "params": {"layout": layout},
        "point": {"work": work},
        "seed": SEED,
        "threads": options.threads,
        "scratch": scratch,
    }


def agree(what, ours, theirs):
    """Ends the script if two answers differ by more than the order of their additions explains."""
    if not all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in zip(ours, theirs, strict=True)):
        sys.exit(f"{what}: the answers differ: {ours} and {theirs}")


def warmed(what, worker):
    """The answer of a warm call, and what times later ones: enough of them that the pipe and the clock do not show."""
    ran = warm(worker)
    if ran["reply"] != "ran":
        sys.exit(f"{what}: {ran.get('reason', ran)}")
    iterations = max(1, min(1000, int(2e5 / max(1, ran["wall_ns"]))))
    return ran["answer"]["values"], lambda: worker.milliseconds(iterations)


def product(work, density, layout, scratch, options):
    """Median milliseconds of ours and theirs, and the operations of a call."""
    what = f"{work} {density} {layout}"
    request = task(work, layout, scratch, options)
    request["point"]["density"] = density
    request["numbers"] = {"density": DENSITIES[density]}
    ours = Worker([options.benchbook, "worker"], options.threads)
    theirs = Worker([sys.executable, str(LANE)], options.threads)
    try:
        operations = ours.prepare(f"{what}, ours", request)["facts"].get("flops")
        theirs.prepare(f"{what}, theirs", request)
        (our_answer, our_call), (their_answer, their_call) = warmed(f"{what}, ours", ours), warmed(f"{what}, theirs", theirs)
        agree(what, our_answer, their_answer)
        found = medians({"ours": our_call, "theirs": their_call}, options.rounds)
        return found["ours"], found["theirs"], operations
    finally:
        ours.close()
        theirs.close()


def columns(scratch, options):
    """Median milliseconds of a weighted sum of each column, in every layout, and DuckDB's."""
    import duckdb
    import numpy as np
    import polars as pl

    sys.path[:0] = [str(LANE.parent), str(HELPER)]
    from sparse_lane import formula

    rng = np.random.default_rng(SEED)
    table = {}
    for number, share in enumerate(SHARES, 1):
        values = np.where(rng.random(ROWS) < share, rng.normal(size=ROWS), 0.0)
        table[f"z{number}"] = pl.Series(values).set(pl.Series(rng.random(ROWS) < 0.01), None)
    table = pl.DataFrame(table)
    path = os.path.join(scratch, "columns.arrow")
    table.write_ipc(path, compression="uncompressed")

    database = duckdb.connect()
    database.execute(f"SET threads = {options.threads}")
    # The same weights as in src/columns.rs; magnitudes, since a sum that cancels out could not be compared.
    frame = table.with_columns(w=pl.Series(formula(SEED, ROWS, 1.0))).to_arrow()
    database.execute("CREATE TABLE entries AS SELECT * FROM frame")
    sums = ", ".join(f"sum(abs({name}) * w)" for name in table.columns)
    theirs = database.execute(f"SELECT {sums} FROM entries")
    theirs = [sum(place * value for place, value in enumerate(theirs.fetchone(), 1))]

    def duckdb_milliseconds():
        start = time.perf_counter()
        database.execute(f"SELECT {sums} FROM entries").fetchone()
        return (time.perf_counter() - start) * 1e3

    workers = {layout: Worker([options.benchbook, "worker"], options.threads) for layout in options.layouts}
    calls = {}
    try:
        for layout, worker in workers.items():
            request = task("columns", layout, scratch, options)
            request |= {"table": path, "columns": {f"zeros{i}": name for i, name in enumerate(table.columns, 1)}}
            worker.prepare(f"columns {layout}", request)
            answer, calls[layout] = warmed(f"columns {layout}", worker)
            agree(f"columns {layout}, and DuckDB", answer, theirs)
        return medians({**calls, "DuckDB": duckdb_milliseconds}, options.rounds)
    finally:
        for worker in workers.values():
            worker.close()


def main():
    parser = arguments(__doc__, rounds=25, threads=1)
    parser.add_argument("--works", nargs="*", default=WORKS, choices=WORKS)
    parser.add_argument("--layouts", nargs="*", default=LAYOUTS, choices=LAYOUTS)
    parser.add_argument("--densities", nargs="*", default=list(DENSITIES), choices=list(DENSITIES))
    options = parser.parse_args()

    random.seed(7)
    print(f"{options.threads} threads, doubles, indices of 32 bits; median of {options.rounds}, in ms\n")
    print("| product | layout | density | Benchbook | SciPy, NumPy | ours ÷ theirs | GFLOP/s |")
    print("|---|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as scratch:
        for work in [work for work in options.works if work != "columns"]:
            for layout in options.layouts:
                for density in options.densities:
                    if layout == "dense" and density != options.densities[-1]:
                        continue  # a dense product takes as long at any density
                    if work == "matmul-sparse" and layout != "dense" and DENSITIES[density] > 0.4:
                        continue  # the product of such matrices has no zeros left
                    ours, theirs, operations = product(work, density, layout, scratch, options)
                    rate = f"{operations / ours / 1e6:.1f}" if operations else "–"
                    print(f"| {work} | {layout} | {density} | {ours:.4f} | {theirs:.4f} | {ours / theirs:.2f} | {rate} |", flush=True)
        if "columns" in options.works:
            shares = ", ".join(f"{share:.1%}" for share in SHARES)
            print(f"\nA weighted sum of each of {len(SHARES)} columns of {ROWS:,} rows, of which {shares} are not zero:\n")
            print("| layout | ms |")
            print("|---|--:|")
            for name, milliseconds in columns(scratch, options).items():
                print(f"| {name} | {milliseconds:.4f} |")


if __name__ == "__main__":
    main()
