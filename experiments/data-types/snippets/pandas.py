import pandas as pd

{% if input_format == "parquet" -%}
table = pd.read_parquet({{ input | py }})
{%- elif input_format is starting_with("arrow") or input_format == "avro" -%}
import polars as pl

table = pl.{% if input_format == "avro" %}read_avro{% elif input_format == "arrows" %}read_ipc_stream{% else %}read_ipc{% endif %}({{ input | py }}).to_pandas()
{%- elif input_format is starting_with("jsonl") -%}
table = pd.read_json({{ input | py }}, lines=True)
{%- elif input_format == "tsv" -%}
table = pd.read_csv({{ input | py }}, sep="\t")
{%- else -%}
table = pd.read_csv({{ input | py }})
{%- endif %}
before = table.memory_usage(deep=True).sum()

for name in list(table.columns):
    column = table[name]
    if pd.api.types.is_integer_dtype(column):
        small = pd.to_numeric(column, downcast="integer")
    elif pd.api.types.is_float_dtype(column):
        # `downcast="float"` would round; this one takes only what loses nothing.
        small = column.astype("float32")
        for unit in (10, 100, 1_000, 10_000):
            whole = (column * unit).round()
            if whole.abs().max() < 2**31 and (whole / unit).equals(column) and not small.astype(column.dtype).equals(column):
                # 12.34 is stored as 1234: the new name says so. `Int32` with a capital knows missing values.
                table = table.drop(columns=name).assign(**{f"{name} x {unit}": whole.astype("Int32")})
                break
        if name not in table.columns:
            continue
    elif pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column):
        small = column.astype("category") if 4 * column.nunique() <= len(column) else column
    else:
        continue
    if small.astype(column.dtype).equals(column){% if params.table == "single" %} or pd.api.types.is_float_dtype(column){% endif %}:
        table[name] = small

print(f"{before / 2**20:.1f} MB -> {table.memory_usage(deep=True).sum() / 2**20:.1f} MB")
table.to_parquet({{ output | py }})
