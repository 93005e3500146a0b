{% if params.way is not starting_with("partition") -%}
{% if input_format == "avro" -%}
INSTALL avro; LOAD avro;
{% endif -%}
{% if input_format is starting_with("arrow") -%}
-- DuckDB reads {{ input | sql_text }} through PyArrow alone: register it as a table called "arrow_table" first.
{% endif -%}
{% if params.way == "order-by-random" -%}
-- With more than one thread, the same seed may draw other rows.
SET threads = 1;
SELECT setseed(0.1);
{% endif -%}
COPY (
  SELECT * FROM
{%- if input_format == "parquet" %} read_parquet({{ input | sql_text }})
{%- elif input_format == "avro" %} read_avro({{ input | sql_text }})
{%- elif input_format is starting_with("arrow") %} arrow_table
{%- elif input_format is starting_with("jsonl") %} read_json({{ input | sql_text }}, format = 'newline_delimited')
{%- else %} read_csv({{ input | sql_text }})
{%- endif %}
{%- if params.way == "hash" %}
  -- The seed is 1. Hashes are spread over 0000… to ffff…: below 028f… is one in a hundred.
  WHERE md5(concat('1:', {{ columns.key | sql }}::VARCHAR)) < '028f5c28f5c28f60'
{%- elif params.way == "limit" %}
  LIMIT 1000
{%- elif params.way == "bernoulli" %}
  USING SAMPLE 1% (bernoulli, 1)
{%- elif params.way is containing("system") %}
  USING SAMPLE 1% (system, 1)
{%- elif params.way == "order-by-random" %}
  ORDER BY random() LIMIT 1000
{%- elif params.way == "stratified" %}
  QUALIFY row_number() OVER (PARTITION BY {{ columns.group | sql }} ORDER BY {% if columns.key %}md5(concat('1:', {{ columns.key | sql }}::VARCHAR)){% else %}random(){% endif %})
    <= greatest(1, round(1000.0 * count(*) OVER (PARTITION BY {{ columns.group | sql }}) / count(*) OVER ()))
{%- else %}
  USING SAMPLE reservoir(1000 ROWS) REPEATABLE (1)
{%- endif %}
) TO {{ output | sql_text }} (FORMAT parquet);
{%- endif %}
