#!/usr/bin/env python3
"""Benchbook's layouts and what it says of them, checked against DuckDB, Polars and PyArrow on the same files.

    python3 benches/peers/partitioning.py --benchbook target/release/benchbook [--rows 200000] [--rounds 5] [--threads 2]

Benchbook's worker (PROTOCOL.md) writes one table in every layout and puts every query to it. Values of the partitions are the kind
that breaks careless code: slashes, percent signs, letters of any script, and missing ones. What is checked:

- DuckDB, Polars and PyArrow find the same number of rows and the same sum, for every layout and query, twice: by a filter
  on the column alone, and by one that names the folder's key as well;
- PyArrow's scan leaves as many files as Benchbook says are opened, and DuckDB reads as many;
- the bytes that a query must read, and the rows that row groups rule out, are those of PyArrow's own look at the footers.

Then every engine is timed on every layout, in random order: the median in milliseconds, page cache warm, filters that name
the keys; each lists the files anew. The exit status is 1 if a check fails.
"""

import datetime
import json
import random
import statistics
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from worker import ROOT, Worker, arguments, differ, profile

QUERIES = ["day", "month", "range", "cluster", "category", "other", "all"]
TIMED = ["day", "cluster", "all"]
PIECES = [10, 100]
DAYS = 60
COLUMNS = {"time": "at", "measure": "price", "category": "kind", "cluster": "user", "other": "item"}
ROLES = {
    "id": ["key"], "at": ["time"], "price": ["measure"], "kind": ["category"], "user": ["filter"], "item": ["filter"], "note": ["text"],
}  # fmt: skip
KINDS = ["a/b", "50 %", "x=y", "né 🦀", "plain", "*[0]?", None]


# --- The table ------------------------------------------------------------------------------------------------------------


def make_table(path, rows):
    """A log in the order of time, with prices that are missing here and there."""
    rng = np.random.default_rng(7)
    table = pl.DataFrame({
        "id": np.arange(rows, dtype="i8"),
        "at": np.datetime64("2024-01-20T00:00:00", "us") + np.sort(rng.integers(0, DAYS * 86_400 * 10**6, rows)).astype("m8[us]"),
        "user": rng.zipf(1.3, rows).clip(max=5_000).astype("i8"),
        "item": rng.integers(0, 20_000, rows),
        "price": pl.Series(np.round(rng.lognormal(3, 1, rows), 2)).set(pl.Series(rng.random(rows) < 0.05), None),
        "kind": pl.Series([KINDS[i] for i in rng.integers(0, len(KINDS), rows)], dtype=pl.String),
        "note": pl.Series([f"note {i % 97}" for i in range(rows)]),
    })
    table.write_ipc(path, compat_level=pl.CompatLevel.oldest())
    return table


# --- Counting what agrees -------------------------------------------------------------------------------------------------


class Checks:
    """Counts what agrees, by layout and by who else was asked, and says what does not."""

    def __init__(self):
        self.counts = {}

    def equal(self, layout, who, what, ours, theirs, tolerance=1e-9):
        made, failed = self.counts.get((layout, who), (0, 0))
        wrong = differ(ours, theirs, tolerance)
        self.counts[layout, who] = (made + 1, failed + wrong)
        if wrong:
            print(f"DISAGREE {layout}, {what}: Benchbook {ours!r}, {who} {theirs!r}")

    def table(self):
        layouts = list(dict.fromkeys(layout for layout, _ in self.counts))
        others = list(dict.fromkeys(who for _, who in self.counts))
        print("| layout | " + " | ".join(others) + " | disagree |")
        print("|---|" + "--:|" * (len(others) + 1))
        for layout in layouts:
            counts = [self.counts.get((layout, who), (0, 0)) for who in others]
            made = " | ".join(str(count[0]) for count in counts)
            print(f"| {layout} | {made} | {sum(count[1] for count in counts)} |")
        return sum(made for made, _ in self.counts.values()), sum(failed for _, failed in self.counts.values())


# --- A layout, and the filters on it --------------------------------------------------------------------------------------


