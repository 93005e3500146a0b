#!/usr/bin/env python3
"""Benchbook's training step on the CPU beside PyTorch's: the same model, weights and batches, in f32 and in bf16.

    python3 benches/peers/training.py [--rounds 9] [--steps 2] [--threads 2] [--layers 2] [--batch 4]

Benchbook's side is `benches/step.rs` of the crate `transformer` (`cargo bench -p transformer --bench step`), a process for each precision, which
writes its first weights and its batches. PyTorch's side is the same architecture from `torch.nn` modules: fused queries, keys and
values, `scaled_dot_product_attention`, exact GELU, norms behind the residuals, fused AdamW; in bf16 under `torch.autocast`,
which is how people train in it. It starts from the same weights.

Answers come first: over the first steps both sides must have the same losses, or nothing is timed. Then every round asks
each side for some steps in a random order, so that drift hits all alike. What is printed is the median of the rounds in
milliseconds a step, with its range, the median of the rounds' ratios, and the ratio of the fastest rounds, which says more when the
machine does other things meanwhile; and each side's speed-up from f32 to bf16, in both ways.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEADS, FEED_FORWARD, CLASSES = 768, 12, 3072, 2
CHECKED_STEPS = 4
# As `transformer::AdamW` has them.
RATE, WARM_UP, DECAY = 1e-3, 20, 0.01
TOLERANCE = {"f32": 1e-3, "bf16": 0.05}


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


class Torch:
    """PyTorch in this process."""

    def __init__(self, precision, weights, tokens, labels, arguments):
        self.model = Classifier(arguments.layers, arguments.sequence, arguments.vocabulary)
        at = 0
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.copy_(torch.from_numpy(weights[at : at + parameter.numel()].copy()).view_as(parameter))
                at += parameter.numel()
        if at != len(weights):
            sys.exit(f"{len(weights)} weights for a model of {at}")
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: min(1.0, (step + 1) / WARM_UP))
        self.batches = [(torch.from_numpy(t), torch.from_numpy(l)) for t, l in zip(tokens, labels)]
        self.lower = precision == "bf16"
        self.next = 0

    def run(self, steps):
        losses = []
        start = time.perf_counter()
        for _ in range(steps):
            tokens, labels = self.batches[self.next % len(self.batches)]
            self.next += 1
            self.optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.lower):
                loss = F.cross_entropy(self.model(tokens).float(), labels)
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            losses.append(loss.item())
        return time.perf_counter() - start, losses


class Ours:
    """Benchbook's side, a process."""

    def __init__(self, command, precision, folder, arguments):
        command = [*command, "--worker", "--precision", precision, "--folder", folder]
        for name in ("layers", "sequence", "vocabulary", "batch", "threads"):
            command += [f"--{name}", str(getattr(arguments, name))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.about = json.loads(self.process.stdout.readline() or sys.exit(f"{' '.join(command)}: no answer"))

    def run(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline() or sys.exit("Benchbook's side ended"))
        return reply["seconds"], reply["losses"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", help="the built bench program; without it, `cargo bench` builds it")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=2, help="steps of a round")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--sequence", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    command = [arguments.ours] if arguments.ours else "cargo bench -q -p transformer --bench step --".split()

    sides = {}
    with tempfile.TemporaryDirectory() as folder:
        ours = {precision: Ours(command, precision, folder, arguments) for precision in ("f32", "bf16")}
        weights = np.fromfile(Path(folder) / "weights", dtype="<f4")
        shape = (-1, arguments.batch, arguments.sequence)
        tokens = np.fromfile(Path(folder) / "tokens", dtype="<u4").astype(np.int64).reshape(shape)
        labels = np.fromfile(Path(folder) / "labels", dtype="<u4").astype(np.int64).reshape(shape[:2])
    for precision, side in ours.items():
        sides["Benchbook", precision] = side
        sides["PyTorch", precision] = Torch(precision, weights, tokens, labels, arguments)
    for precision in ours:
        pair = [sides[name, precision].run(CHECKED_STEPS)[1] for name in ("Benchbook", "PyTorch")]
        apart = max(abs(a - b) for a, b in zip(*pair))
        print(f"{precision}: losses of the first {CHECKED_STEPS} steps at most {apart:.1e} apart")
        if not apart <= TOLERANCE[precision]:
            sys.exit(f"{precision}: Benchbook {pair[0]}, PyTorch {pair[1]}")

    seconds = {key: [] for key in sides}
    for _ in range(arguments.rounds):
        for key in random.sample(list(sides), len(sides)):
            seconds[key].append(sides[key].run(arguments.steps)[0] / arguments.steps)
    for side in ours.values():
        side.close()

    texts = f"{arguments.batch} texts of {arguments.sequence} tokens"
    print(f"\n{arguments.layers} layers, {WIDTH} wide, {texts}, {arguments.threads} threads, PyTorch {torch.__version__}\n")
    print("| step | Benchbook, ms | PyTorch, ms | ours ÷ theirs | of the fastest | Benchbook's fastest, GFLOP/s |")
    print("|---|--:|--:|--:|--:|--:|")
    for precision, side in ours.items():
        times = [seconds[name, precision] for name in ("Benchbook", "PyTorch")]
        shown = [f"{1e3 * statistics.median(t):.0f} ({1e3 * min(t):.0f}–{1e3 * max(t):.0f})" for t in times]
        median, fastest = ratios(*times)
        rate = side.about["flops"] / min(times[0]) / 1e9
        print(f"| {precision} ({side.about['unit']}) | {shown[0]} | {shown[1]} | {median:.2f} | {fastest:.2f} | {rate:.0f} |")
    print()
    for name in ("Benchbook", "PyTorch"):
        median, fastest = ratios(seconds[name, "f32"], seconds[name, "bf16"])
        print(f"f32 → bf16, {name}: {median:.2f} times as fast, of the fastest {fastest:.2f}")


def ratios(a, b):
    """Median of the rounds' ratios, and the ratio of the fastest."""
    return statistics.median(x / y for x, y in zip(a, b)), min(a) / min(b)


if __name__ == "__main__":
    main()
