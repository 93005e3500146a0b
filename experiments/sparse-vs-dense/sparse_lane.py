"""The Python lane of sparse vs dense: NumPy, SciPy and scikit-learn on the same matrices and texts.

The matrices of the sweep follow the formula of `src/formula.rs`. The texts and targets are the files that the Rust variants
have made in the scratch folder; the TF-IDF matrix is scikit-learn's own, so that equal losses say that the matrices are equal too.
"""

import os
import struct

import benchbook_worker

MASK = (1 << 64) - 1
SECOND = 0x5851F42D4C957F2D
SIZES = {"matvec": 4000, "matvec-cached": 500, "matmul": 1000, "matmul-sparse": 1000}
# As in src/case.rs: most texts.
MOST_TEXTS = {"train": 2500, "train-many": 10000}
# As in src/case.rs and src/train: most bytes of a dense matrix, splits of a launch, one row in so many held out.
DENSE_LIMIT = 512 << 20
TRIALS = 3
HELD_OUT = 5
# Entries that NumPy makes at a time: a piece stays in the cache through all steps.
PIECE = 1 << 14


def mixed(z):
    """SplitMix64's output for an array of states."""
    import numpy

    z ^= z >> numpy.uint64(30)
    z *= numpy.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> numpy.uint64(27)
    z *= numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    return z


