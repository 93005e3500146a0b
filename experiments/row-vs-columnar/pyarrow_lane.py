"""The workloads of this chapter in PyArrow, on the Parquet file that Polars wrote."""

import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

import benchbook_worker
from arrow_weights import Weigher
from table_queries import Case

LINEITEM = ["l_returnflag", "l_linestatus", "l_quantity", "l_extendedprice", "l_discount", "l_tax", "l_shipdate"]


def number(name):
    return pc.field(name).cast(pa.float64())


def day(schema, year, month, dayofmonth):
    return pa.scalar(datetime.date(year, month, dayofmonth)).cast(schema.field("l_shipdate").type)


def constant(schema, name, value):
    """A constant of the column's own type, so that the file's statistics can be compared with it."""
    kind = schema.field(name).type
    if pa.types.is_floating(kind):
        return pa.scalar(float(value), pa.float64()).cast(kind)
    return pa.scalar(value, kind)


def total(column):
    return pc.sum(pc.cast(column, pa.float64(), safe=False)).as_py()


def prepare(task):
    case = Case(task)
    pa.set_cpu_count(case.threads)
    pa.set_io_thread_count(max(2, case.threads))
    path, workload = case.path, case.workload
    schema = pq.read_schema(path)
    weigher = Weigher(case)
    settings = {"pyarrow": pa.__version__, "engine": "PyArrow"}

    def load(names):
        def work():
            return weigher.fold(pq.read_table(path, columns=names))

        return case.prepared(work, names, settings)

    if workload == "read-all":
        return load(case.names)
    if workload == "one-column":
        return load([case.queries["one"]])
    if workload == "tenth-columns":
        return load(case.queries["tenth"])
    if workload == "lookup":
        lookup = case.get("lookup")
        wanted = pc.field(lookup["column"]) == constant(schema, lookup["column"], lookup["key"])

        def look_up():
            return weigher.fold(pq.read_table(path, filters=wanted))

        return case.prepared(look_up, case.names, settings)
    if workload.startswith("filter"):
        limits, measure = case.get("filter"), case.get("measure")
        field = pc.field(limits["column"])
        inside = (field >= constant(schema, limits["column"], limits["low"])) & (
            field <= constant(schema, limits["column"], limits["high"])
        )
        whole = workload.endswith("-whole")

        def filtered():
            if whole:
                table = pq.read_table(path).filter(inside)
            else:
                table = pq.read_table(path, columns=[measure], filters=inside)
            return {"rows": table.num_rows, "values": [case.signed(measure, total(table.column(measure)))]}

        return case.prepared(filtered, [limits["column"], measure], settings)
    if workload == "group-by":
        group, measure = case.get("group"), case.get("measure")

        def grouped():
            table = pq.read_table(path, columns=[group, measure])
            keys = pa.table([table.column(group), pc.cast(table.column(measure), pa.float64(), safe=False)], ["g", "m"])
            found = keys.group_by("g").aggregate([([], "count_all"), ("m", "sum")])
            return case.groups(measure, found["count_all"].to_pylist(), found["m_sum"].to_pylist())

        return case.prepared(grouped, [group, measure], settings)
    if workload == "tpch-q1":
        case.needs(LINEITEM)
        return case.prepared(q1(path, schema), LINEITEM, settings)
    if workload == "tpch-q6":
        case.needs(LINEITEM)
        return case.prepared(q6(path, schema), LINEITEM, settings)
    raise benchbook_worker.Skip(f"PyArrow has no lane for the workload {workload}")


def q1(path, schema):
    discounted = number("l_extendedprice") * (pc.scalar(1.0) - number("l_discount"))
    columns = {
        "flag": pc.field("l_returnflag"),
        "status": pc.field("l_linestatus"),
        "quantity": number("l_quantity"),
        "base": number("l_extendedprice"),
        "discounted": discounted,
        "charge": discounted * (pc.scalar(1.0) + number("l_tax")),
    }
    sums = ["quantity", "base", "discounted", "charge"]

    def work():
        before = pc.field("l_shipdate") <= day(schema, 1998, 9, 2)
        table = ds.dataset(path).to_table(columns=columns, filter=before)
        found = table.group_by(["flag", "status"]).aggregate([(name, "sum") for name in sums] + [([], "count_all")])
        found = found.sort_by([("flag", "ascending"), ("status", "ascending")])
        rows = zip(*(found[f"{name}_sum"].to_pylist() for name in sums), found["count_all"].to_pylist())
        return {"rows": found.num_rows, "values": [float(value) for row in rows for value in row]}

    return work


def q6(path, schema):
    def work():
        inside = (
            (pc.field("l_shipdate") >= day(schema, 1994, 1, 1))
            & (pc.field("l_shipdate") < day(schema, 1995, 1, 1))
            & (number("l_discount") >= 0.045)
            & (number("l_discount") <= 0.075)
            & (number("l_quantity") < 24.0)
        )
        columns = {"revenue": number("l_extendedprice") * number("l_discount")}
        table = ds.dataset(path).to_table(columns=columns, filter=inside)
        return {"rows": 1, "values": [total(table.column("revenue")) or 0.0]}

    return work


if __name__ == "__main__":
    benchbook_worker.run(prepare)
