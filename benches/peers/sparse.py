#!/usr/bin/env python3
"""Benchbook's sparse and dense products beside SciPy's and NumPy's on the same matrices.

    python3 benches/peers/sparse.py --benchbook target/release/benchbook [--rounds 25] [--threads 1]

For every product and density, both are a process that speaks the worker protocol (PROTOCOL.md): Benchbook's own worker, and the
chapter's Python lane (experiments/sparse-vs-dense/sparse_lane.py). They make the same matrices from the same formula, and
their answers are compared before anything is timed. Then every round asks each once, in a random order, so that drift
hits both alike. What is printed is the median in milliseconds, ours divided by theirs, and for dense products the arithmetic
per second. SciPy's sparse products use one core; with `--threads` above 1 ours use more, and NumPy's dense ones do too.

Models are compared by the chapter itself, whose variants scikit-learn's logistic regression and TF-IDF are.
"""

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANE = ROOT / "experiments" / "sparse-vs-dense" / "sparse_lane.py"
DENSITIES = {"1e-5": 1e-5, "1e-4": 1e-4, "1e-3": 1e-3, "0.01": 0.01, "0.1": 0.1, "0.4": 0.4, "0.67": 0.67, "1": 1.0}
WORKS = ["matvec", "matvec-cached", "matmul", "matmul-sparse"]
LAYOUTS = ["csr", "csc", "dense"]
TOLERANCE = 1e-9


class Worker:
    """A process that speaks the worker protocol."""

    def __init__(self, command, threads):
        helper = str(ROOT / "crates" / "measure" / "python")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": helper, "PYTHONDONTWRITEBYTECODE": "1", "RAYON_NUM_THREADS": str(threads)},
        )
        self.process.stdout.readline()  # the greeting

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"reply": "fail", "reason": "the process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(work, density, layout, scratch, options):
    """Median milliseconds of ours and theirs, and the operations of a call."""
    request = {
        "experiment": "sparse-vs-dense",
        "variant": layout,
        "params": {"layout": layout},
        "point": {"work": work, "density": density},
        "numbers": {"density": DENSITIES[density]},
        "seed": 42,
        "threads": options.threads,
        "scratch": scratch,
    }
    workers = {
        "ours": Worker([options.benchbook, "worker"], options.threads),
        "theirs": Worker([sys.executable, str(LANE)], options.threads),
    }
    try:
        answers, operations = {}, None
        for name, worker in workers.items():
            ready = worker.ask(op="prepare", task=request)
            if ready["reply"] != "prepared":
                sys.exit(f"{work} {density} {layout}, {name}: {ready.get('reason', ready)}")
            operations = ready["facts"].get("flops", operations)
            ran = [worker.ask(op="run", iterations=1) for _ in range(3)][-1]
            if ran["reply"] != "ran":
                sys.exit(f"{work} {density} {layout}, {name}: {ran.get('reason', ran)}")
            # Short calls are repeated within a sample, so that the pipe and the clock do not show.
            worker.iterations = max(1, min(1000, int(2e5 / max(1, ran["wall_ns"]))))
            answers[name] = ran["answer"]["values"]
        if not all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in zip(answers["ours"], answers["theirs"], strict=True)):
            sys.exit(f"{work} {density} {layout}: the answers differ: {answers}")
        times = {name: [] for name in workers}
        for _ in range(options.rounds):
            for name in random.sample(list(workers), len(workers)):
                worker = workers[name]
                ran = worker.ask(op="run", iterations=worker.iterations)
                times[name].append(ran["wall_ns"] / worker.iterations / 1e6)
    finally:
        for worker in workers.values():
            worker.close()
    return statistics.median(times["ours"]), statistics.median(times["theirs"]), operations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchbook", default=str(ROOT / "target" / "release" / "benchbook"))
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--works", nargs="*", default=WORKS, choices=WORKS)
    parser.add_argument("--layouts", nargs="*", default=LAYOUTS, choices=LAYOUTS)
    parser.add_argument("--densities", nargs="*", default=list(DENSITIES), choices=list(DENSITIES))
    options = parser.parse_args()

    random.seed(7)
    print(f"{options.threads} threads, doubles, indices of 32 bits; median of {options.rounds}, in ms\n")
    print("| product | layout | density | Benchbook | SciPy, NumPy | ours ÷ theirs | GFLOP/s |")
    print("|---|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as scratch:
        for work in options.works:
            for layout in options.layouts:
                for density in options.densities:
                    if layout == "dense" and density != options.densities[-1]:
                        continue  # a dense product takes as long at any density
                    if work == "matmul-sparse" and layout != "dense" and DENSITIES[density] > 0.4:
                        continue  # the product of such matrices has no zeros left
                    ours, theirs, operations = measure(work, density, layout, scratch, options)
                    rate = f"{operations / ours / 1e6:.1f}" if operations else "–"
                    print(f"| {work} | {layout} | {density} | {ours:.4f} | {theirs:.4f} | {ours / theirs:.2f} | {rate} |", flush=True)


if __name__ == "__main__":
    main()
