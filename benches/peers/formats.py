#!/usr/bin/env python3
"""Benchbook's readers beside Polars, DuckDB, PyArrow and fastavro on the same files.

    python3 benches/peers/formats.py --benchbook target/release/benchbook [--rows 300000] [--rounds 15] [--threads 2]

For every format and query: each engine is a process of its own that speaks the worker protocol (PROTOCOL.md); Benchbook's
writes the file, and all others read that file. After a warm-up every round asks each engine once, in a random order, so
that drift hits all alike. What is printed is the median in milliseconds, and ours against the best of the others. The page
cache is warm. An engine that has no reader for a format, or that is not installed, is a dash.

Everybody does the same work: what is read is added up (see experiments/row-vs-columnar/src/answer.rs); fastavro, whose
rows are Python dictionaries, only counts them. Types are given to all readers of text.
"""

import argparse
import datetime
import random
import sys
import tempfile
from pathlib import Path

from worker import HELPER, ROOT, Worker, arguments, not_measured, race, serve, warm

EXPERIMENT = ROOT / "experiments" / "row-vs-columnar"
sys.path[:0] = [str(EXPERIMENT), str(HELPER)]

VARIANTS = {
    "csv": {"format": "csv"},
    "csv-zst": {"format": "csv", "codec": "zstd", "level": "3"},
    "jsonl": {"format": "jsonl"},
    "avro-deflate": {"format": "avro", "codec": "deflate", "level": "6"},
    "avro-zstd": {"format": "avro", "codec": "zstd", "level": "3"},
    "parquet-snappy": {"format": "parquet", "codec": "snappy", "row_group_rows": "122880"},
    "parquet-zstd3": {"format": "parquet", "codec": "zstd", "level": "3", "row_group_rows": "122880"},
    "ipc-none": {"format": "ipc", "codec": "none"},
    "ipc-lz4": {"format": "ipc", "codec": "lz4"},
}
QUERIES = ["read-all", "one-column", "filter-sorted", "group-by", "lookup"]
PEERS = ["polars", "duckdb", "pyarrow", "fastavro"]
FILTER, KEY, GROUP, MEASURE = "time", "id", "category", "price"
NEEDED = {"one-column": [MEASURE], "filter-sorted": [FILTER, MEASURE], "group-by": [GROUP, MEASURE]}


# --- The table ----------------------------------------------------------------------------------------------------------


def make_table(path, rows):
    """A log of purchases: ids, a rising time, categories, short texts with nulls, and many float features."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(7)
    words = np.array("good bad fast slow nice item arrived late broken love it would buy again cheap quality".split())
    kinds = np.array("books toys garden food music sport home auto baby games shoes office".split())
    micros = np.sort(rng.integers(0, 366 * 86_400 * 10**6, rows))
    table = pl.DataFrame({
        KEY: np.arange(rows, dtype="i8") * 3 + 10_000_000,
        FILTER: np.datetime64("2024-01-01T00:00:00", "us") + micros.astype("timedelta64[us]"),
        "user": (rng.zipf(1.3, rows) % 500_000).astype("i8"),
        "item": (rng.zipf(1.2, rows) % 80_000).astype("i4"),
        MEASURE: np.round(rng.lognormal(3, 1, rows), 2),
        "quantity": rng.integers(1, 9, rows).astype("i4"),
        GROUP: kinds[rng.integers(0, len(kinds), rows)],
        "review": [" ".join(words[rng.integers(0, 16, 6)]) if keep else None for keep in rng.random(rows) < 0.5],
        "returned": rng.random(rows) < 0.1,
        **{f"feature_{i}": rng.normal(size=rows).astype("f4") for i in range(20)},
        **{f"sparse_{i}": np.where(rng.random(rows) < 0.97, 0, rng.normal(size=rows)).astype("f4") for i in range(8)},
    })
    table.write_ipc(path)


def task(variant, query, scratch, table, threads):
    return {
        "experiment": "row-vs-columnar",
        "variant": variant,
        "params": VARIANTS[variant],
        "point": {"workload": query, "cache": "warm"},
        "seed": 7,
        "threads": threads,
        "scratch": str(scratch),
        "table": str(table),
        "columns": {"filter": FILTER, "key": KEY, "group": GROUP, "measure": MEASURE},
    }


# --- The other engines, each in a process of its own ----------------------------------------------------------------------


def engine(peer):
    """What prepares an engine's case."""
    from table_queries import Case

    def prepare(request):
        file, query = request["params"]["file"], request["point"]["workload"]
        case = Case({**request, "params": {"source": "parquet-zstd3", "format": "parquet"}})
        work = globals()[f"prepare_{peer}"](case, file, request["table"], query)
        return work and {"work": lambda: {"rows": work()}}

    return prepare


