{% if input_format is starting_with("arrow") or input_format == "avro" -%}
-- DuckDB reads this format through an extension or PyArrow: take one of the other two snippets.
{%- else -%}
CREATE TABLE wide AS FROM
{%- if input_format == "parquet" %} read_parquet({{ input | sql_text }})
{%- elif input_format is starting_with("jsonl") %} read_json({{ input | sql_text }}, format = 'newline_delimited')
{%- else %} read_csv({{ input | sql_text }})
{%- endif %};

-- The smallest type of every column that loses nothing, from its range.
CREATE TABLE types AS
SELECT column_name, column_type,
  CASE
    WHEN column_type IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT') THEN
      CASE
        WHEN TRY_CAST(min AS BIGINT) >= -128 AND TRY_CAST(max AS BIGINT) <= 127 THEN 'TINYINT'
        WHEN TRY_CAST(min AS BIGINT) >= -32768 AND TRY_CAST(max AS BIGINT) <= 32767 THEN 'SMALLINT'
        WHEN TRY_CAST(min AS BIGINT) >= -2147483648 AND TRY_CAST(max AS BIGINT) <= 2147483647 THEN 'INTEGER'
        ELSE column_type
      END
    ELSE column_type
  END AS smallest
FROM (SUMMARIZE wide);
FROM types WHERE smallest <> column_type;

-- Floats that are whole cents: DECIMAL keeps them exactly, and takes half of the bytes (a column of halves stands in where there is none).
SET VARIABLE floats = (
  SELECT list(column_name) FROM (DESCRIBE wide) WHERE column_type IN ('DOUBLE', 'FLOAT')
);
FROM (UNPIVOT (
  SELECT bool_and(TRY_CAST(COLUMNS(*) AS DECIMAL(9, 2))::DOUBLE IS NOT DISTINCT FROM COLUMNS(*)::DOUBLE) FROM (
    SELECT COLUMNS(lambda c: c = 'no float' OR list_contains(getvariable('floats'), c)) FROM (SELECT *, 0.5 AS "no float" FROM wide)
  )
) ON COLUMNS(*) INTO NAME column_name VALUE fits_decimal_9_2)
WHERE fits_decimal_9_2 AND column_name <> 'no float';
-- For each: ALTER TABLE wide ALTER "price" TYPE DECIMAL(9, 2);

-- DuckDB packs numbers and repeated texts on its own, in memory and on disk, so types matter most where another program
-- loads the file: Parquet keeps them.
COPY wide TO {{ output | sql_text }} (FORMAT parquet, COMPRESSION zstd);
{%- endif %}
