"""The workloads of this chapter in DuckDB, on the files that Polars wrote."""

import datetime

import duckdb

import benchbook_worker
from table_queries import Case

EPOCH = datetime.datetime(1970, 1, 1)
LINEITEM = ["l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax", "l_shipdate"]
Q1 = """
    SELECT sum(l_quantity::DOUBLE), sum(l_extendedprice::DOUBLE),
        sum(l_extendedprice::DOUBLE * (1 - l_discount::DOUBLE)),
        sum(l_extendedprice::DOUBLE * (1 - l_discount::DOUBLE) * (1 + l_tax::DOUBLE)), count(*)::DOUBLE
    FROM {table} WHERE l_shipdate <= DATE '1998-09-02'
    GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus
"""
Q6 = """
    SELECT sum(l_extendedprice::DOUBLE * l_discount::DOUBLE) FROM {table}
    WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
        AND l_discount::DOUBLE BETWEEN 0.045 AND 0.075 AND l_quantity < 24
"""

TYPES = {
    "i8": "TINYINT", "i16": "SMALLINT", "i32": "INTEGER", "i64": "BIGINT",
    "u8": "UTINYINT", "u16": "USMALLINT", "u32": "UINTEGER", "u64": "UBIGINT",
    "f32": "FLOAT", "f64": "DOUBLE", "bool": "BOOLEAN", "str": "VARCHAR", "date": "DATE",
}  # fmt: skip


def name(text):
    return '"' + text.replace('"', '""') + '"'


def text(value):
    return "'" + value.replace("'", "''") + "'"


def literal(kind, value):
    """A constant of the column's own type, so that the file's statistics can be compared with it."""
    if kind == "text":
        return text(value)
    if kind == "date":
        return f"(DATE '1970-01-01' + {value})"
    if kind in ("ms", "us"):
        return f"make_timestamp({value * 1000 if kind == 'ms' else value})"
    if kind == "ns":
        return f"make_timestamp_ns({value})"
    return f"{value!r}::DOUBLE" if isinstance(value, float) else str(value)


def table_function(case):
    """The file as a table. Types are given where the file has none, so nothing is guessed."""
    file = text(case.path)
    if case.format == "parquet":
        return f"read_parquet({file})"
    columns = ", ".join(f"{text(column['name'])}: {text(sql_type(column))}" for column in case.columns)
    if case.format == "jsonl":
        return f"read_json({file}, columns = {{{columns}}}, format = 'newline_delimited')"
    # An empty field is missing, a quoted empty one is an empty text.
    dialect = """header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false"""
    return f"read_csv({file}, columns = {{{columns}}}, {dialect})"


def sql_type(column):
    dtype = column["dtype"]
    if dtype.startswith("decimal"):
        return dtype.replace("[", "(").replace("]", ")")
    if column["kind"] in ("ms", "us"):
        return "TIMESTAMP"
    return "TIMESTAMP_NS" if column["kind"] == "ns" else TYPES[dtype]


def weight(column):
    """The weight of a column in SQL."""
    this = name(column["name"])
    inner = {
        "bool": f"{this}::INT",
        "text": f"strlen({this})",
        "date": f"abs(({this} - DATE '1970-01-01')::DOUBLE)",
        "ms": f"abs(epoch_ms({this})::DOUBLE)",
        "us": f"abs(epoch_us({this})::DOUBLE)",
        "ns": f"abs(epoch_ns({this})::DOUBLE)",
    }.get(column["kind"], f"abs({this}::DOUBLE)")
    return f"sum({inner})::DOUBLE"


def magnitude(kind, value):
    """The weight of a single value in Python."""
    if kind == "text":
        return len(value.encode())
    if kind == "date":
        return abs((value - EPOCH.date()).days)
    if kind in ("ms", "us", "ns"):
        micros = (value - EPOCH) // datetime.timedelta(microseconds=1)
        return abs(micros) * {"ms": 1e-3, "us": 1.0, "ns": 1e3}[kind]
    return abs(float(value))