def prepare_polars(case, file, table, query):
    import polars as pl

    schema = dict(pl.read_ipc_schema(table))
    if file.endswith((".csv", ".csv.zst")):
        scan = lambda: pl.scan_csv(file, schema=schema)
    elif file.endswith(".jsonl"):
        scan = lambda: pl.scan_ndjson(file, schema=schema)
    elif file.endswith(".parquet"):
        scan = lambda: pl.scan_parquet(file)
    elif file.endswith(".arrow"):
        scan = lambda: pl.scan_ipc(file)
    elif "deflate" in file:
        scan = lambda: pl.read_avro(file, columns=NEEDED.get(query)).lazy()
    else:
        return None
    texts = [c["name"] for c in case.columns if c["kind"] == "text"]
    numbers = [c["name"] for c in case.columns if c["kind"] == "number"]
    add_up = [pl.col(texts).str.len_bytes().sum(), pl.col(numbers).cast(pl.Float64).abs().sum()]
    measure = pl.col(MEASURE)
    run = lambda query: query.collect(engine="streaming")

    def load(query, sums):
        frame = run(query)
        frame.select(sums)
        return frame.height

    if query == "read-all":
        return lambda: load(scan(), add_up)
    if query == "one-column":
        return lambda: load(scan().select(measure), measure.abs().sum())
    if query == "filter-sorted":
        limits = case.get("filter")
        low, high = (pl.Series([limits[end]]).cast(schema[FILTER])[0] for end in ("low", "high"))
        wanted = pl.col(FILTER).is_between(low, high)
        return lambda: run(scan().filter(wanted).select(pl.len().alias("n"), measure.sum()))["n"][0]
    if query == "group-by":
        return lambda: run(scan().group_by(GROUP).agg(pl.len(), measure.sum())).height
    key = case.get("lookup")["key"]
    return lambda: run(scan().filter(pl.col(KEY) == key)).height


def prepare_duckdb(case, file, table, query):
    import duckdb
    from arrow_weights import Weigher  # a whole table is handed over as Arrow
    from duckdb_lane import literal, name, text

    con = duckdb.connect()
    con.execute(f"SET threads = {case.threads}")
    con.execute("SET enable_external_file_cache = false")
    types = ", ".join(f"{text(column)}: {text(sql)}" for column, sql in sql_types(table).items())
    if file.endswith((".csv", ".csv.zst")):
        how = f"columns = {{{types}}}, header = true, auto_detect = false"
        source = f"read_csv({text(file)}, {how}, compression = '{'zstd' if file.endswith('.zst') else 'none'}')"
    elif file.endswith(".jsonl"):
        source = f"read_json({text(file)}, columns = {{{types}}}, format = 'newline_delimited')"
    elif file.endswith(".parquet"):
        source = f"read_parquet({text(file)})"
    else:
        return None
    first = lambda sql: lambda: con.execute(sql).fetchone()[0]
    count = lambda sql: lambda: len(con.execute(sql).fetchall())
    if query == "read-all":
        weigher = Weigher(case)
        return lambda: weigher.fold(con.sql(f"SELECT * FROM {source}").to_arrow_table())["rows"]
    if query == "one-column":
        return first(f"SELECT count(*), sum(abs({name(MEASURE)})) FROM {source}")
    if query == "filter-sorted":
        low, high = (literal("us", case.get("filter")[end]) for end in ("low", "high"))
        inside = f"{name(FILTER)} BETWEEN {low} AND {high}"
        return first(f"SELECT count(*), sum({name(MEASURE)}) FROM {source} WHERE {inside}")
    if query == "group-by":
        return count(f"SELECT count(*), sum({name(MEASURE)}) FROM {source} GROUP BY {name(GROUP)}")
    return count(f"SELECT * FROM {source} WHERE {name(KEY)} = {case.get('lookup')['key']}")


def sql_types(table):
    import polars as pl

    kinds = {"Int64": "BIGINT", "Int32": "INTEGER", "Float64": "DOUBLE", "Float32": "FLOAT", "Boolean": "BOOLEAN", "String": "VARCHAR"}
    return {name: kinds.get(str(dtype), "TIMESTAMP") for name, dtype in pl.read_ipc_schema(table).items()}


def prepare_pyarrow(case, file, table, query):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet
    from arrow_weights import Weigher

    if file.endswith(".avro"):
        return None
    pa.set_cpu_count(case.threads)
    with pa.memory_map(table) as mapped:
        schema = pa.ipc.open_file(mapped).schema
    schema = pa.schema([(f.name, pa.string() if "string" in str(f.type) else f.type) for f in schema])
    limits = case.get("filter")
    low, high = (pa.scalar(limits[end], schema.field(FILTER).type) for end in ("low", "high"))
    inside = (pc.field(FILTER) >= low) & (pc.field(FILTER) <= high)
    key = pc.field(KEY) == case.get("lookup")["key"]

    def read(columns=None, filters=None):
        if file.endswith(".parquet"):
            return pa.parquet.read_table(file, columns=columns, filters=filters)
        if file.endswith((".csv", ".csv.zst")):
            options = pa.csv.ConvertOptions(column_types=schema, include_columns=columns, strings_can_be_null=True)
            source = pa.input_stream(file, compression="zstd") if file.endswith(".zst") else file
            found = pa.csv.read_csv(source, convert_options=options)
        elif file.endswith(".jsonl"):
            wanted = pa.schema([schema.field(c) for c in columns]) if columns else schema
            options = pa.json.ParseOptions(explicit_schema=wanted, unexpected_field_behavior="ignore")
            found = pa.json.read_json(file, parse_options=options)
        else:
            found = pa.ipc.open_file(pa.memory_map(file)).read_all()
            found = found.select(columns) if columns else found
        return found.filter(filters) if filters is not None else found

    weigher = Weigher(case)
    if query == "read-all":
        return lambda: weigher.fold(read())["rows"]
    if query == "one-column":
        return lambda: weigher.fold(read([MEASURE]))["rows"]
    if query == "filter-sorted":
        return lambda: weigher.fold(read([FILTER, MEASURE], inside))["rows"]
    if query == "group-by":
        return lambda: read([GROUP, MEASURE]).group_by(GROUP).aggregate([(MEASURE, "sum")]).num_rows
    if file.endswith(".arrow"):
        # Arrow's filter does not take views yet, as which Polars writes texts; a row can be cut out all the same.
        value = case.get("lookup")["key"]

        def look_up():
            found = read()
            row = pc.index(found.column(KEY), value).as_py()
            return weigher.fold(found.slice(row, 1))["rows"]

        return look_up
    return lambda: weigher.fold(read(None, key))["rows"]


