#!/usr/bin/env python3
"""Benchbook's exhaustive search of vectors beside usearch, SimSIMD and NumPy on the same vectors.

    python3 benches/peers/vectors.py --benchbook target/release/benchbook [--vectors 10000] [--rounds 15] [--threads 2]

For every type of number: Benchbook's worker makes the vectors (random ones of 1,536 dimensions) and searches a batch of 64
queries for the ten nearest; every other engine is a process of its own that speaks the worker protocol (PROTOCOL.md) and searches
the same vectors for the same queries. After a warm-up every round asks each engine once, in a random order, so that
drift hits all alike. What is printed is the median in milliseconds, ours against the best of the others, and recall@10 against
the exact search in float32, so that nobody is fast by finding less.

Everybody searches all vectors (usearch: `exact=True`; no graph). Vectors and the ready-made queries lie in memory in the engine's type;
Benchbook's time includes turning the queries into that type. SimSIMD and NumPy give a matrix of distances, from which NumPy
takes the nearest ten. An engine that has no such type, or that is not installed, is a dash.
"""

import argparse
import random
import statistics
import struct
import sys
import tempfile
from pathlib import Path

from worker import Worker, arguments, dataset, not_measured, race, serve, warm

SCHEMES = {
    "f32": {"vectors": "f32"},
    "f16": {"vectors": "f16"},
    "int8": {"vectors": "int8"},
    "binary": {"vectors": "binary"},
}
PEERS = ["usearch", "simsimd", "numpy"]
NEIGHBOURS, BATCH = 10, 64


def task(scheme, scratch, vectors, threads):
    rows = 32 * vectors  # the chapter takes one vector for so many rows of a table
    return {
        "experiment": "data-types",
        "variant": scheme,
        "params": SCHEMES[scheme],
        "point": {"workload": "search-random"},
        "seed": 7,
        "threads": threads,
        "scratch": str(scratch),
        "table": str(Path(scratch) / "no table is needed"),
        "dataset": dataset(rows),
    }


def read_space(scratch):
    """The vectors, the queries of a batch and their true neighbours, as Benchbook left them."""
    import numpy as np

    with open(Path(scratch) / "data-types" / "random.vectors", "rb") as file:
        dims, vectors, queries, truth, _origin = struct.unpack("<5Q", file.read(40))
        floats = np.fromfile(file, "<f4", vectors + queries).astype(np.float32)
        truth = np.fromfile(file, "<u4", truth)
    corpus, asked = floats[:vectors].reshape(-1, dims).copy(), floats[vectors:].reshape(-1, dims)
    return corpus, asked[:BATCH].copy(), truth.reshape(-1, NEIGHBOURS)[:BATCH]


def typed(values, scheme):
    """Vectors in the type of a scheme; bytes have a scale for each vector, bits are signs."""
    import numpy as np

    if scheme == "int8":
        return np.round(values * (127 / np.abs(values).max(axis=1, keepdims=True))).astype(np.int8)
    if scheme == "binary":
        return np.packbits(values > 0, axis=1)
    return values.astype({"f32": np.float32, "f16": np.float16}[scheme])


# --- The engines, each in a process of its own ----------------------------------------------------------------------------


def engine(peer):
    """What prepares an engine's case."""

    def prepare(request):
        scheme = request["variant"]
        corpus, asked, truth = read_space(request["scratch"])
        search = globals()[f"prepare_{peer}"](typed(corpus, scheme), typed(asked, scheme), scheme, request["threads"])
        if search is None:
            return None
        found = search()
        recall = sum(len(set(map(int, ids)) & set(map(int, true))) for ids, true in zip(found, truth)) / truth.size
        return {"work": lambda: {"rows": sum(len(ids) for ids in search())}, "trials": {"recall": [recall]}}

    return prepare


def prepare_usearch(corpus, asked, scheme, threads):
    from usearch.index import MetricKind, search

    # Products and not cosines: the quicker of the two, though the scales of single vectors are then left out.
    metric = MetricKind.Hamming if scheme == "binary" else MetricKind.IP
    return lambda: search(corpus, asked, NEIGHBOURS, metric, exact=True, threads=threads).keys


def prepare_simsimd(corpus, asked, scheme, threads):
    import numpy as np
    import simsimd

    metric, how = ("hamming", {"dtype": "bin8"}) if scheme == "binary" else ("cosine", {})

    def search():
        distances = np.asarray(simsimd.cdist(asked, corpus, metric, threads=threads, **how))
        return np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]

    return search


def prepare_numpy(corpus, asked, scheme, threads):
    import numpy as np

    if scheme != "f32":
        return None  # its products of other types are loops without BLAS
    return lambda: np.argpartition(-(asked @ corpus.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]


# --- The measurement ------------------------------------------------------------------------------------------------------


def measure(scheme, scratch, options):
    """Median milliseconds and recall by engine, and why an engine is missing."""
    request = task(scheme, scratch, options.vectors, options.threads)
    commands = {"benchbook": [options.benchbook, "worker"]}
    commands.update({peer: [sys.executable, __file__, "--serve", peer] for peer in PEERS})
    workers, recalls, missing = {}, {}, {}
    for engine, command in commands.items():
        worker = Worker(command, options.threads, quiet=True)
        reply = worker.ask(op="prepare", task=request)
        if reply["reply"] == "prepared":
            workers[engine] = worker
            recalls[engine] = statistics.mean(reply["trials"]["recall"])
        elif engine == "benchbook":
            sys.exit(f"{scheme}: {reply}")
        else:
            missing[engine] = reply["reason"]
            worker.close()
    for engine, worker in workers.items():
        reply = warm(worker)
        if reply["reply"] != "ran" or reply["answer"]["rows"] != BATCH * NEIGHBOURS:
            sys.exit(f"{scheme}: {engine} did not find {NEIGHBOURS} neighbours for each query: {reply}")
    return race(workers, options.rounds), recalls, missing


def main():
    parser = arguments(__doc__, rounds=15)
    parser.add_argument("--vectors", type=int, default=10_000, help="1,024 to 32,768")
    parser.add_argument("--serve", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(engine(options.serve), "it has no such type")

    random.seed(7)
    reasons = {}
    with tempfile.TemporaryDirectory() as scratch:
        print(f"{options.vectors:,} vectors of 1,536 numbers, {BATCH} queries, {options.threads} threads; median of {options.rounds}, in ms")
        print("(in brackets: recall@10 against the exact search in float32)\n")
        print("| numbers | Benchbook | " + " | ".join(PEERS) + " | ours ÷ best other |")
        print("|---|--:|" + "--:|" * (len(PEERS) + 1))
        for scheme in SCHEMES:
            medians, recalls, missing = measure(scheme, scratch, options)
            reasons.update({f"{engine}, {scheme}": why for engine, why in missing.items()})
            shown = {engine: f"{medians[engine]:.2f} ({recalls[engine]:.0%})" for engine in medians}
            others = [medians[peer] for peer in PEERS if peer in medians]
            ratio = f"{medians['benchbook'] / min(others):.2f}" if others else "–"
            cells = " | ".join(shown.get(peer, "–") for peer in PEERS)
            print(f"| {scheme} | {shown['benchbook']} | {cells} | {ratio} |", flush=True)
    not_measured(reasons)
    return None


if __name__ == "__main__":
    main()