def prepare(task):
    case = Case(task)
    con = duckdb.connect()
    con.execute(f"SET threads = {case.threads}")
    # Its own cache of file contents would make a cold read warm, and keep what the other variants must fetch again.
    con.execute("SET enable_external_file_cache = false")
    table = table_function(case)
    settings = {"duckdb": duckdb.__version__, "engine": "DuckDB", "file cache": "the page cache alone"}
    if case.format != "parquet":
        settings["schema"] = "given"

    def one(sql):
        return con.execute(sql).fetchone()

    def add_up(names):
        parts = [f"count(*) - count({name(n)}), {weight(case.column(n))}" for n in names]
        sql = f"SELECT count(*), {', '.join(parts)} FROM {table}"

        def work():
            rows, *weights = one(sql)
            return case.fold(rows, names, zip(weights[::2], weights[1::2]))

        return case.prepared(work, names, settings)

    workload = case.workload
    if workload == "read-all":
        return read_all(case, con, table, settings)
    if workload == "one-column":
        return add_up([case.queries["one"]])
    if workload == "tenth-columns":
        return add_up(case.queries["tenth"])
    if workload == "lookup":
        lookup = case.get("lookup")
        key = literal(case.column(lookup["column"])["kind"], lookup["key"])
        sql = f"SELECT * FROM {table} WHERE {name(lookup['column'])} = {key}"

        def look_up():
            found = con.execute(sql).fetchall()
            weights = []
            for column, values in zip(case.columns, zip(*found)):
                present = [value for value in values if value is not None]
                weights.append((len(values) - len(present), sum(magnitude(column["kind"], v) for v in present)))
            return case.fold(len(found), case.names, weights)

        return case.prepared(look_up, case.names, settings)
    if workload in ("filter-sorted", "filter-unsorted"):
        limits, measure = case.get("filter"), case.get("measure")
        kind = case.column(limits["column"])["kind"]
        low, high = literal(kind, limits["low"]), literal(kind, limits["high"])
        sql = (
            f"SELECT count(*), sum({name(measure)}::DOUBLE) FROM {table}"
            f" WHERE {name(limits['column'])} BETWEEN {low} AND {high}"
        )

        def filtered():
            rows, total = one(sql)
            return {"rows": rows, "values": [case.signed(measure, total)]}

        return case.prepared(filtered, [limits["column"], measure], settings)
    if workload == "group-by":
        group, measure = case.get("group"), case.get("measure")
        sql = f"SELECT count(*), sum({name(measure)}::DOUBLE) FROM {table} GROUP BY {name(group)}"

        def grouped():
            counts, sums = zip(*con.execute(sql).fetchall())
            return case.groups(measure, counts, sums)

        return case.prepared(grouped, [group, measure], settings)
    if workload in ("tpch-q1", "tpch-q6"):
        case.needs(LINEITEM)
        sql = (Q1 if workload == "tpch-q1" else Q6).format(table=table)

        def tpch():
            found = con.execute(sql).fetchall()
            return {"rows": len(found), "values": [value for row in found for value in row]}

        return case.prepared(tpch, LINEITEM, settings)
    raise benchbook_worker.Skip(f"DuckDB has no lane for the workload {workload}")


def read_all(case, con, table, settings):
    """The whole table in memory. DuckDB hands it over as Arrow, which is quicker than a table of its own."""
    try:
        from arrow_weights import Weigher
    except ImportError:
        raise benchbook_worker.Skip("DuckDB hands a whole table over as Arrow, which needs pyarrow") from None
    weigher = Weigher(case)

    def work():
        return weigher.fold(con.sql(f"SELECT * FROM {table}").to_arrow_table())

    return case.prepared(work, case.names, {**settings, "handed over as": "Arrow"})


if __name__ == "__main__":
    benchbook_worker.run(prepare)