class Layout:
    """The files that Benchbook wrote, as layout.json and queries.json beside them describe them."""

    def __init__(self, folder, queries):
        with open(folder / "layout.json", encoding="utf-8") as file:
            about = json.load(file)
        self.root, self.keys, self.grains = about["root"], about["keys"], about["grains"]
        self.files = [file["path"] for file in about["files"]]
        self.queries, self.schema = queries, self._schema()
        files = self.root if self.root.endswith(".parquet") else self.root + "/**/*.parquet"
        types = ", ".join(f"{sql(key)}: VARCHAR" for key in self.keys)
        hive = f"true, hive_types = {{{types}}}" if self.keys else "false"
        self.source = f"read_parquet('{files}', hive_partitioning = {hive})"

    def scan(self):
        """For Polars."""
        hive = {"hive_partitioning": bool(self.keys), "try_parse_hive_dates": False}
        return pl.scan_parquet(self.root, glob=False, hive_schema={key: pl.String for key in self.keys} or None, **hive)

    def dataset(self):
        """For PyArrow."""
        partitioning = ds.partitioning(pa.schema([(key, pa.string()) for key in self.keys]), flavor="hive") if self.keys else None
        return ds.dataset(self.root, schema=self.schema, format="parquet", partitioning=partitioning)

    def _schema(self):
        """The types of the files. Polars writes texts as views, which PyArrow does not filter yet."""
        fields = pq.read_schema(self.files[0])
        fields = [field.with_type(pa.string()) if field.type == pa.string_view() else field for field in fields]
        return pa.schema(fields + [(key, pa.string()) for key in self.keys])

    def ends(self, query):
        """The column, its kind and the ends of a query's range; nothing if it asks for all rows."""
        if query == "all":
            return None
        found = self.queries["filters"][query]["Ok"]
        return found["column"], found["kind"], found["low"], found["high"]

    def key_ranges(self, query):
        """What the query says of the folders' keys, as texts: (key, low, high)."""
        ends = self.ends(query)
        if ends is None:
            return []
        column, _, low, high = ends
        found = []
        for key, grain in zip(self.keys, self.grains):
            if grain == "category" and column == COLUMNS["category"]:
                found.append((key, low, high))
            elif grain != "category" and column == COLUMNS["time"]:
                form = "%Y-%m" if grain == "month" else "%Y-%m-%d"
                found.append((key, *(instant(end).strftime(form) for end in (low, high))))
        return found


def instant(micros):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=micros)


def sql(name):
    return '"' + name.replace('"', '""') + '"'


def sql_text(text):
    return "'" + text.replace("'", "''") + "'"


def by_duckdb(con, layout, query, with_keys):
    ends = layout.ends(query)
    where = []
    if ends is not None:
        column, kind, low, high = ends
        end = {"us": lambda v: f"make_timestamp({v})", "text": sql_text}.get(kind, str)
        where.append(f"{sql(column)} BETWEEN {end(low)} AND {end(high)}")
    if with_keys:
        where += [f"{sql(key)} BETWEEN {sql_text(low)} AND {sql_text(high)}" for key, low, high in layout.key_ranges(query)]
    where = " WHERE " + " AND ".join(where) if where else ""
    return f"SELECT count(*), coalesce(sum({sql(COLUMNS['measure'])}), 0) FROM {layout.source}{where}"


def by_polars(layout, query, with_keys):
    ends = layout.ends(query)
    scan = layout.scan()
    if ends is not None:
        column, kind, low, high = ends
        end = (lambda v: pl.lit(instant(v), dtype=pl.Datetime("us"))) if kind == "us" else pl.lit
        scan = scan.filter(pl.col(column).is_between(end(low), end(high)))
    if with_keys:
        for key, low, high in layout.key_ranges(query):
            scan = scan.filter(pl.col(key).is_between(pl.lit(low), pl.lit(high)))
    return scan.select(pl.len().alias("rows"), pl.col(COLUMNS["measure"]).sum().alias("sum"))


