#!/usr/bin/env python3
"""Benchbook's training step on the CPU beside PyTorch's: the same model, weights and batches, in f32 and in bf16.

    python3 benches/peers/training.py [--rounds 9] [--steps 2] [--threads 2] [--layers 2] [--batch 4]

Both sides are a process for each precision that speaks the worker protocol (PROTOCOL.md). Benchbook's is `benches/step.rs` of the crate
`transformer` (`cargo bench -p transformer --bench step`, or `--program` if it is built), which
writes its first weights and its batches. PyTorch's is this script, with the same architecture from `torch.nn` modules: fused queries, keys and
values, `scaled_dot_product_attention`, exact GELU, norms behind the residuals, fused AdamW; in bf16 under `torch.autocast`,
which is how people train in it. It starts from the same weights.

Answers come first: over the first steps both sides must have the same losses, or nothing is timed. Then every round asks
each side for some steps in a random order, so that drift hits all alike. What is printed is the median of the rounds in
milliseconds a step, with its range, the median of the rounds' ratios, and with one thread that of the time that the processor spent on
them, which what else runs on the machine hardly touches; and each side's speed-up from f32 to bf16, in both ways.
"""

import itertools
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from worker import Worker, arguments, rounds, serve

BENCH = ["cargo", "bench", "-q", "-p", "transformer", "--bench", "step", "--", "worker"]
WIDTH, HEADS, FEED_FORWARD, CLASSES = 768, 12, 3072, 2
CHECKED_STEPS = 4
# As `transformer::AdamW` has them.
RATE, WARM_UP, DECAY = 1e-3, 20, 0.01
TOLERANCE = {"f32": 1e-3, "bf16": 0.05}
# What may be asked for, and what is measured unless it is.
DIMENSIONS = {"layers": 2, "sequence": 128, "vocabulary": 1024, "batch": 4}


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.attention_norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.rise = nn.Linear(WIDTH, FEED_FORWARD)
        self.fall = nn.Linear(FEED_FORWARD, WIDTH)
        self.feed_forward_norm = nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x):
        texts, tokens, _ = x.shape
        q, k, v = self.qkv(x).view(texts, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        context = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(texts, tokens, WIDTH)
        x = self.attention_norm(x + self.out(context))
        return self.feed_forward_norm(x + self.fall(F.gelu(self.rise(x))))


class Classifier(nn.Module):
    """Its parameters are in the order of Benchbook's flat list."""

    def __init__(self, layers, sequence, vocabulary):
        super().__init__()
        self.word = nn.Embedding(vocabulary, WIDTH)
        self.position = nn.Embedding(sequence, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.dense = nn.Linear(WIDTH, WIDTH)
        self.classes = nn.Linear(WIDTH, CLASSES)

    def forward(self, tokens):
        x = self.norm(self.word(tokens) + self.position.weight[: tokens.shape[1]])
        for layer in self.layers:
            x = layer(x)
        return self.classes(F.relu(self.dense(x[:, 0])))


def prepare(request):
    """PyTorch's side: the weights and batches that Benchbook's has written, in the folder that both know."""
    numbers = {name: int(number) for name, number in request["numbers"].items()}
    torch.set_num_threads(request["threads"])

    def read(name, dtype):
        return torch.from_numpy(np.fromfile(Path(request["scratch"]) / name, dtype=dtype))

    model = Classifier(numbers["layers"], numbers["sequence"], numbers["vocabulary"])
    weights = read("weights", "<f4")
    at = 0
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(weights[at : at + parameter.numel()].view_as(parameter))
            at += parameter.numel()
    if at != len(weights):
        raise ValueError(f"{len(weights)} weights for a model of {at}")
    tokens = read("tokens", "<i4").long().view(-1, numbers["batch"], numbers["sequence"])
    labels = read("labels", "<i4").long().view(-1, numbers["batch"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARM_UP))
    lower = request["point"]["precision"] == "bf16"
    batches = itertools.cycle(zip(tokens, labels))

    def step():
        tokens, labels = next(batches)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=lower):
            loss = F.cross_entropy(model(tokens).float(), labels)
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"rows": tokens.numel(), "values": [loss.item()]}

    return {"work": step, "settings": {"torch": torch.__version__}}


