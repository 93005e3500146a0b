"""The worker protocol of Benchbook for variants written in Python.

    import benchbook_worker

    def prepare(task):
        data = list(range(int(task["numbers"]["size"]) // 8))
        return {"work": lambda: {"rows": len(data), "values": [float(sum(data))]}}

    benchbook_worker.run(prepare)

`prepare` gets the task (see PROTOCOL.md) and returns a dict with `work`, a callable that does the work once and returns
the answer, and optionally `settings`, `facts`, `trials`, `tables`, `files` and `reset`. It raises `Skip` with a reason where this machine or
data cannot serve.
"""

import gc
import json
import math
import os
import sys
import time

PROTOCOL = 1
_MOST_ROWS = 200  # of a table


class Skip(Exception):
    """This case is not possible here; the message says why, as a sentence."""


def trial_seed(task, trial):
    """The seed of a trial of this launch: each launch draws its own, and all variants the same ones."""
    return (task["seed"] + task.get("launch", 0) * 1000 + trial) % 2**64


def column(name):
    """A table's cell that names a column of the data, so that a page can hide it."""
    return {"column": name}


def _number(kind, name, value):
    """A quantity as JSON can say it."""
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"the {kind} {name!r} is {value}")
    return value


def _cell(cell):
    """A table's cell: a text, a column, a number, or None where there is none."""
    if cell is None or isinstance(cell, (str, dict)):
        return cell
    value = float(cell)
    return value if math.isfinite(value) else None


def _table(table):
    """A table as it is recorded; the rows beyond the first ones are counted."""
    return {
        "columns": table["columns"],
        "rows": [[_cell(cell) for cell in row] for row in table["rows"][:_MOST_ROWS]],
        "more": max(0, len(table["rows"]) - _MOST_ROWS),
    }


def _timed(work, iterations):
    cpu = time.process_time_ns()
    start = time.perf_counter_ns()
    for _ in range(iterations):
        answer = work()
    wall = time.perf_counter_ns() - start
    return {"reply": "ran", "wall_ns": wall, "cpu_ns": time.process_time_ns() - cpu, "answer": answer}


def run(prepare):
    """Serves requests until `quit` or the end of input."""
    # What a library prints must not get between the lines of the protocol.
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message):
        protocol.write(json.dumps(message) + "\n")
        protocol.flush()

    send({"protocol": PROTOCOL})
    case = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request["op"] == "quit":
                return
            if request["op"] == "prepare":
                case = None
                case = prepare(request["task"])
                gc.collect()
                send({
                    "reply": "prepared",
                    "settings": {k: str(v) for k, v in case.get("settings", {}).items()},
                    "facts": {k: _number("fact", k, v) for k, v in case.get("facts", {}).items()},
                    "trials": {k: [_number("trial", k, v) for v in vs] for k, vs in case.get("trials", {}).items()},
                    "tables": {k: _table(v) for k, v in case.get("tables", {}).items()},
                    "files": [str(path) for path in case.get("files", [])],
                    "single_call": "reset" in case,
                })
            elif request["op"] == "run":
                reply = _timed(case["work"], 1 if "reset" in case else max(1, request["iterations"]))
                if "reset" in case:
                    case["reset"]()
                send(reply)
            else:
                send({"reply": "fail", "reason": "unknown request " + repr(request["op"])})
        except Skip as skip:
            send({"reply": "skip", "reason": str(skip)})
        except Exception as error:  # every failure must become a row with its reason
            send({"reply": "fail", "reason": f"{type(error).__name__}: {error}"})
