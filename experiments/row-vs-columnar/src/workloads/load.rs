//! Columns or a row into memory, every value of them touched.

use dataset::value::column;
use results::Answer;

use crate::answer::fold;
use crate::formats::Source;
use crate::queries::Queries;

/// Loads columns and adds them up.
pub(crate) fn columns(source: &Source, queries: &Queries, names: &[String]) -> anyhow::Result<Answer> {
    Ok(fold(&source.load(names)?, &queries.scales(names))?)
}

/// Loads the row with the key that is looked up. Nearly unique keys may find more than one: all are the answer.
pub(crate) fn row(source: &Source, queries: &Queries) -> anyhow::Result<Answer> {
    let lookup = queries.lookup.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
    let names = queries.names();
    let key = lookup.key.literal(source.schema.try_get(&lookup.column)?)?;
    let found = source.collect(source.scan(&names)?.filter(column(&lookup.column).eq(key)))?;
    Ok(fold(&found, &queries.scales(&names))?)
}
