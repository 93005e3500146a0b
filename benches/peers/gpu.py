#!/usr/bin/env python3
"""Benchbook on a GPU beside PyTorch on the same GPU in one run: products, training steps, copies, and what was aimed at.

    python3 benches/peers/gpu.py [--benchbook target/release/benchbook] [--rounds 15]
    python3 benches/peers/gpu.py --device cpu --size 256 --model small --batch 8    (a machine without a GPU: that the script works)

The Python that runs this must have PyTorch with CUDA; unless BENCHBOOK_CUDA names other folders, both sides load the CUDA libraries that came with it.
Both sides are processes that speak the worker protocol (PROTOCOL.md): Benchbook's own worker, and the Python lane of mixed precision. Products
are of the same matrices, steps of the same model, weights and batches; answers are compared before anything is timed. Then every round asks each
once, in a random order, so that drift hits all alike. What is printed is the median of each, theirs divided by ours in time (above 1,
ours takes less), what each precision gains over f32 on either side, and whether that is what was aimed at.

Copies are of the loader's batches (16 images in f32), one at a time, from pinned memory and from any other. They stand beside what the link
could carry if its protocol cost nothing, which no copy reaches, and beside PyTorch's copies of as many bytes.
"""

import os
import site
import sys
import tempfile
from pathlib import Path

from worker import ROOT, Worker, arguments, dataset, differ, medians, serve, warm

LANE = ROOT / "experiments" / "mixed-precision" / "precision_lane.py"
SEED = 42
# By how much answers may differ, as in the chapter.
TOLERANCE = {"f32": 1e-3, "tf32": 1e-2, "bf16": 2e-2, "f16": 1e-2}
# Precisions of each device.
PRECISIONS = {"cuda": ["f32", "tf32", "bf16", "f16"], "cpu": ["f32", "bf16"]}
# What is aimed at: shares of PyTorch's speed, a distance between speed-ups, and a share of the link.
PRODUCT, STEP, SPEED_UP, LINK = 0.95, 1.0, 0.15, 0.9
# A call takes this long, so that the pipe and the clock do not show.
LONG_ENOUGH = 2e7


def task(experiment, variant, params, point, numbers, scratch, options):
    """What both workers are asked for."""
    return {
        "experiment": experiment,
        "variant": variant,
        "params": params,
        "point": point,
        "numbers": numbers,
        "seed": SEED,
        "threads": options.threads,
        "scratch": scratch,
        "dataset": dataset(1),
    }


def race(what, point, numbers, scratch, options):
    """Median milliseconds by side and precision."""
    workers, calls = {}, {}
    try:
        for precision in PRECISIONS[options.device]:
            params = {"precision": precision, "device": options.device}
            expected = None
            for side, command in (("ours", [options.benchbook, "worker"]), ("theirs", [sys.executable, str(LANE)])):
                name = f"{what} in {precision}, {side}"
                worker = workers[side, precision] = Worker(command, options.threads)
                worker.prepare(name, task("mixed-precision", side, params, point, numbers, scratch, options))
                worker.run(name)
                ran = warm(worker)
                values = ran["answer"]["values"]
                expected = expected or values
                if any(differ(a, b, TOLERANCE[precision]) for a, b in zip(values, expected, strict=True)):
                    sys.exit(f"{name}: its answer {values} differs from {expected}")
                iterations = max(1, int(LONG_ENOUGH / max(1, ran["wall_ns"])))
                calls[side, precision] = lambda worker=worker, iterations=iterations: worker.milliseconds(iterations)
        return medians(calls, options.rounds)
    finally:
        for worker in workers.values():
            worker.close()


def show(what, found, unit, amount, aims):
    """Prints both sides, by precision; `amount` is what a call does, in billions of the unit."""
    print(f"\n| {what} | ours, {unit} | PyTorch, {unit} | PyTorch's time ÷ ours | gain over f32, ours | PyTorch's | aimed at |")
    print("|---|--:|--:|--:|--:|--:|---|")
    for precision in dict.fromkeys(precision for _, precision in found):
        ours, theirs = found["ours", precision], found["theirs", precision]
        gains = [found[side, "f32"] / found[side, precision] for side in ("ours", "theirs")]
        print(
            f"| {precision} | {amount / ours:.4g} | {amount / theirs:.4g} | {theirs / ours:.2f} | {gains[0]:.2f} | {gains[1]:.2f} "
            f"| {aims(precision, theirs / ours, gains)} |",
            flush=True,
        )


