"""What the scripts of this folder share: a process that speaks the worker protocol, the profile of a table, rounds, arguments."""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
# The folder of benchbook_worker, which a lane in Python needs.
HELPER = ROOT / "crates" / "measure" / "python"
THREADS = ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]


class Worker:
    """A process that speaks the worker protocol (PROTOCOL.md)."""

    def __init__(self, command, threads, quiet=False):
        path = os.pathsep.join(filter(None, [str(HELPER), os.environ.get("PYTHONPATH")]))
        own = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **{name: str(threads) for name in THREADS}}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            env={**os.environ, **own},
        )
        self.process.stdout.readline()  # the greeting

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"reply": "fail", "reason": "the process ended"}

    def prepare(self, what, task):
        """What it says of a case; ends the script if it cannot be made."""
        reply = self.ask(op="prepare", task=task)
        if reply["reply"] != "prepared":
            sys.exit(f"{what}: {reply.get('reason', reply)}")
        return reply

    def run(self, what, iterations=1):
        """What came of calls; ends the script if they failed."""
        reply = self.ask(op="run", iterations=iterations)
        if reply["reply"] != "ran":
            sys.exit(f"{what}: {reply.get('reason', reply)}")
        return reply

    def milliseconds(self, iterations=1):
        """The time of a call."""
        return self.run("a timed call", iterations)["wall_ns"] / iterations / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def warm(worker):
    """The last of three replies to a call."""
    return [worker.ask(op="run", iterations=1) for _ in range(3)][-1]


def rounds(calls, count):
    """What each call returned, by name: every round makes each once, in a random order, so that drift hits all alike."""
    found = {name: [] for name in calls}
    for _ in range(count):
        for name in random.sample(list(calls), len(calls)):
            found[name].append(calls[name]())
    return found


def medians(calls, count):
    """The median of what each call returned, by name."""
    return {name: statistics.median(own) for name, own in rounds(calls, count).items() if own}


def race(workers, count):
    """The median milliseconds of each worker's call, by name; the workers are at their end then."""
    found = medians({name: worker.milliseconds for name, worker in workers.items()}, count)
    for worker in workers.values():
        worker.close()
    return found


def serve(prepare, otherwise):
    """Makes this process the worker of an engine. `prepare` sets up a case; it is a skip without the engine's library, and where
    there is None: `otherwise` says why."""
    sys.path.insert(0, str(HELPER))
    import benchbook_worker

    def prepared(request):
        try:
            case = prepare(request)
        except ImportError as missing:
            raise benchbook_worker.Skip(str(missing)) from None
        if case is None:
            raise benchbook_worker.Skip(otherwise)
        return case

    benchbook_worker.run(prepared)


def dataset(rows, columns=()):
    """The profile of a table."""
    return {
        "id": "peers", "name": "peers", "source": "user", "files": 1, "bytes": 1, "rows": rows, "rows_used": rows,
        "columns": list(columns),
    }  # fmt: skip


def profile(table, roles):
    """The profile of a Polars table of integers, floats, texts and times; `roles` of its columns by name."""
    names = {"Int64": "i64", "Float64": "f64", "String": "text"}
    columns = [
        {
            "name": name,
            "dtype": names.get(str(dtype), "datetime"),
            "nulls": table[name].null_count(),
            "distinct": table[name].drop_nulls().n_unique(),
            "roles": roles[name],
        }
        for name, dtype in table.schema.items()
    ]
    return dataset(table.height, columns)


def differ(ours, theirs, tolerance=1e-9):
    """Whether two numbers differ by more than a share of the larger one."""
    return abs(ours - theirs) > tolerance * max(abs(ours), abs(theirs), 1e-300)


def not_measured(reasons):
    """Prints why cells are dashes; `reasons` by case."""
    print("\nNot measured:")
    for case, why in sorted(reasons.items()):
        print(f"- {case}: {why}")


def arguments(doc, rounds, threads=os.cpu_count()):
    """A parser with what all scripts take."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--benchbook", default=str(ROOT / "target" / "release" / "benchbook"))
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--threads", type=int, default=threads)
    return parser