def by_pyarrow(layout, query, with_keys):
    ends = layout.ends(query)
    found = None
    if ends is not None:
        column, kind, low, high = ends
        end = (lambda v: pa.scalar(v, pa.timestamp("us"))) if kind == "us" else pa.scalar
        field = ds.field(column)
        found = (field >= end(low)) & (field <= end(high))
    if with_keys:
        for key, low, high in layout.key_ranges(query):
            inside = (ds.field(key) >= low) & (ds.field(key) <= high)
            found = inside if found is None else found & inside
    return found


def answer_by_pyarrow(layout, found):
    table = layout.dataset().to_table(columns=[COLUMNS["measure"]], filter=found)
    return table.num_rows, pc.sum(table[COLUMNS["measure"]]).as_py() or 0.0


# --- The checks -----------------------------------------------------------------------------------------------------------


def check_answers(checks, con, name, layout, query, answer):
    total = layout.queries["measure"]["total"]
    ours = (answer["rows"], (answer["values"][0] - 1.0) * total)
    for with_keys in (False, True):
        what = f"{query}{' by the keys' if with_keys else ''}"
        theirs = {
            "DuckDB": con.execute(by_duckdb(con, layout, query, with_keys)).fetchone(),
            "Polars": by_polars(layout, query, with_keys).collect().row(0),
            "PyArrow": answer_by_pyarrow(layout, by_pyarrow(layout, query, with_keys)),
        }
        for who, (rows, amount) in theirs.items():
            checks.equal(name, who, f"{what}: rows", ours[0], rows)
            # A sum of a few rows is a small part of the whole weight, to which the tolerance refers.
            checks.equal(name, who, f"{what}: sum", total + ours[1], total + amount)


def check_reading(checks, con, name, layout, query, facts):
    """Files, bytes and row groups, by PyArrow's look at the footers; files, by DuckDB's profile of the query."""
    left = list(layout.dataset().get_fragments(filter=by_pyarrow(layout, query, True)))
    checks.equal(name, "PyArrow", f"{query}: files opened", facts["files_opened"], len(left))
    if layout.key_ranges(query):
        plan = con.execute("EXPLAIN (ANALYZE, FORMAT json) " + by_duckdb(con, layout, query, True)).fetchall()[0][1]
        checks.equal(name, "DuckDB", f"{query}: files opened", facts["files_opened"], files_read(json.loads(plan)))
    ends = layout.ends(query)
    found, ruled_out, rows = 0, 0, 0
    for fragment in layout.files:
        rows += pq.ParquetFile(fragment).metadata.num_rows
    for fragment in left:
        file = pq.ParquetFile(fragment.path).metadata
        found += file.serialized_size + 8
        names = {file.schema.column(i).path: i for i in range(file.num_columns)}
        searched = ends is not None and not sure(fragment, layout, query)
        for i in range(file.num_row_groups):
            group = file.row_group(i)
            bytes_of = {column: group.column(place).total_compressed_size for column, place in names.items()}
            if searched and not may_pass(group.column(names[ends[0]]), ends):
                ruled_out += group.num_rows
            else:
                found += bytes_of[COLUMNS["measure"]] + (bytes_of[ends[0]] if searched else 0)
    checks.equal(name, "PyArrow", f"{query}: bytes", facts["bytes_scanned"], found)
    checks.equal(name, "PyArrow", f"{query}: rows that row groups rule out", facts["by_group"], ruled_out / rows)


def sure(fragment, layout, query):
    """Whether the folder's name says that every row passes."""
    keys = ds.get_partition_keys(fragment.partition_expression)
    column, _, low, high = layout.ends(query)
    for key, grain in zip(layout.keys, layout.grains):
        if grain == "category" and column == COLUMNS["category"]:
            return True
        if grain != "category" and column == COLUMNS["time"]:
            start = np.datetime64(keys[key])
            end = (start + 1).astype("datetime64[us]").astype(int) - 1
            return low <= start.astype("datetime64[us]").astype(int) and end <= high
    return False


def may_pass(chunk, ends):
    if not chunk.is_stats_set or not chunk.statistics.has_min_max:
        return True
    low, high = (instant(end) if ends[1] == "us" else end for end in ends[2:])
    return chunk.statistics.min <= high and chunk.statistics.max >= low


