{% if params.format == "parquet" -%}
import pyarrow.dataset as ds
import pyarrow.parquet as pq
{%- else -%}
import pyarrow as pa
import pyarrow.dataset as ds
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

{% if params.format == "parquet" -%}
pq.write_table(
    table,
    {{ output | py }},
    compression={{ params.codec | py }},
{%- if params.level %}
    compression_level={{ params.level }},
{%- endif %}
    row_group_size={{ params.row_group_rows }},
)
{%- else -%}
options = pa.ipc.IpcWriteOptions(compression={% if params.codec == "none" %}None{% else %}{{ params.codec | py }}{% endif %})
with pa.OSFile({{ output | py }}, "wb") as file, pa.ipc.new_file(file, table.schema, options=options) as writer:
    writer.write_table(table)
{%- endif %}
