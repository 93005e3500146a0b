"""The weights of an Arrow table's columns, computed on as many threads as the task allows."""

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.compute as pc


class Weigher:
    """Folds Arrow tables into answers."""

    def __init__(self, case):
        self.case = case
        self.pool = ThreadPoolExecutor(case.threads)  # Arrow's kernels let go of the interpreter's lock

    def fold(self, table):
        """The answer for a table with all or some of the columns."""
        names = table.column_names
        weights = self.pool.map(lambda name: weigh(self.case.column(name)["kind"], table.column(name)), names)
        return self.case.fold(table.num_rows, names, weights)


def weigh(kind, column):
    """(missing, total) of a column."""
    if kind == "text":
        # Arrow's kernels do not take views yet, as which Polars writes texts.
        values = pc.binary_length(pc.cast(column, pa.large_string()) if column.type == pa.string_view() else column)
    elif kind == "bool":
        values = column
    elif kind == "date":
        values = pc.abs(pc.cast(column, pa.int32()))
    elif kind in ("ms", "us", "ns"):
        values = pc.cast(pc.cast(column, pa.timestamp(kind), safe=False), pa.int64())
        values = pc.abs(pc.cast(values, pa.float64(), safe=False))
    elif pa.types.is_floating(column.type):
        values = pc.abs(column)
    else:
        values = pc.abs(pc.cast(column, pa.float64(), safe=False))
    return column.null_count, float(pc.sum(values).as_py() or 0)