def judged(aim, met):
    """What was aimed at, and whether it is so."""
    return f"{aim}: {'met' if met else 'MISSED'}"


def product_aims(precision, times, _gains):
    return judged(f"{PRODUCT} or more", times >= PRODUCT) if precision == "bf16" else "–"


def step_aims(precision, times, gains):
    aims = [judged(f"{STEP:g} or more", times >= STEP)]
    if precision == "bf16":
        aims.append(judged(f"gains within {SPEED_UP:.0%}", abs(gains[0] / gains[1] - 1) <= SPEED_UP))
    return ", ".join(aims)


def copies(scratch, options):
    """Prints bytes per second from either memory, ours and theirs, and what the link could carry."""
    print("\n| copies to the GPU from | ours, GB/s | PyTorch, GB/s | the link, GB/s | ours ÷ link | aimed at |")
    print("|---|--:|--:|--:|--:|---|")
    for memory in ("pageable", "pinned"):
        params = {"knobs": "default", "copies": memory}
        numbers = {"work": 32}
        ours = Worker([options.benchbook, "worker"], options.threads)
        theirs = Worker([sys.executable, __file__, "serve"], options.threads)
        try:
            asked = task("loader", f"gpu-{memory}", params, {"work": "gpu"}, numbers, scratch, options)
            facts = ours.prepare(f"copies from {memory} memory, ours", asked)["facts"]
            theirs.prepare(f"copies from {memory} memory, PyTorch", asked)
            warm(theirs)
            milliseconds = medians({"theirs": theirs.milliseconds}, options.rounds)["theirs"]
        finally:
            ours.close()
            theirs.close()
        rate, link = facts["copy_bytes_per_second"] / 1e9, facts.get("link_bytes_per_second", 0) / 1e9
        share = f"{rate / link:.2f}" if link else "not told"
        aim = judged(f"{LINK} or more", link and rate / link >= LINK) if memory == "pinned" else "–"
        print(f"| {memory} memory | {rate:.1f} | {BATCH_BYTES / milliseconds / 1e6:.1f} | {link:.1f} | {share} | {aim} |", flush=True)


# Of the loader: 16 images of 3 × 224 × 224 numbers.
BATCH_NUMBERS = 16 * 3 * 224 * 224
BATCH_BYTES = 4 * BATCH_NUMBERS


def prepare_copies(request):
    """PyTorch's copy of a batch."""
    import torch

    host = torch.ones(BATCH_NUMBERS, pin_memory=request["params"]["copies"] == "pinned")
    there = torch.empty(BATCH_NUMBERS, device="cuda")

    def work():
        there.copy_(host, non_blocking=True)
        torch.cuda.synchronize()
        return {"rows": BATCH_NUMBERS}

    return {"work": work, "settings": {"torch": torch.__version__}}


def own_libraries():
    """Folders of the CUDA libraries that came with this Python's packages."""
    packages = [Path(folder) / "nvidia" for folder in [*site.getsitepackages(), site.getusersitepackages()]]
    return os.pathsep.join(str(folder) for nvidia in packages if nvidia.is_dir() for folder in sorted(nvidia.glob("*/lib")))


def main():
    parser = arguments(__doc__, rounds=15)
    parser.add_argument("--device", choices=PRECISIONS, default="cuda")
    parser.add_argument("--size", type=int, default=8192, help="rows and columns of the product")
    parser.add_argument("--model", choices=["small", "wide", "distilbert"], default="distilbert")
    parser.add_argument("--batch", type=int, default=32, help="texts of a step")
    options = parser.parse_args()
    os.environ.setdefault("BENCHBOOK_CUDA", own_libraries())
    with tempfile.TemporaryDirectory() as scratch:
        size, point = options.size, {"work": "product", "size": str(options.size)}
        found = race(f"a product of {size}²", point, {"size": size}, scratch, options)
        show(f"product of {size}²", found, "TFLOP/s", 2 * size**3 / 1e9, product_aims)
        point = {"work": "step", "model": options.model, "batch": str(options.batch)}
        found = race(f"a step of {options.model}", point, {"batch": options.batch}, scratch, options)
        show(f"step of {options.model}, {options.batch} texts", found, "steps/s", 1e3, step_aims)
        if options.device == "cuda":
            copies(scratch, options)


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve(prepare_copies, "PyTorch")
    else:
        main()
