{% set folders = params.folders | default(value="") -%}
{% set order = params.order | default(value="as-is") -%}
{#- DuckDB does not keep the order of rows when it writes folders, and SQL has no Z-order. -#}
{% if order != "z" and (folders == "" or order == "as-is") -%}
{%- if input_format == "avro" -%}
INSTALL avro; LOAD avro;
{% endif -%}
{%- if input_format is starting_with("arrow") -%}
-- DuckDB reads {{ input | sql_text }} through PyArrow alone: register it as a table called "arrow_table" first.
{% endif -%}
SET preserve_insertion_order = true;
COPY (
  SELECT *
{%- if folders is containing("month") %}, strftime({{ columns.time | sql }}, '%Y-%m') AS month{% endif -%}
{%- if folders is containing("day") %}, strftime({{ columns.time | sql }}, '%Y-%m-%d') AS day{% endif %}
  FROM
{%- if input_format == "parquet" %} read_parquet({{ input | sql_text }})
{%- elif input_format == "avro" %} read_avro({{ input | sql_text }})
{%- elif input_format is starting_with("arrow") %} arrow_table
{%- elif input_format is starting_with("jsonl") %} read_json({{ input | sql_text }}, format = 'newline_delimited')
{%- else %} read_csv({{ input | sql_text }})
{%- endif %}
{%- if order == "time" %}
  ORDER BY {{ columns.time | sql }}
{%- elif order == "cluster" %}
  ORDER BY {{ columns.cluster | sql }}
{%- endif %}
) TO {{ output | sql_text }} (
  FORMAT parquet,
  COMPRESSION zstd,
  ROW_GROUP_SIZE {{ params.row_group_rows }}
{%- if folders != "" %},
  PARTITION_BY (
    {%- if folders is containing("month") %}month{% endif -%}
    {%- if folders is containing("day") %}day{% endif -%}
    {%- if folders is containing("category") %}, {{ columns.category | sql }}{% endif -%}
  )
{%- endif %}
);
{%- endif %}
