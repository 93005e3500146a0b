"""The Python lane of loop vs SIMD: the loop that everybody writes first, Python's own shortcuts, and NumPy.

The arrays hold the same numbers as in the Rust lanes (`src/data.rs` has the formula), and a call makes the same number of
passes over them. A pass of `python-loop` and `python-builtin` runs over lists, since a loop over a NumPy array would make an
object of each element first and be slower than it need be.
"""

import array
import itertools
import math
import operator
import os
import platform

import benchbook_worker

try:
    import numpy
except ImportError:
    numpy = None

MASK = (1 << 64) - 1
SECOND = 0x5851F42D4C957F2D
# As in src/case.rs: bytes that a call touches at least, by passing over small arrays several times.
BYTES_PER_CALL = 2 << 20
ELEMENT_BYTES = {"f64": 8, "f32": 4, "i64": 8}
TWO_ARRAYS = {"square", "dot", "sigmoid"}
CEILINGS = {"square": "memory-copy", "sigmoid": "flops"}
OPERATIONS = {"square": 1, "sum": 1, "dot": 2, "filter-count": 2, "sigmoid": 35}
# Elements that NumPy makes at a time: a piece stays in the first cache through all steps.
PIECE = 1 << 12


def bits20(seed, count, scratch):
    """The upper 20 bits of SplitMix64's first `count` outputs."""
    if numpy is None:
        return kept_bits20(seed, count, scratch)
    result = numpy.empty(count, numpy.int64)
    for start in range(0, count, PIECE):
        z = numpy.arange(start + 1, min(start + PIECE, count) + 1, dtype=numpy.uint64)
        z *= numpy.uint64(0x9E3779B97F4A7C15)
        z += numpy.uint64(seed & MASK)
        z ^= z >> numpy.uint64(30)
        z *= numpy.uint64(0xBF58476D1CE4E5B9)
        z ^= z >> numpy.uint64(27)
        z *= numpy.uint64(0x94D049BB133111EB)
        z ^= z >> numpy.uint64(31)
        result[start : start + PIECE] = z >> numpy.uint64(44)
    return result


def kept_bits20(seed, count, scratch):
    """The same without NumPy, which takes seconds for the larger sizes: the first launch keeps them for the others."""
    path = os.path.join(scratch, f"loops-{seed & MASK}-{count}.bits20")
    bits = array.array("i")
    try:
        with open(path, "rb") as file:
            bits.fromfile(file, count)
    except (OSError, EOFError, ValueError):  # not there yet, or cut short
        bits = array.array("i", (mixed(seed + i * 0x9E3779B97F4A7C15 & MASK) for i in range(1, count + 1)))
        with open(f"{path}.{os.getpid()}", "wb") as file:
            bits.tofile(file)
        os.replace(file.name, path)
    return bits.tolist()


