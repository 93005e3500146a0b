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
table = pl.scan_csv({{ input | py }}, separator="\t", try_parse_dates=True)
{%- else -%}
table = pl.scan_csv({{ input | py }}, try_parse_dates=True)
{%- endif %}

{% if params.format == "parquet" -%}
table.sink_parquet(
    {{ output | py }},
    compression={% if params.codec == "none" %}"uncompressed"{% else %}{{ params.codec | py }}{% endif %},
{%- if params.level %}
    compression_level={{ params.level }},
{%- endif %}
    row_group_size={{ params.row_group_rows }},
)
{%- else -%}
table.sink_ipc({{ output | py }}, compression={% if params.codec == "none" %}"uncompressed"{% else %}{{ params.codec | py }}{% endif %})
{%- endif %}
