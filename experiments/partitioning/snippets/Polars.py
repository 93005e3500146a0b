{% set folders = params.folders | default(value="") -%}
{% set order = params.order | default(value="as-is") -%}
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
{% if order == "time" %}
table = table.sort({{ columns.time | py }}, maintain_order=True)
{%- elif order == "cluster" %}
table = table.sort({{ columns.cluster | py }}, maintain_order=True)
{%- elif order == "z" %}
# The bits of both ranks take turns: rows that are close in both columns come together.
a = pl.col({{ columns.time | py }}).rank("min") * 65535 // pl.len()
b = pl.col({{ columns.cluster | py }}).rank("min") * 65535 // pl.len()
a, b = a.fill_null(65535).cast(pl.Int64), b.fill_null(65535).cast(pl.Int64)
place = pl.sum_horizontal([(a // 2**i % 2) * 2 ** (2 * i + 1) + (b // 2**i % 2) * 4**i for i in range(16)])
table = table.sort(place, maintain_order=True)
{%- endif %}
{% if folders == "" -%}
table.sink_parquet({{ output | py }}, compression="zstd", row_group_size={{ params.row_group_rows }})
{%- else -%}
keys = {
{%- if folders is containing("month") %}"month": pl.col({{ columns.time | py }}).dt.strftime("%Y-%m"){% endif -%}
{%- if folders is containing("day") %}"day": pl.col({{ columns.time | py }}).dt.strftime("%Y-%m-%d"){% endif -%}
{%- if folders is containing("category") %}, {{ columns.category | py }}: pl.col({{ columns.category | py }}){% endif -%}
}
table.sink_parquet(
    pl.PartitionBy({{ output | py }}, key=keys, include_key=False, approximate_bytes_per_file=2**40),
    compression="zstd",
    row_group_size={{ params.row_group_rows }},
    mkdir=True,
)
{%- endif %}