def mixed(z):
    """The upper 20 bits of SplitMix64's output for a state."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return (z ^ z >> 31) >> 44


def values(kernel, dtype, seed, count, scratch):
    """The numbers of an array: an array with NumPy, else a list."""
    h = bits20(seed, count, scratch)
    if dtype == "i64":
        return h
    scale, offset = (1 / 65536, -8.0) if kernel == "sigmoid" else (1 / 1048576, 0.5)
    if numpy is None:
        return [bits * scale + offset for bits in h]
    floats = h.astype(numpy.float64)
    floats *= scale
    floats += offset
    return floats if dtype == "f64" else floats.astype(numpy.float32)


# Each maker below takes (x, y, threshold, passes) and returns a function that makes all passes and returns the result of
# the last. A result is dropped before the next one is made, so that its memory can be used again.


def loop_square(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            result = []
            for value in x:
                result.append(value ** 2)
        return result

    return run


def loop_sum(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            total = 0
            for value in x:
                total += value
        return total

    return run


def loop_dot(x, y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            total = 0
            for a, b in zip(x, y):
                total += a * b
        return total

    return run


def loop_filter(x, _y, threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            count = 0
            total = 0
            for value in x:
                if value > threshold:
                    count += 1
                    total += value
        return count, total

    return run


def loop_sigmoid(x, _y, _threshold, passes):
    exp = math.exp

    def run():
        for _ in itertools.repeat(None, passes):
            result = []
            for value in x:
                result.append(1.0 / (1.0 + exp(-value)))
        return result

    return run


def builtin_square(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            result = None
            result = [value * value for value in x]
        return result

    return run


def builtin_sum(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            total = sum(x)
        return total

    return run


def builtin_dot(x, y, _threshold, passes):
    # math.sumprod, new in Python 3.12, needs no list of products.
    sumprod = getattr(math, "sumprod", None) or (lambda a, b: sum(map(operator.mul, a, b)))

    def run():
        for _ in itertools.repeat(None, passes):
            total = sumprod(x, y)
        return total

    return run


def builtin_filter(x, _y, threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            kept = None
            kept = [value for value in x if value > threshold]
            result = len(kept), sum(kept)
        return result

    return run


def builtin_sigmoid(x, _y, _threshold, passes):
    exp = math.exp

    def run():
        for _ in itertools.repeat(None, passes):
            result = None
            result = [1.0 / (1.0 + exp(-value)) for value in x]
        return result

    return run


def numpy_square(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            result = None
            result = x ** 2
        return result

    return run


def numpy_sum(x, _y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            total = x.sum()
        return total

    return run


def numpy_dot(x, y, _threshold, passes):
    def run():
        for _ in itertools.repeat(None, passes):
            total = x.dot(y)
        return total

    return run


def numpy_filter(x, _y, threshold, passes):
    count_nonzero = numpy.count_nonzero

    def run():
        for _ in itertools.repeat(None, passes):
            # The dot product with the mask adds up what passed without copying it out, several times as fast as x[mask].sum().
            mask = x > threshold
            result = count_nonzero(mask), x.dot(mask)
        return result

    return run


def numpy_sigmoid(x, _y, _threshold, passes):
    exp = numpy.exp

    def run():
        for _ in itertools.repeat(None, passes):
            result = None
            result = 1.0 / (1.0 + exp(-x))
        return result

    return run


def reuse_square(x, y, _threshold, passes):
    multiply = numpy.multiply

    def run():
        for _ in itertools.repeat(None, passes):
            multiply(x, x, out=y)
        return y

    return run


def reuse_filter(x, _y, threshold, passes):
    count_nonzero, greater = numpy.count_nonzero, numpy.greater
    mask = numpy.empty(len(x), bool)

    def run():
        for _ in itertools.repeat(None, passes):
            greater(x, threshold, out=mask)
            result = count_nonzero(mask), x.dot(mask)
        return result

    return run


def reuse_sigmoid(x, y, _threshold, passes):
    add, exp, negative, reciprocal = numpy.add, numpy.exp, numpy.negative, numpy.reciprocal

    def run():
        for _ in itertools.repeat(None, passes):
            negative(x, out=y)
            exp(y, out=y)
            add(y, 1.0, out=y)
            reciprocal(y, out=y)
        return y

    return run


MAKERS = {
    "python-loop": {
        "square": loop_square,
        "sum": loop_sum,
        "dot": loop_dot,
        "filter-count": loop_filter,
        "sigmoid": loop_sigmoid,
    },
    "python-builtin": {
        "square": builtin_square,
        "sum": builtin_sum,
        "dot": builtin_dot,
        "filter-count": builtin_filter,
        "sigmoid": builtin_sigmoid,
    },
    "numpy": {
        "square": numpy_square,
        "sum": numpy_sum,
        "dot": numpy_dot,
        "filter-count": numpy_filter,
        "sigmoid": numpy_sigmoid,
    },
    "numpy-reuse": {"square": reuse_square, "filter-count": reuse_filter, "sigmoid": reuse_sigmoid},
}


def checksum(output):
    """A number that depends on each element and on its place, as in src/check.rs."""
    if numpy is not None and isinstance(output, numpy.ndarray):
        return float(sum((k + 1) * output[k::8].sum(dtype=numpy.float64) for k in range(8)))
    return float(sum(value * (1 + index % 8) for index, value in enumerate(output)))


def prepare(task):
    kernel, dtype = task["point"]["kernel"], task["point"]["dtype"]
    variant, seed = task["variant"], task["seed"]
    in_numpy = variant.startswith("numpy")
    if in_numpy and numpy is None:
        raise benchbook_worker.Skip("NumPy is not installed for this interpreter: python3 -m pip install numpy")
    if not in_numpy and dtype == "f32":
        raise benchbook_worker.Skip("Python's own floats are always of double precision.")

    arrays = 2 if kernel in TWO_ARRAYS else 1
    count = max(1, int(task["numbers"]["size"]) // ELEMENT_BYTES[dtype] // arrays)
    working_set = count * ELEMENT_BYTES[dtype] * arrays
    passes = -(-BYTES_PER_CALL // working_set)

    x = values(kernel, dtype, seed, count, task["scratch"])
    y = values(kernel, dtype, seed + SECOND, count, task["scratch"]) if kernel == "dot" else None
    threshold = 1 << 19 if dtype == "i64" else 1.0
    if in_numpy:
        threshold = x.dtype.type(threshold)
        y = numpy.zeros_like(x) if y is None and variant == "numpy-reuse" else y
    elif numpy is not None:
        x, y = x.tolist(), None if y is None else y.tolist()

    make = MAKERS[variant].get(kernel)
    if make is None:
        raise benchbook_worker.Skip("This kernel has no output to reuse.")
    proof = checksum(make(x, y, threshold, 1)()) if kernel in ("square", "sigmoid") else None
    run = make(x, y, threshold, passes)
    rows = count * passes

    def work():
        result = run()
        if proof is not None:
            seen = [proof, float(result[0]), float(result[count // 2]), float(result[-1])]
        elif kernel == "filter-count":
            seen = [float(result[0]), float(result[1])]
        else:
            seen = [float(result)]
        return {"rows": rows, "values": seen}

    operations = 25 if kernel == "sigmoid" and dtype == "f32" else OPERATIONS[kernel]
    settings = {
        "ceiling": CEILINGS.get(kernel, "memory-read"),
        "dtype": dtype,
        "passes": passes,
        "python": platform.python_version(),
        "threads": task["threads"],
    }
    if in_numpy:
        settings["numpy"] = numpy.__version__
    return {
        "work": work,
        "settings": settings,
        "facts": {
            "rows": rows,
            "bytes": working_set * passes,
            "flops": rows * operations,
            "working_set_bytes": working_set,
        },
    }


if __name__ == "__main__":
    benchbook_worker.run(prepare)
