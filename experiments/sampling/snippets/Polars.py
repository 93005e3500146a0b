{% if params.way is not starting_with("partition") -%}
{% if params.way == "hash" -%}
import hashlib

{% endif -%}
{% if params.way is containing("random") or params.way is containing("system") or params.way == "row-numbers" or params.way == "bernoulli" or params.way == "reservoir" -%}
import random

{% endif -%}
import polars as pl

{% if params.way == "hash" or params.way == "bernoulli" -%}
SEED, RATE = 1, 0.01
{% else -%}
SEED, ROWS = 1, 1_000
{% endif -%}
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
{% if params.way == "hash" %}

def drawn(keys):
    """Depends on the key and the seed alone: not on order, threads, file or version."""
    limit = f"{int(RATE * 2**64):016x}"
    hashes = (hashlib.md5(f"{SEED}:{key}".encode()).hexdigest() for key in keys.cast(pl.String))
    return pl.Series([h < limit for h in hashes], dtype=pl.Boolean)


sample = table.filter(pl.col({{ columns.key | py }}).map_batches(drawn, return_dtype=pl.Boolean, is_elementwise=True))
{%- elif params.way == "limit" %}
sample = table.head(ROWS)
{%- elif params.way is containing("system") %}
# Blocks of neighbours: a reader of Parquet opens only the row groups that they lie in.
blocks = {% if params.way == "system" %}1{% else %}10{% endif %}
rows = table.select(pl.len()).collect().item()
starts = sorted(random.Random(SEED).sample(range(max(1, rows // (ROWS // blocks))), blocks))
sample = pl.concat([table.slice(start * (ROWS // blocks), ROWS // blocks) for start in starts])
{%- else %}
{% if params.way == "stratified" -%}
numbered = table.select({{ columns.group | py }}).with_row_index("row_").collect()
parts = numbered.partition_by({{ columns.group | py }}, maintain_order=True)
shares = [max(1, round(ROWS * part.height / numbered.height)) for part in parts]
chosen = pl.concat([part["row_"].sample(share, seed=SEED) for part, share in zip(parts, shares)])
{%- elif params.way == "bernoulli" -%}
rows = table.select(pl.len()).collect().item()
coin = random.Random(SEED)
chosen = pl.Series([row for row in range(rows) if coin.random() < RATE], dtype=pl.UInt32)
{%- else -%}
rows = table.select(pl.len()).collect().item()
chosen = pl.Series(random.Random(SEED).sample(range(rows), min(ROWS, rows)), dtype=pl.UInt32)
{%- endif %}
sample = table.with_row_index("row_").filter(pl.col("row_").is_in(chosen.implode())).drop("row_")
{%- endif %}
sample.sink_parquet({{ output | py }})
{%- endif %}
