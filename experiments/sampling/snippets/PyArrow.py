{% if params.way is not starting_with("partition") -%}
{% if params.way == "hash" -%}
import hashlib
{% endif -%}
{% if params.way != "hash" and params.way != "limit" -%}
import random
{% endif %}
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

{% if params.way == "hash" or params.way == "bernoulli" -%}
SEED, RATE = 1, 0.01
{% else -%}
SEED, ROWS = 1, 1_000
{% endif -%}
{% if input_format is starting_with("jsonl") -%}
import pyarrow.json

table = ds.dataset(pyarrow.json.read_json({{ input | py }}))
{%- elif input_format == "avro" -%}
# PyArrow does not read Avro: Polars does.
import polars as pl

table = ds.dataset(pl.read_avro({{ input | py }}).to_arrow())
{%- elif input_format == "arrows" -%}
import pyarrow.ipc

table = ds.dataset(pyarrow.ipc.open_stream({{ input | py }}).read_all())
{%- elif input_format == "parquet" or input_format == "arrow" -%}
table = ds.dataset({{ input | py }}, format={{ input_format | py }})
{%- else -%}
import pyarrow.csv

table = ds.dataset(pyarrow.csv.read_csv(
    {{ input | py }},
{%- if input_format == "tsv" %}
    parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
{%- endif %}
))
{%- endif %}
{% if params.way == "hash" %}

def drawn(keys):
    """Depends on the key and the seed alone: not on order, threads, file or version."""
    limit = f"{int(RATE * 2**64):016x}"
    hashes = (hashlib.md5(f"{SEED}:{key}".encode()).hexdigest() for key in keys.cast(pa.string()).to_pylist())
    return pa.array([h < limit for h in hashes])


batches = (batch.filter(drawn(batch.column({{ columns.key | py }}))) for batch in table.to_batches())
sample = pa.Table.from_batches(batches, schema=table.schema)
{%- elif params.way == "limit" %}
sample = table.head(ROWS)
{%- elif params.way is containing("system") %}
# Blocks of neighbours.
blocks = {% if params.way == "system" %}1{% else %}10{% endif %}
size = ROWS // blocks
starts = random.Random(SEED).sample(range(max(1, table.count_rows() // size)), blocks)
sample = table.take([row for start in sorted(starts) for row in range(start * size, (start + 1) * size)])
{%- elif params.way == "stratified" %}
members = {}
for row, kind in enumerate(table.to_table([{{ columns.group | py }}]).column(0).to_pylist()):
    members.setdefault(kind, []).append(row)
rows, draw = sum(map(len, members.values())), random.Random(SEED)
chosen = [row for part in members.values() for row in draw.sample(part, max(1, round(ROWS * len(part) / rows)))]
sample = table.take(sorted(chosen))
{%- elif params.way == "bernoulli" %}
coin = random.Random(SEED)
sample = table.take([row for row in range(table.count_rows()) if coin.random() < RATE])
{%- else %}
rows = table.count_rows()
sample = table.take(sorted(random.Random(SEED).sample(range(rows), min(ROWS, rows))))
{%- endif %}
pq.write_table(sample, {{ output | py }})
{%- endif %}
