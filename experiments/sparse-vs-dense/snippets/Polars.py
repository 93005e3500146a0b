{%- set zeros = [] -%}
{%- for purpose, name in columns %}{% if purpose is starting_with("zeros") %}{% set_global zeros = zeros | concat(with=name) %}{% endif %}{% endfor -%}
{%- if zeros | length > 0 -%}
import polars as pl

{% if input_format == "parquet" -%}
table = pl.scan_parquet({{ input | py }})
{%- elif input_format == "arrow" -%}
table = pl.scan_ipc({{ input | py }})
{%- elif input_format == "arrows" -%}
table = pl.read_ipc_stream({{ input | py }}).lazy()
{%- elif input_format == "avro" -%}
table = pl.read_avro({{ input | py }}).lazy()
{%- elif input_format is starting_with("jsonl") -%}
table = pl.scan_ndjson({{ input | py }})
{%- elif input_format == "tsv" -%}
table = pl.scan_csv({{ input | py }}, separator="\t")
{%- else -%}
table = pl.scan_csv({{ input | py }})
{%- endif %}
mostly_zero = [
{%- for name in zeros %}
    {{ name | py }},
{%- endfor %}
]

# Row, column and value of every entry that is neither zero nor missing.
(
    table.with_row_index("row")
    .unpivot(mostly_zero, index="row", variable_name="column", value_name="value")
    .filter(pl.col("value") != 0)
    .sink_parquet({{ output | py }}, compression="zstd")
)
{%- endif %}
