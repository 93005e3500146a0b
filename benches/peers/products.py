#!/usr/bin/env python3
"""Benchbook's products of matrices beside PyTorch's on the same CPU, in each precision.

    python3 benches/peers/products.py [--rounds 15] [--threads 1] [--precisions f32,bf16] [--shapes 512x512x512,…]

The Python that runs this must have PyTorch. For every precision and shape (rows x depth x columns) both are a process that speaks
the worker protocol (PROTOCOL.md): the benchmark of crates/kernels (`cargo bench -p kernels -- worker`, or `--program` if it is built) and this script.
They multiply the same matrices, and their answers are compared before anything is timed. Then every round asks each once, in a random
order, so that drift hits both alike. What is printed is the median rate of each, theirs divided by ours in time (above 1, ours takes less), and what each
gains over its own f32. With one thread, the same division is printed of the time that the processor spent on them, and the gains are of that:
what else runs on the machine hardly touches it.

Ours sums in f32 and gives f32; PyTorch gives what it is given, so that a product of bf16 is rounded at the end.
"""

import math
import statistics
import sys
import tempfile

from worker import Worker, arguments, medians, serve, warm

SHAPES = "256x256x256,512x512x512,1024x1024x1024,2048x2048x2048,1024x768x768,1024x768x2304,1024x768x3072,1024x3072x768"
BENCH = ["cargo", "bench", "-q", "-p", "kernels", "--bench", "gemm", "--", "worker"]
# Of the answers, which PyTorch rounds to its type.
TOLERANCE = {"f64": 1e-12, "f32": 1e-5, "bf16": 1e-2, "f16": 2e-3}
# Time of a call, so that the pipe and the clock do not show.
LONG_ENOUGH = 2e7


def prepare(request):
    """The same product by PyTorch."""
    import torch

    torch.set_num_threads(request["threads"])
    dtype = {"f64": torch.float64, "f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
    dtype = dtype[request["point"]["precision"]]
    rows, depth, columns = (int(request["numbers"][name]) for name in ("rows", "depth", "columns"))

    def matrix(high, wide, step):
        return (((torch.arange(high * wide) * step) % 17).double() / 8 - 1).to(dtype).reshape(high, wide)

    a, b = matrix(rows, depth, 7919), matrix(depth, columns, 104_729)
    c = torch.empty(rows, columns, dtype=dtype)
    at = [i * (rows * columns - 1) // 6 for i in range(7)]

    def work():
        torch.matmul(a, b, out=c)
        return {"values": [float(c.view(-1)[i]) for i in at]}

    return {"work": work, "settings": {"torch": torch.__version__}}


def product(precision, shape, options, scratch):
    """Median milliseconds of ours and theirs, and of the processor's time for them."""
    what = f"{precision} {shape}"
    rows, depth, columns = (int(size) for size in shape.split("x"))
    task = {
        "experiment": "products",
        "variant": "product",
        "params": {},
        "point": {"precision": precision},
        "numbers": {"rows": rows, "depth": depth, "columns": columns},
        "seed": 0,
        "threads": options.threads,
        "scratch": scratch,
    }
    program = [options.program, "worker"] if options.program else BENCH
    workers = {
        "ours": Worker(program, options.threads),
        "theirs": Worker([sys.executable, __file__, "serve"], options.threads),
    }
    try:
        answers, calls, busy = {}, {}, {name: [] for name in workers}
        for name, worker in workers.items():
            worker.prepare(f"{what}, {name}", task)
            ran = warm(worker)
            if ran["reply"] != "ran":
                sys.exit(f"{what}, {name}: {ran.get('reason', ran)}")
            answers[name] = ran["answer"]["values"]
            iterations = max(1, int(LONG_ENOUGH / max(1, ran["wall_ns"])))

            def call(worker=worker, iterations=iterations, busy=busy[name]):
                ran = worker.run(what, iterations)
                busy.append(ran.get("cpu_ns", 0) / iterations / 1e6)
                return ran["wall_ns"] / iterations / 1e6

            calls[name] = call
        size = depth * 1.0
        for ours, theirs in zip(answers["ours"], answers["theirs"], strict=True):
            if not math.isclose(ours, theirs, rel_tol=TOLERANCE[precision], abs_tol=TOLERANCE[precision] * math.sqrt(size)):
                sys.exit(f"{what}: the answers differ: {answers}")
        found = medians(calls, options.rounds)
        return found, {name: statistics.median(times) for name, times in busy.items()}
    finally:
        for worker in workers.values():
            worker.close()


def main():
    parser = arguments(__doc__, rounds=15, threads=1)
    parser.add_argument("--program", help="the built benchmark: target/release/deps/gemm-…")
    parser.add_argument("--precisions", default="f32,bf16")
    parser.add_argument("--shapes", default=SHAPES)
    options = parser.parse_args()
    print(
        "| product | precision | ours, GFLOP/s | PyTorch, GFLOP/s | PyTorch's time ÷ ours | of the processor | gain over f32, ours | PyTorch's |"
    )
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as scratch:
        for shape in options.shapes.split(","):
            single = None
            for precision in options.precisions.split(","):
                found, busy = product(precision, shape, options, scratch)
                flops = 2 * math.prod(int(size) for size in shape.split("x"))
                rates = {name: flops / milliseconds / 1e6 for name, milliseconds in found.items()}
                # Threads that wait for each other keep the processor too; not every system says how long it was kept.
                is_known = options.threads == 1 and min(busy.values()) > 0
                processor = f"{busy['theirs'] / busy['ours']:.2f}" if is_known else "–"
                times = busy if is_known else found
                if precision == "f32":
                    single = times
                gains = {name: f"{single[name] / times[name]:.2f}" if single else "–" for name in times}
                print(
                    f"| {shape.replace('x', ' × ')} | {precision} | {rates['ours']:.0f} | {rates['theirs']:.0f} "
                    f"| {found['theirs'] / found['ours']:.2f} | {processor} | {gains['ours']} | {gains['theirs']} |",
                    flush=True,
                )


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve(prepare, "PyTorch")
    else:
        main()
