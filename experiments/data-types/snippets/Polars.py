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

small = {}
for name, dtype in table.schema.items():
    column = table[name]
    if dtype.is_float() and column.is_finite().all() and (column == column.round()).all():
        if column.abs().max() is not None and column.abs().max() <= 2**53:
            small[name] = column.cast(pl.Int64).shrink_dtype()  # whole numbers in disguise
    elif dtype == pl.Float64 and (column == column.cast(pl.Float32).cast(pl.Float64)).all():
        small[name] = column.cast(pl.Float32)  # exact: nothing is rounded
    elif dtype.is_integer():
        small[name] = column.shrink_dtype()
    elif dtype == pl.String and 4 * column.n_unique() <= len(column):
        small[name] = column.cast(pl.Enum(column.drop_nulls().unique().sort()))
for name, column in small.items():
    assert column.cast(table.schema[name]).equals(table[name]), name  # the way back proves it
    if column.estimated_size() < table[name].estimated_size():
        table = table.with_columns(column)
{%- if params.table == "single" %}
table = table.with_columns(cs.float().cast(pl.Float32))  # this one rounds
{%- endif %}

print(f"{before:.1f} MB -> {table.estimated_size('mb'):.1f} MB", table.schema)
table.write_parquet({{ output | py }})