def formula(seed, count, density):
    """The first `count` entries: zero, or between 0.5 and 1.5."""
    import numpy

    threshold = numpy.uint64(-int(-density * (1 << 32) // 1))
    result = numpy.empty(count)
    for start in range(0, count, PIECE):
        z = numpy.arange(start + 1, min(start + PIECE, count) + 1, dtype=numpy.uint64)
        z *= numpy.uint64(0x9E3779B97F4A7C15)
        z += numpy.uint64(seed & MASK)
        z = mixed(z)
        values = (z & numpy.uint64(0xFFFFF)).astype(numpy.float64)
        values *= 1 / 1048576
        values += 0.5
        values[(z >> numpy.uint64(32)) >= threshold] = 0.0
        result[start : start + PIECE] = values
    return result


def matrix(layout, seed, size, density):
    """A square matrix by formula, in a layout."""
    dense = formula(seed, size * size, density).reshape(size, size)
    if layout == "dense":
        return dense
    from scipy import sparse

    return sparse.csr_array(dense) if layout == "csr" else sparse.csr_array(dense).tocsc()


def matrix_bytes(a):
    """Bytes of a matrix in memory."""
    if hasattr(a, "indptr"):
        return a.data.nbytes + a.indices.nbytes + a.indptr.nbytes
    return a.nbytes


def product(task, work, layout):
    """A product of the sweep."""
    import numpy

    size, density, seed = SIZES[work], task["numbers"]["density"], task["seed"]
    a = matrix(layout, seed, size, density)
    if work in ("matvec", "matvec-cached"):
        b = formula(seed + SECOND, size, 1.0)
    elif work == "matmul":
        b = formula(seed + SECOND, size * size, 1.0).reshape(size, size)
    else:
        b = matrix(layout, seed + SECOND, size, density)

    result = a @ b
    flat = (result.toarray() if hasattr(result, "toarray") else result).ravel()
    # As in src/sweep.rs: depends on each entry and on its place.
    checksum = float(sum((k + 1) * flat[k::8].sum() for k in range(8)))
    length = len(flat)
    del flat
    places = [0, length // 2, length - 1]

    if hasattr(result, "toarray"):
        def at(result, place):
            return float(result[place // size, place % size])
    else:
        def at(result, place):
            return float(result.flat[place])

    def work_once():
        result = a @ b
        return {"rows": length, "values": [checksum] + [at(result, place) for place in places]}

    entries = a.nnz if hasattr(a, "nnz") else a.size
    settings = {"layout": layout, "dtype": "f64", "numpy": numpy.__version__}
    if layout != "dense":
        import scipy

        settings["scipy"] = scipy.__version__
    facts = {"rows": size, "matrix_bytes": matrix_bytes(a)}
    if work != "matmul-sparse":
        facts["flops"] = 2 * entries * (1 if work.startswith("matvec") else size)
        facts["bytes"] = matrix_bytes(a) + b.nbytes + result.nbytes
        facts["working_set_bytes"] = facts["bytes"]
        settings["ceiling"] = "memory-read" if work.startswith("matvec") else "flops"
    return {"work": work_once, "settings": settings, "facts": facts}


def terms_of(scratch, size):
    """Rows, columns and entries of the matrix that the Rust variants made for a size of vocabulary."""
    path = os.path.join(scratch, f"tfidf-{size}.csr")
    try:
        with open(path, "rb") as file:
            return struct.unpack("<QQQ", file.read(24))
    except OSError:
        raise benchbook_worker.Skip("No variant of this binary has read the texts before this one.") from None


def train(task, layout):
    """A logistic regression on the texts."""
    import numpy
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    size = int(task["numbers"]["vocabulary"])
    scratch = os.path.join(task["scratch"], f"sparse-vs-dense-{MOST_TEXTS[task['point']['work']]}")
    rows, terms, _ = terms_of(scratch, size)
    if terms == 0:
        raise benchbook_worker.Skip("No word of the texts is more common than the others, so none can be chosen.")
    for smaller in (256, 1024, 4096, 16384):
        path = os.path.join(scratch, f"tfidf-{smaller}.csr")
        if smaller < size and os.path.exists(path) and terms_of(scratch, smaller)[1] == terms:
            raise benchbook_worker.Skip("These texts have no more terms than a smaller vocabulary holds already.")
    if layout == "dense" and 8 * rows * terms > DENSE_LIMIT:
        raise benchbook_worker.Skip("The dense matrix would be larger than a single matrix may be here.")
    with open(os.path.join(scratch, "texts.txt"), encoding="utf-8", newline="\n") as file:
        texts = file.read().split("\n")[:-1]
    target = numpy.fromfile(os.path.join(scratch, "target.bin"), dtype=numpy.uint8)

    # The texts are clean words with one space between, so that both lanes agree on what a word is.
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), max_features=terms, lowercase=False, token_pattern=r"[^ ]+")
    x = vectorizer.fit_transform(texts)
    if layout == "dense":
        x = x.toarray()
    del texts, vectorizer

    accuracies = []
    for trial in range(TRIALS):
        seed = benchbook_worker.trial_seed(task, trial)
        start = mixed(numpy.array([seed & MASK], dtype=numpy.uint64))
        out = mixed(start ^ numpy.arange(rows, dtype=numpy.uint64)) % numpy.uint64(HELD_OUT) == 0
        model = LogisticRegression(tol=1e-5).fit(x[~out], target[~out])
        accuracies.append(float(numpy.mean(model.predict(x[out]) == target[out])))

    sign = 2.0 * target - 1.0

    def work_once():
        model = LogisticRegression(tol=1e-5).fit(x, target)
        weights = model.coef_[0]
        margins = sign * (x @ weights + model.intercept_[0])
        loss = numpy.logaddexp(0.0, -margins).mean() + weights @ weights / (2 * rows)
        return {"rows": rows, "values": [float(loss)]}

    return {
        "work": work_once,
        "settings": {"layout": layout, "dtype": "f64", "solver": "lbfgs", "sklearn": sklearn.__version__},
        "facts": {"rows": rows, "matrix_bytes": matrix_bytes(x)},
        "trials": {"accuracy": accuracies},
    }


def prepare(task):
    # BLAS libraries read this when they are loaded, which is now.
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, str(task["threads"]))
    work, layout = task["point"]["work"], task["params"]["layout"]
    if work == "columns":
        raise benchbook_worker.Skip("The table's columns are read in Rust alone.")
    case = train(task, layout) if work in MOST_TEXTS else product(task, work, layout)
    case["settings"]["threads"] = task["threads"]
    return case


if __name__ == "__main__":
    benchbook_worker.run(prepare)