def prepare_fastavro(case, file, table, query):
    import fastavro

    if not file.endswith(".avro"):
        return None
    if "zstd" in file:
        import zstandard  # noqa: F401  (fastavro's decoder for it)

    def rows():
        with open(file, "rb") as opened:
            yield from fastavro.reader(opened)

    if query == "read-all":
        return lambda: sum(1 for _ in rows())
    if query == "one-column":
        return lambda: len([row[MEASURE] for row in rows()])
    if query == "filter-sorted":
        epoch = datetime.datetime(1970, 1, 1)
        low, high = (epoch + datetime.timedelta(microseconds=case.get("filter")[end]) for end in ("low", "high"))
        return lambda: sum(1 for row in rows() if low <= row[FILTER].replace(tzinfo=None) <= high)
    if query == "group-by":
        def work():
            sums = {}
            for row in rows():
                sums[row[GROUP]] = sums.get(row[GROUP], 0.0) + (row[MEASURE] or 0.0)
            return len(sums)

        return work
    key = case.get("lookup")["key"]
    return lambda: sum(1 for row in rows() if row[KEY] == key)


# --- The measurement ----------------------------------------------------------------------------------------------------


def measure(variant, query, scratch, table, options):
    """Median milliseconds by engine, and why an engine is missing."""
    request = task(variant, query, scratch, table, options.threads)
    ours = Worker([options.benchbook, "worker"], options.threads, quiet=True)
    ready = ours.prepare(f"{variant} {query}", request)
    workers, missing = {"benchbook": ours}, {}
    for peer in PEERS:
        worker = Worker([sys.executable, __file__, "--serve", peer], options.threads, quiet=True)
        reply = worker.ask(op="prepare", task={**request, "params": {"file": ready["files"][0]}})
        if reply["reply"] == "prepared":
            workers[peer] = worker
        else:
            missing[peer] = reply["reason"]
            worker.close()
    answers = {}
    for engine in list(workers):
        reply = warm(workers[engine])
        if reply["reply"] == "ran":
            answers[engine] = reply["answer"]["rows"]
        else:
            missing[engine] = reply["reason"]
            workers.pop(engine).close()
    if len(set(answers.values())) != 1:
        sys.exit(f"{variant} {query}: the engines disagree on the rows: {answers}")
    return race(workers, options.rounds), missing


def main():
    parser = arguments(__doc__, rounds=15)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--formats", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--queries", nargs="*", default=QUERIES, choices=QUERIES)
    parser.add_argument("--serve", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve(engine(options.serve), "it does not read this format")

    random.seed(7)
    reasons = {}
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "table.arrow"
        make_table(table, options.rows)
        # The lanes' helper (table_queries.py) wants to see the files of a run.
        first = Worker([options.benchbook, "worker"], options.threads)
        for query in QUERIES:
            first.ask(op="prepare", task=task("parquet-zstd3", query, scratch, table, options.threads))
        first.close()
        print(f"{options.rows:,} rows, {options.threads} threads, page cache warm; median of {options.rounds}, in ms\n")
        print("| format | query | Benchbook | " + " | ".join(PEERS) + " | ours ÷ best other |")
        print("|---|---|--:|" + "--:|" * (len(PEERS) + 1))
        for variant in options.formats:
            for query in options.queries:
                medians, missing = measure(variant, query, scratch, table, options)
                reasons.update({f"{engine}, {variant}": why for engine, why in missing.items()})
                others = [medians[peer] for peer in PEERS if peer in medians]
                cells = [f"{medians[peer]:.2f}" if peer in medians else "–" for peer in PEERS]
                ratio = f"{medians['benchbook'] / min(others):.2f}" if others else "–"
                print(f"| {variant} | {query} | {medians['benchbook']:.2f} | {' | '.join(cells)} | {ratio} |", flush=True)
    not_measured(reasons)
    return None


if __name__ == "__main__":
    main()
