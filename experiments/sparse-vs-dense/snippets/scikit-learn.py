{%- if columns.text -%}
import polars as pl
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

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
texts = table.select(pl.col({{ columns.text | py }}).cast(pl.String).fill_null("")).collect().to_series().to_list()

words = TfidfVectorizer(ngram_range=(1, 2), max_features=100_000).fit_transform(texts)  # sparse, by rows
{% if params.layout == "csc" -%}
words = words.tocsc()  # by columns, for work on one term at a time
{% endif -%}
print(f"{words.shape[0]:,} × {words.shape[1]:,}, {words.nnz / max(1, words.shape[0] * words.shape[1]):.3%} not zero")
sparse.save_npz({{ output | py }}, words)
{%- endif %}
