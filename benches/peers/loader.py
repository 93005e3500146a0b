#!/usr/bin/env python3
"""Benchbook's loader beside PyTorch's DataLoader: the same images, cores and consumer, each at its best setting.

    python3 benches/peers/loader.py --benchbook target/release/benchbook [--rounds 7] [--threads 2] [--images 512] [--batch-ms 0 2 10]

Both are processes that speak the worker protocol (PROTOCOL.md): Benchbook's own worker, and the chapter's Python lane
(experiments/loader/loader_lane.py), which needs PyTorch and Pillow. For each consumer, every setting of both is warmed up, and its
answer (every sample, cropped and normalised) is compared. Then each round asks every setting for a pass over all images, in a
random order. What is printed is the median in images per second of every setting, and the best of ours beside the best of theirs.
"""

import sys
import tempfile

from worker import ROOT, Worker, arguments, dataset, differ, medians, warm

LANE = ROOT / "experiments" / "loader" / "loader_lane.py"
SEED = 42
TOLERANCE = 0.01


def task(knobs, milliseconds, scratch, options):
    """What both workers are asked for."""
    return {
        "experiment": "loader",
        "variant": knobs,
        "params": {"knobs": knobs},
        "point": {"work": "images", "accelerator": f"{milliseconds:g}ms"},
        "numbers": {"work": options.images, "accelerator": milliseconds / 1e3},
        "seed": SEED,
        "threads": options.threads,
        "scratch": scratch,
        "dataset": dataset(1),
    }


def settings(cores):
    """Workers and prefetch."""
    workers = sorted({1, cores, 2 * cores} | ({3} if cores == 2 else {cores // 2 or 1}))
    return ["0x0"] + [f"{count}x{prefetch}" for count in workers for prefetch in (2, 4)]


def race(milliseconds, scratch, options):
    """Images per second of every setting, ours and theirs."""
    workers = {}
    try:
        expected = None
        for name, command in (("ours", [options.benchbook, "worker"]), ("PyTorch", [sys.executable, str(LANE)])):
            for knobs in settings(options.threads):
                what = f"{name} {knobs}"
                worker = workers[name, knobs] = Worker(command, options.threads)
                worker.prepare(what, task(knobs, milliseconds, scratch, options))
                answer = warm(worker)["answer"]
                expected = expected or answer
                if answer["rows"] != expected["rows"] or any(
                    differ(ours, theirs, TOLERANCE) for ours, theirs in zip(answer["values"], expected["values"], strict=True)
                ):
                    sys.exit(f"{what}: its answer {answer} differs from {expected}")
        calls = {key: lambda worker=worker: options.images / worker.milliseconds() * 1e3 for key, worker in workers.items()}
        return medians(calls, options.rounds)
    finally:
        for worker in workers.values():
            worker.close()


def main():
    parser = arguments(__doc__, rounds=7)
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--batch-ms", type=float, nargs="+", default=[0, 2, 10])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for milliseconds in options.batch_ms:
            found = race(milliseconds, scratch, options)
            print(f"\nConsumer of {milliseconds:g} ms a batch of 16; images per second")
            for knobs in settings(options.threads):
                print(f"  workers x prefetch {knobs:>5}: ours {found['ours', knobs]:8.0f}   PyTorch {found['PyTorch', knobs]:8.0f}")
            best = {name: max((rate, knobs) for (own, knobs), rate in found.items() if own == name) for name in ("ours", "PyTorch")}
            (ours, our_knobs), (theirs, their_knobs) = best["ours"], best["PyTorch"]
            print(f"  best: ours {ours:.0f} ({our_knobs}), PyTorch {theirs:.0f} ({their_knobs}); ours / PyTorch {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
