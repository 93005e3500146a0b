{% set folders = params.folders | default(value="") -%}
{% set order = params.order | default(value="as-is") -%}
{% if order != "z" -%}
{%- if input_format == "parquet" or input_format == "arrow" -%}
import pyarrow as pa
{% endif -%}
{%- if folders != "" -%}
import pyarrow.compute as pc
{% endif -%}
import pyarrow.dataset as ds
{%- if folders == "" %}
import pyarrow.parquet as pq
{%- endif %}
{% if input_format is starting_with("jsonl") -%}
import pyarrow.json

table = pyarrow.json.read_json({{ input | py }})
{%- elif input_format == "avro" -%}
# PyArrow does not read Avro: Polars does.
import polars as pl

table = pl.read_avro({{ input | py }}).to_arrow()
{%- elif input_format == "arrows" -%}
import pyarrow.ipc

table = pyarrow.ipc.open_stream({{ input | py }}).read_all()
{%- elif input_format == "parquet" or input_format == "arrow" -%}
table = ds.dataset({{ input | py }}, format={{ input_format | py }}).to_table()
{%- else -%}
import pyarrow.csv

table = pyarrow.csv.read_csv(
    {{ input | py }},
{%- if input_format == "tsv" %}
    parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
{%- endif %}
)
{%- endif %}
{%- if input_format == "parquet" or input_format == "arrow" %}
# Polars writes texts as views, which PyArrow does not move yet.
fields = [field.with_type(pa.large_string()) if field.type == pa.string_view() else field for field in table.schema]
table = table.cast(pa.schema(fields))
{%- endif %}
{% if order == "time" %}
table = table.sort_by({{ columns.time | py }})
{%- elif order == "cluster" %}
table = table.sort_by({{ columns.cluster | py }})
{%- endif %}
{% if folders == "" -%}
pq.write_table(table, {{ output | py }}, compression="zstd", row_group_size={{ params.row_group_rows }})
{%- else -%}
keys = [
{%- if folders is containing("month") %}"month"{% endif -%}
{%- if folders is containing("day") %}"day"{% endif -%}
{%- if folders is containing("category") %}, {{ columns.category | py }}{% endif -%}
]
time = table[{{ columns.time | py }}]
table = table.append_column(keys[0], pc.strftime(time, format={% if folders is containing("month") %}"%Y-%m"{% else %}"%Y-%m-%d"{% endif %}))
ds.write_dataset(
    table,
    {{ output | py }},
    format="parquet",
    partitioning=keys,
    partitioning_flavor="hive",
    file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"),
    max_rows_per_group={{ params.row_group_rows }},
    min_rows_per_group=1,
    max_partitions=10_000,
    max_open_files=1_000,
    preserve_order=True,
)
{%- endif %}
{%- endif %}
