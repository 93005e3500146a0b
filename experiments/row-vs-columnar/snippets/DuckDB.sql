{% if params.format != "parquet" -%}
-- DuckDB writes Parquet, not Arrow IPC: take one of the other two snippets.
{%- else -%}
{%- if input_format == "avro" -%}
INSTALL avro; LOAD avro;
{% endif -%}
{%- if input_format is starting_with("arrow") -%}
-- DuckDB reads {{ input | sql_text }} through PyArrow alone: register it as a table called "arrow_table" first.
{% endif -%}
COPY (
  SELECT * FROM
{%- if input_format == "parquet" %} read_parquet({{ input | sql_text }})
{%- elif input_format == "avro" %} read_avro({{ input | sql_text }})
{%- elif input_format is starting_with("arrow") %} arrow_table
{%- elif input_format is starting_with("jsonl") %} read_json({{ input | sql_text }}, format = 'newline_delimited')
{%- else %} read_csv({{ input | sql_text }})
{%- endif %}
) TO {{ output | sql_text }} (
  FORMAT parquet,
  COMPRESSION {% if params.codec == "none" %}uncompressed{% elif params.codec == "lz4" %}lz4_raw{% else %}{{ params.codec }}{% endif %},
{%- if params.codec == "zstd" %}
  COMPRESSION_LEVEL {{ params.level }},
{%- endif %}
  ROW_GROUP_SIZE {{ params.row_group_rows }}
);
{%- endif %}
