"""The Python lane of mixed precision: PyTorch on the same factors, and on the same model, weights and batches.

Products follow the formula of `src/numbers.rs`. The weights and batches of a training step are the files that the variants of this binary
have made in the scratch folder (`src/handover.rs`). Lower precision is what `torch.autocast` makes of it: products in 16 bits; softmax, norms
and loss in 32; weights and AdamW in 32.
"""

import json
import os
import time

import benchbook_worker

MASK = (1 << 64) - 1
SECOND = 0x5851F42D4C957F2D
# As in src/product.rs: rows of a product that are held against f64, and what sums in f32 may be off by.
PROOF_ROWS = 8
SUMS = 1e-5
# As in src/case.rs: bits of the significand.
DIGITS = {"f32": 24, "tf32": 11, "bf16": 8, "f16": 11}
BYTES = {"f32": 4, "tf32": 4, "bf16": 2, "f16": 2}
# A format that takes so many times as long as f32 for a small product is not asked for a large one, or for a model. The fastest of some
# products counts, so that a busy machine does not decide.
HOPELESS = 20
PROBE, PROBES = 192, 8


def numbers(seed, count):
    """The formula of src/numbers.rs."""
    import numpy

    z = numpy.arange(1, count + 1, dtype=numpy.uint64)
    z *= numpy.uint64(0x9E3779B97F4A7C15)
    z += numpy.uint64(seed & MASK)
    z ^= z >> numpy.uint64(30)
    z *= numpy.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> numpy.uint64(27)
    z *= numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(44)).astype(numpy.float32) / numpy.float32(524288) - numpy.float32(1)


def dtype_of(precision):
    import torch

    return {"bf16": torch.bfloat16, "f16": torch.float16}.get(precision, torch.float32)


def waiter(device):
    """What waits until everything that was asked for is done."""
    import torch

    return torch.cuda.synchronize if device == "cuda" else lambda: None


def refuse_what_is_hopeless(precision, device):
    """On some processors PyTorch has no fast code for a format; a product tells."""
    import torch

    if dtype_of(precision) == torch.float32:
        return

    def seconds(dtype):
        a = torch.ones(PROBE, PROBE, device=device, dtype=dtype)
        best = float("inf")
        for _ in range(PROBES):
            start = time.perf_counter()
            a @ a
            waiter(device)()
            best = min(best, time.perf_counter() - start)
        return best

    times = seconds(dtype_of(precision)) / seconds(torch.float32)
    if times > HOPELESS:
        raise benchbook_worker.Skip(
            f"PyTorch has no fast code for {precision} on this processor: a product of {PROBE}² takes more than {HOPELESS} times "
            "as long as in f32, and anything larger would take the reader minutes."
        )