def main():
    parser = arguments(__doc__, rounds=9)
    parser.add_argument("--program", help="the built benchmark: target/release/deps/step-…")
    parser.add_argument("--steps", type=int, default=2, help="steps of a round")
    for name, default in DIMENSIONS.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    sides = {
        "Benchbook": [options.program, "worker"] if options.program else BENCH,
        "PyTorch": [sys.executable, __file__, "serve"],
    }
    workers, about = {}, {}
    try:
        for precision in TOLERANCE:
            with tempfile.TemporaryDirectory() as scratch:
                task = {
                    "experiment": "training",
                    "variant": "step",
                    "point": {"precision": precision},
                    "numbers": {name: getattr(options, name) for name in DIMENSIONS},
                    "seed": 1,
                    "threads": options.threads,
                    "scratch": scratch,
                }
                for name, command in sides.items():
                    worker = workers[name, precision] = Worker(command, options.threads)
                    about[name, precision] = worker.prepare(f"{name}, {precision}", task)
            losses = {
                name: [workers[name, precision].run(name)["answer"]["values"][0] for _ in range(CHECKED_STEPS)] for name in sides
            }
            apart = max(abs(a - b) for a, b in zip(*losses.values(), strict=True))
            print(f"{precision}: losses of the first {CHECKED_STEPS} steps at most {apart:.1e} apart")
            if not apart <= TOLERANCE[precision]:
                sys.exit(f"{precision}: {losses}")

        def call(worker):
            ran = worker.run("steps", options.steps)
            return [ran.get(clock, 0) / options.steps / 1e6 for clock in ("wall_ns", "cpu_ns")]

        found = rounds({key: lambda worker=worker: call(worker) for key, worker in workers.items()}, options.rounds)
    finally:
        for worker in workers.values():
            worker.close()

    walls, busy = ({key: [both[clock] for both in own] for key, own in found.items()} for clock in (0, 1))
    # Threads that wait for each other keep the processor too; not every system says how long it was kept.
    is_known = options.threads == 1 and min(map(min, busy.values())) > 0

    def compared(one, other):
        """The medians of the ratios of rounds: of the clock, and of the processor's time."""
        ratio = [statistics.median(x / y for x, y in zip(times[one], times[other])) for times in ([walls, busy] if is_known else [walls])]
        return [f"{number:.2f}" for number in ratio] + ["–"] * (2 - len(ratio))

    texts = f"{options.batch} texts of {options.sequence} tokens"
    print(f"\n{options.layers} layers, {WIDTH} wide, {texts}, {options.threads} threads, PyTorch {torch.__version__}\n")
    print("| step | Benchbook, ms | PyTorch, ms | ours ÷ theirs | of the processor | Benchbook's fastest, GFLOP/s |")
    print("|---|--:|--:|--:|--:|--:|")
    for precision in TOLERANCE:
        keys = [(name, precision) for name in sides]
        shown = [f"{statistics.median(t):.0f} ({min(t):.0f}–{max(t):.0f})" for t in (walls[key] for key in keys)]
        said = about["Benchbook", precision]
        rate = said["facts"]["flops"] / min(walls["Benchbook", precision]) / 1e6
        print(f"| {precision} ({said['settings']['unit']}) | {' | '.join([*shown, *compared(*keys)])} | {rate:.0f} |")
    print()
    for name in sides:
        clock, processor = compared((name, "f32"), (name, "bf16"))
        print(f"f32 → bf16, {name}: {clock} times as fast, by the processor's time {processor}")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve(prepare, "PyTorch")
    else:
        main()
