{%- set zeros = [] -%}
{%- for purpose, name in columns %}{% if purpose is starting_with("zeros") %}{% set_global zeros = zeros | concat(with=name) %}{% endif %}{% endfor -%}
{%- if zeros | length > 0 -%}
{%- if input_format == "avro" -%}
INSTALL avro; LOAD avro;
{% endif -%}
{%- if input_format is starting_with("arrow") -%}
-- DuckDB reads {{ input | sql_text }} through PyArrow alone: register it as a table called "arrow_table" first.
{% endif -%}
-- Row, column and value of every entry that is neither zero nor missing.
COPY (
  WITH numbered AS (
    SELECT row_number() OVER () - 1 AS "row", * FROM
{%- if input_format == "parquet" %} read_parquet({{ input | sql_text }})
{%- elif input_format == "avro" %} read_avro({{ input | sql_text }})
{%- elif input_format is starting_with("arrow") %} arrow_table
{%- elif input_format is starting_with("jsonl") %} read_json({{ input | sql_text }}, format = 'newline_delimited')
{%- else %} read_csv({{ input | sql_text }})
{%- endif %}
  )
{%- for name in zeros %}
  SELECT "row", {{ name | sql_text }} AS "column", CAST({{ name | sql }} AS DOUBLE) AS value FROM numbered WHERE {{ name | sql }} <> 0
  {%- if not loop.last %}
  UNION ALL
  {%- endif %}
{%- endfor %}
) TO {{ output | sql_text }} (FORMAT parquet, COMPRESSION zstd);
{%- endif %}
