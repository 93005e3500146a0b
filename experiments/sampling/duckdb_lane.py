"""The ways of this chapter in DuckDB, on the files that Polars wrote."""

import collections
import glob
import json
import os

import duckdb

import benchbook_worker
from benchbook_worker import Skip

DRAWS = 8  # judged draws of a launch
TYPES = {
    "i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT",
    "u8": "UTINYINT", "u16": "USMALLINT", "u32": "UINTEGER", "u64": "UBIGINT",
    "f32": "FLOAT", "f64": "DOUBLE", "bool": "BOOLEAN", "str": "VARCHAR", "date": "DATE",
}  # fmt: skip


def name(text):
    return '"' + text.replace('"', '""') + '"'


def text(value):
    return "'" + value.replace("'", "''") + "'"


class Case:
    """A task, with what the Rust variants found out about the table and the files that they wrote."""

    def __init__(self, task):
        self.task = task
        self.folder = os.path.join(task["scratch"], "sampling")
        self.seed = task["seed"] % 2**31
        try:
            with open(os.path.join(self.folder, "truth", "known.json"), encoding="utf-8") as file:
                self.known = json.load(file)
        except FileNotFoundError:
            raise Skip("the files of this run were not made, since no variant of Benchbook's own ran before") from None
        self.layout = task["point"]["layout"]
        self.paths = {
            "parquet": [os.path.join(self.folder, "table.parquet")],
            "partitioned": sorted(glob.glob(os.path.join(glob.escape(self.folder), "partitioned", "*", "*.parquet"))),
            "csv": [os.path.join(self.folder, "table.csv")],
        }[self.layout]
        if not self.paths or not all(map(os.path.exists, self.paths)):
            raise Skip(f"no variant of Benchbook's own wrote the layout {self.layout} in this run")
        rows = self.known["rows"]
        number = task.get("numbers", {}).get("size")
        self.wanted = max(1, rows // 100) if number is None else int(number)
        if self.wanted * 2 > rows:
            raise Skip(f"The table has {rows} rows: {self.wanted} of them would be most of it, and no sample.")
        self.rate = self.wanted / rows

    def source(self, paths):
        files = "[" + ", ".join(map(text, paths)) + "]"
        if paths[0].endswith(".parquet"):
            return f"read_parquet({files}, hive_partitioning = false)"
        columns = ", ".join(f"{text(column)}: {text(self.sql_type(dtype))}" for column, dtype in self.known["types"])
        # An empty field is missing, a quoted empty one is an empty text.
        dialect = """header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false"""
        return f"read_csv({files}, columns = {{{columns}}}, {dialect})"

    @staticmethod
    def sql_type(dtype):
        return "TIMESTAMP" if dtype.startswith("datetime") else TYPES[dtype]

    def query(self, way, source, rate, seed):
        """The query that draws a sample of `source`."""
        percent = f"{rate * 100:.17f}%"
        if way == "order-by-random":
            return f"SELECT * FROM {source} ORDER BY random() LIMIT {self.wanted}"
        if way in ("system", "bernoulli"):
            return f"SELECT * FROM {source} USING SAMPLE {percent} ({way}, {seed})"
        if way == "reservoir":
            return f"SELECT * FROM {source} USING SAMPLE reservoir({self.wanted} ROWS) REPEATABLE ({seed})"
        if way == "hash":
            key = self.known["key"]
            if key is None:
                raise Skip("The table has no column with enough different values to hash.")
            # Hashes as hexadecimal digits, as every engine compares them.
            small = f"md5(concat('{seed}:', {name(key)}::VARCHAR)) < '{min(int(rate * 2**64), 2**64 - 1):016x}'"
            return f"SELECT * FROM {source} WHERE {small}"
        raise Skip(f"DuckDB has no lane for the way {way}")

    def kept(self, draw):
        """For each change of the table the share of the sample's rows that are still in it; found once per run."""
        path = os.path.join(self.folder, "repeat", self.task["variant"] + ".json")
        if not os.path.exists(path):
            file = {change: self.repeat_file(change) for change in ("base", "groups", "order", "appended")}
            if not all(map(os.path.exists, file.values())):
                return {}
            # Blocks are in or out as a whole, and of a small share all may be out: of nothing, nothing can stay.
            seeds = range(self.seed, self.seed + 20)
            seed, before = next(((s, rows) for s in seeds if (rows := draw(file["base"], s))), (self.seed, {}))
            if not before:
                return {}
            again = {
                "kept_again": draw(file["base"], seed),
                "kept_threads": draw(file["base"], seed, threads=1),
                "kept_groups": draw(file["groups"], seed),
                "kept_order": draw(file["order"], seed),
                "kept_append": draw(file["appended"], seed),
            }
            rows = sum(before.values())
            kept = {fact: sum((before & after).values()) / rows for fact, after in again.items()}
            with open(path + ".part", "w", encoding="utf-8") as part:
                json.dump(kept, part)
            os.replace(path + ".part", path)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def repeat_file(self, change):
        return os.path.join(self.folder, "repeat", change + ".parquet")


def prepare(task):
    case = Case(task)
    way, threads = task["params"]["way"], int(task["threads"])
    con = duckdb.connect()
    con.execute(f"SET threads = {threads}")
    # Its own cache of file contents would make a cold read warm, and keep what the other variants must fetch again.
    con.execute("SET enable_external_file_cache = false")

    def draw(source, rate, seed):
        """Draws a sample into a table in memory: how many rows it has."""
        if way == "order-by-random":
            con.execute(f"SELECT setseed({(seed % 1000) / 1000})")
        query = case.query(way, source, rate, seed)
        return con.execute(f"CREATE OR REPLACE TEMP TABLE sample AS {query}").fetchone()[0]

    source = case.source(case.paths)
    exact = way in ("order-by-random", "reservoir")

    def work():
        rows = draw(source, case.rate, case.seed)
        if exact and rows != case.wanted:
            raise ValueError(f"the sample has {rows} rows, and {case.wanted} were asked for")
        # How many rows come out of the other ways is a matter of chance: the trial size_error says how far off.
        return {"rows": case.wanted}

    trials = collections.defaultdict(list)
    measure = case.known["measure"]
    for trial in range(DRAWS):
        rows = draw(source, case.rate, (case.seed + task.get("launch", 0) * 1000 + trial) % 2**31)
        trials["size_error"].append(abs(rows - case.wanted) / case.wanted)
        if measure:
            column = name(measure["name"])
            mean = con.execute(f"SELECT avg({column}::DOUBLE) FROM sample WHERE isfinite({column}::DOUBLE)").fetchone()[0]
            # A sample without a single number says nothing: it is wrong by all there is.
            trials["mean_error"].append(1.0 if mean is None else abs(mean - measure["mean"]) / measure["scale"])

    facts = {
        "rows": case.known["rows"],
        "disk_bytes": sum(map(os.path.getsize, case.paths)),
    }
    if case.layout == "parquet" and task["point"]["size"] == "1000" and task["point"].get("cache", "warm") == "warm":

        def again(path, seed, threads=threads):
            con.execute(f"SET threads = {threads}")
            base = con.execute(f"SELECT count(*) FROM {case.source([case.repeat_file('base')])}").fetchone()[0]
            draw(case.source([path]), case.wanted / base, seed)
            return collections.Counter(row[0] for row in con.execute("SELECT hash(sample) FROM sample").fetchall())

        facts.update(case.kept(again))
        con.execute(f"SET threads = {threads}")
    return {
        "work": work,
        "facts": facts,
        "trials": dict(trials),
        "files": case.paths,
        "settings": {"threads": threads, "duckdb": duckdb.__version__, "engine": "DuckDB", "seed": case.seed},
    }


if __name__ == "__main__":
    benchbook_worker.run(prepare)
