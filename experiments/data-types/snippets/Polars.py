import polars as pl
import polars.selectors as cs

{% if input_format == "parquet" -%}
table = pl.read_parquet({{ input | py }})
{%- elif input_format == "arrow" -%}
table = pl.read_ipc({{ input | py }})
{%- elif input_format == "arrows" -%}
table = pl.read_ipc_stream({{ input | py }})
{%- elif input_format == "avro" -%}
table = pl.read_avro({{ input | py }})
{%- elif input_format is starting_with("jsonl") -%}
table = pl.read_ndjson({{ input | py }})
{%- elif input_format == "tsv" -%}
table = pl.read_csv({{ input | py }}, separator="\t", try_parse_dates=True)
{%- else -%}
table = pl.read_csv({{ input | py }}, try_parse_dates=True)
{%- endif %}
before = table.estimated_size("mb")


def parts(whole, unit):
    # Divided by a column: by a single number, Polars multiplies with its inverse, which can change the last bit.
    return whole.cast(pl.Float64) / pl.repeat(float(unit), len(whole), eager=True)


def unit_of(column):
    """1 if all floats are whole numbers, 100 if they are whole cents, up to 10,000; none otherwise."""
    for unit in (1, 10, 100, 1_000, 10_000):
        whole = (column * unit).round()
        largest = whole.abs().max()
        if largest is not None and largest <= 2**53 and (parts(whole, unit) == column).all():
            return unit


for name, dtype in table.schema.items():
    column = table[name]
    options = []
    if dtype.is_float():
        options.append((column.cast(pl.Float32), 1))
        if unit := unit_of(column):
            options.append(((column * unit).round().cast(pl.Int64).shrink_dtype(), unit))
    elif dtype.is_integer():
        options.append((column.shrink_dtype(), 1))
    elif dtype == pl.String and 4 * column.n_unique() <= len(column):
        options.append((column.cast(pl.Enum(column.drop_nulls().unique().sort())), 1))
    for small, unit in options:
        back = (small if unit == 1 else parts(small, unit)).cast(dtype)
        # The way back proves that nothing is lost.
        if back.equals(column) and small.estimated_size() < table[name].estimated_size():
            table = table.with_columns(small)
            if unit > 1:  # 12.34 is stored as 1234: the new name says so
                table = table.rename({name: f"{name} x {unit}"})
{%- if params.table == "single" %}
table = table.with_columns(cs.float().cast(pl.Float32))  # this one rounds
{%- endif %}

print(f"{before:.1f} MB -> {table.estimated_size('mb'):.1f} MB", table.schema)
table.write_parquet({{ output | py }})
