"""What the Python lanes of this chapter share: the file to read, the queries of the run, and answers in the form of the
Rust variants (see src/answer.rs): every column's weight divided by its weight in the whole table.
"""

import json
import os

from benchbook_worker import Skip

VALUES = 32  # most numbers in an answer


class Case:
    """A task, with the queries that the Rust variants found out and the file that one of them wrote."""

    def __init__(self, task):
        folder = os.path.join(task["scratch"], "row-vs-columnar")
        self.task = task
        self.workload = task["point"]["workload"]
        self.threads = int(task["threads"])
        try:
            with open(os.path.join(folder, "queries.json"), encoding="utf-8") as file:
                self.queries = json.load(file)
        except FileNotFoundError:
            raise Skip("the files of this run were not made, since no variant of Benchbook's own ran before") from None
        self.rows = max(1, self.queries["rows"])
        self.columns = self.queries["columns"]
        self.names = [column["name"] for column in self.columns]
        source, self.format = task["params"]["source"], task["params"]["format"]
        self.path = os.path.join(folder, f"{self._order()}.{source}.{self.format}")
        if not os.path.exists(self.path):
            raise Skip(f"it reads the file of the variant {source}, which was not measured here")

    def _order(self):
        if self.workload.startswith("filter-sorted"):
            return "as-is" if self.get("filter")["sorted"] else "sorted"
        return "shuffled" if self.workload.startswith("filter-unsorted") else "as-is"

    def get(self, what):
        """A part of the queries, or a skip with the reason why this table has none."""
        found = self.queries[what]
        if "Err" in found:
            raise Skip(found["Err"])
        return found["Ok"]

    def column(self, name):
        """What is known of a column."""
        return next(column for column in self.columns if column["name"] == name)

    def needs(self, names):
        """Skips a query on TPC-H's lineitem where the table is another one."""
        for name in names:
            if name not in self.names:
                raise Skip(f"this is a query on TPC-H's lineitem, and the table has no column {name}")

    def prepared(self, work, names, settings):
        """The reply to `prepare` for a question about the named columns."""
        touched = self.names if self.workload.endswith("-whole") else names
        return {
            "work": work,
            "settings": {"threads": self.threads, "source": self.task["params"]["source"], **settings},
            "facts": {
                "rows": self.queries["rows"],
                "bytes": sum(column["bytes"] for column in self.columns if column["name"] in touched),
                "disk_bytes": os.path.getsize(self.path),
            },
            "files": [self.path],
        }

    def fold(self, rows, names, weights):
        """An answer from a pair (missing, total) for each of the named columns."""
        values = [0.0] * min(VALUES, len(names))
        for i, (name, (missing, total)) in enumerate(zip(names, weights)):
            values[i % VALUES] += (total or 0.0) / self.column(name)["scale"] + missing / self.rows
        return {"rows": rows, "values": values}

    def signed(self, name, total):
        """A sum of signed values as a number near 1."""
        return 1.0 + (total or 0.0) / self.column(name)["scale"]

    def groups(self, measure, counts, sums):
        """An answer from the count and the sum of each group."""
        squares = sum((count / self.rows) ** 2 for count in counts)
        weighted = sum(count / self.rows * (total or 0.0) for count, total in zip(counts, sums))
        return {"rows": len(counts), "values": [squares, self.signed(measure, weighted)]}