def product(task, precision, device):
    """A product of the formula's matrices."""
    import numpy
    import torch

    size, seed = int(task["numbers"]["size"]), task["seed"]
    if size > 256:
        refuse_what_is_hopeless(precision, device)
    wide = [numbers(s, size * size).reshape(size, size) for s in (seed, seed + SECOND)]
    rows = [i * size // min(PROOF_ROWS, size) for i in range(min(PROOF_ROWS, size))]
    exact = wide[0][rows].astype(numpy.float64) @ wide[1].astype(numpy.float64)
    a, b = (torch.from_numpy(matrix).to(device=device, dtype=dtype_of(precision)) for matrix in wide)
    wait = waiter(device)

    result = torch.empty(size, size, device=device, dtype=dtype_of(precision))
    torch.matmul(a, b, out=result)
    mine = result.double().cpu().numpy()
    error = float(numpy.linalg.norm(mine[rows] - exact) / numpy.linalg.norm(exact))
    # PyTorch rounds the product to the format of its factors, too.
    most = 3 * 2.0 ** -DIGITS[precision] + SUMS
    if not error <= most:
        raise ValueError(f"the product is off by {error:.1e} of its norm, and rounding explains {most:.1e}")
    answer = {"rows": size, "values": [float(numpy.linalg.norm(mine)), float(numpy.linalg.norm(mine[size // 2]))]}

    def work():
        torch.matmul(a, b, out=result)
        wait()
        return answer

    entries = size * size
    moved = entries * 3 * BYTES[precision]
    facts = {"rows": size, "flops": 2 * entries * size, "bytes": moved, "working_set_bytes": moved, "error": error}
    settings = {"sums": "f32", "result": str(result.dtype).removeprefix("torch.")}
    if device == "cpu":
        settings.update(ceiling="flops", dtype="f32")
    return {"work": work, "facts": facts, "settings": settings}


class Classifier:
    """DistilBERT's architecture, on parameters by name; as in crates/transformer."""

    def __init__(self, config, parameters):
        self.config, self.parameters = config, parameters

    def linear(self, name, x):
        from torch.nn import functional

        return functional.linear(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])

    def norm(self, name, x):
        from torch.nn import functional

        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        return functional.layer_norm(x, (self.config["width"],), weight, bias, 1e-12)

    def logits(self, tokens):
        from torch.nn import functional

        texts, length = tokens.shape
        width, heads = self.config["width"], self.config["heads"]
        x = functional.embedding(tokens, self.parameters["embeddings.word"]) + self.parameters["embeddings.position"][:length]
        x = self.norm("embeddings.norm", x)
        for layer in range(self.config["layers"]):
            name = f"layers.{layer}"
            qkv = self.linear(f"{name}.attention.qkv", x).view(texts, length, 3, heads, width // heads)
            q, k, v = qkv.permute(2, 0, 3, 1, 4)
            context = functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(texts, length, width)
            x = self.norm(f"{name}.attention.norm", x + self.linear(f"{name}.attention.out", context))
            inner = functional.gelu(self.linear(f"{name}.feed_forward.in", x))
            x = self.norm(f"{name}.feed_forward.norm", x + self.linear(f"{name}.feed_forward.out", inner))
        first = functional.relu(self.linear("head.dense", x[:, 0]))
        return self.linear("head.classes", first)


def handed_over(task):
    """Configuration, weights and batches as this binary has written them."""
    import numpy
    import torch

    folder = os.path.join(task["scratch"], "mixed-precision")
    model, batch = task["point"]["model"], task["point"]["batch"]
    try:
        with open(os.path.join(folder, f"{model}-{batch}.json"), encoding="utf-8") as file:
            described = json.load(file)
        weights = torch.from_numpy(numpy.fromfile(os.path.join(folder, f"{model}.weights"), dtype="<f4"))
    except OSError:
        raise benchbook_worker.Skip("No variant of this binary has made the weights before this one.") from None
    parameters = {p["name"]: weights[p["start"] :][: p["length"]].view(p["shape"]) for p in described["parameters"]}
    return described, parameters


def step(task, precision, device):
    """A training step: forward, backward, AdamW."""
    import torch
    from torch.nn import functional

    refuse_what_is_hopeless(precision, device)
    described, parameters = handed_over(task)
    parameters = {name: value.to(device).clone().requires_grad_() for name, value in parameters.items()}
    model = Classifier(described["config"], parameters)
    batches = [
        (torch.tensor(batch["tokens"], device=device), torch.tensor(batch["labels"], device=device))
        for batch in described["batches"]
    ]
    adam = described["adamw"]
    optimizer = torch.optim.AdamW(
        parameters.values(),
        lr=adam["rate"],
        betas=(adam["beta1"], adam["beta2"]),
        eps=adam["epsilon"],
        weight_decay=adam["decay"],
        fused=True,
    )
    lower = precision in ("bf16", "f16")
    scaler = torch.amp.GradScaler(device, enabled=precision == "f16")
    wait = waiter(device)

    def take(tokens, labels):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, dtype=dtype_of(precision) if lower else torch.bfloat16, enabled=lower):
            loss = functional.cross_entropy(model.logits(tokens), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss.detach()

    first = float(take(*batches[0]))
    taken = 1

    def work():
        nonlocal taken
        take(*batches[taken % len(batches)])
        wait()
        taken += 1
        return {"rows": tokens_of_a_step, "values": [first]}

    tokens_of_a_step = batches[0][0].numel()
    return {
        "work": work,
        "facts": {"rows": tokens_of_a_step, "flops": described["flops"]},
        "settings": {"optimizer": "AdamW, fused", "attention": "scaled_dot_product_attention"},
    }


def prepare(task):
    # Read when PyTorch is loaded, which is now.
    os.environ.setdefault("OMP_NUM_THREADS", str(task["threads"]))
    import torch

    precision, device, work = task["params"]["precision"], task["params"]["device"], task["point"]["work"]
    if device == "cuda" and not torch.cuda.is_available():
        raise benchbook_worker.Skip("This PyTorch sees no GPU: it may have been installed without CUDA.")
    torch.set_num_threads(task["threads"])
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    if work not in ("product", "step"):
        raise benchbook_worker.Skip("PyTorch is the peer for products and for training steps.")
    case = (product if work == "product" else step)(task, precision, device)
    case["settings"].update(precision=precision, torch=torch.__version__)
    if device == "cpu":
        case["settings"].update(threads=task["threads"], arithmetic=torch.backends.cpu.get_cpu_capability())
    else:
        case["settings"]["arithmetic"] = torch.cuda.get_device_name()
    return case


if __name__ == "__main__":
    benchbook_worker.run(prepare)