def files_read(plan):
    """The number of files that DuckDB's profile of a query names, wherever it stands."""
    if isinstance(plan, list):
        return sum(map(files_read, plan))
    if not isinstance(plan, dict):
        return 0
    if "Scanning Files" in plan:
        return int(plan["Scanning Files"].split("/")[0])
    return sum(map(files_read, plan.values()))


# --- The whole ------------------------------------------------------------------------------------------------------------


def variants():
    """The layouts of the chapter, and two numbers of pieces for those that are cut: name, id, parameters, pieces."""
    with open(ROOT / "experiments" / "partitioning" / "experiment.toml", "rb") as file:
        definition = tomllib.load(file)
    for variant in definition["variant"]:
        if variant.get("lane", "rust") != "rust":
            continue
        params = {key: value for key, value in variant["params"].items() if key != "keys"}
        if params.get("cut") in ("files", "groups"):
            for pieces in PIECES:
                yield f"{pieces} {variant['id']}", variant["id"], params, pieces
        else:
            yield variant["id"], variant["id"], params, None


def main():
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()

    random.seed(7)
    pa.set_cpu_count(options.threads)
    con = duckdb.connect(config={"threads": options.threads})
    checks, jobs, worker = Checks(), {}, Worker([options.benchbook, "worker"], options.threads)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        table = make_table(scratch / "table.arrow", options.rows)
        dataset = profile(table, ROLES)

        def task(variant, params, pieces, query):
            point = {"query": query, "cache": "warm"}
            return {
                "experiment": "partitioning", "variant": variant, "params": params, "point": point,
                "numbers": {"pieces": pieces} if pieces else {}, "seed": 7, "threads": options.threads,
                "scratch": str(scratch), "table": str(scratch / "table.arrow"), "dataset": dataset, "columns": COLUMNS,
            }  # fmt: skip

        for name, variant, params, pieces in variants():
            for query in QUERIES:
                request = task(variant, params, pieces, query)
                facts = worker.prepare(f"{name} {query}", request)["facts"]
                answer = worker.run(f"{name} {query}")["answer"]
                place = f"{params['cut']}-{pieces}" if pieces else variant
                with open(scratch / "partitioning" / "queries.json", encoding="utf-8") as file:
                    layout = Layout(scratch / "partitioning" / place, json.load(file))
                check_answers(checks, con, name, layout, query, answer)
                check_reading(checks, con, name, layout, query, facts)
                if query in TIMED:
                    jobs[name, query] = (request, layout)

        times = {}
        for round_number in range(options.rounds + 1 if options.rounds else 0):
            for name, query in random.sample(list(jobs), len(jobs)):
                request, layout = jobs[name, query]
                worker.ask(op="prepare", task=request)
                found = by_pyarrow(layout, query, True)
                question = by_duckdb(con, layout, query, True)
                calls = {
                    "Benchbook": lambda: worker.ask(op="run", iterations=1),
                    "DuckDB": lambda: con.execute(question).fetchone(),
                    "Polars": lambda: by_polars(layout, query, True).collect(engine="streaming"),
                    "PyArrow": lambda: answer_by_pyarrow(layout, found),
                }
                for engine in random.sample(list(calls), len(calls)):
                    start = time.perf_counter()
                    reply = calls[engine]()
                    spent = reply["wall_ns"] / 1e6 if engine == "Benchbook" else (time.perf_counter() - start) * 1e3
                    if round_number > 0:  # the first one warms up
                        times.setdefault((name, query, engine), []).append(spent)
        worker.close()

    made, failed = checks.table()
    print(f"\n{options.rows:,} rows, {options.threads} threads: {made} checks, {failed} disagree")
    if times:
        engines = ["Benchbook", "DuckDB", "Polars", "PyArrow"]
        print(f"\nMedian of {options.rounds}, in ms\n\n| layout | query | " + " | ".join(engines) + " |")
        print("|---|---|" + "--:|" * len(engines))
        for name, query in jobs:
            cells = (f"{statistics.median(times[name, query, engine]):.2f}" for engine in engines)
            print(f"| {name} | {query} | " + " | ".join(cells) + " |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
