//! Parquet: rows written as row groups and pages, and what a file's own metadata says about them.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};

use anyhow::Context;
use dataset::columnar;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;
use polars_parquet::parquet::metadata::{ColumnChunkMetadata, FileMetadata};
use polars_parquet::parquet::read::read_metadata;
use polars_parquet::read::statistics::deserialize_all;
use polars_parquet_format::OffsetIndex;
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;

/// Level of zstd: the same for every layout.
pub(crate) const LEVEL: i32 = 3;

/// The last bytes of a file: the length of the footer and the magic.
const END: u64 = 8;

/// How rows are cut into row groups and pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Most rows of a row group.
    pub(crate) group_rows: usize,
    /// Bytes of a page, about.
    pub(crate) page_bytes: usize,
    /// Whether columns are compressed on all cores.
    pub(crate) parallel: bool,
}

/// Writes rows of a table, in the given order, as a file. No row group needs more memory than itself.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write(frame: &DataFrame, rows: &[IdxSize], shape: Shape, target: &mut dyn Write) -> anyhow::Result<u64> {
    let options = ParquetWriteOptions {
        compression: ParquetCompression::Zstd(Some(ZstdLevel::try_new(LEVEL)?)),
        statistics: StatisticsOptions::default(),
        data_page_size: Some(shape.page_bytes),
        ..Default::default()
    };
    let mut groups = rows.chunks(shape.group_rows).map(|group| take(frame, group));
    Ok(columnar::write_row_groups(&mut groups, frame.schema(), &options, shape.parallel, target)?)
}

/// Rows of a table in the given order, in one piece.
///
/// # Errors
/// If a row is not there.
pub(crate) fn take(frame: &DataFrame, rows: &[IdxSize]) -> PolarsResult<DataFrame> {
    // Rows that follow each other are not copied one by one.
    let mut taken = match (rows.first(), rows.last()) {
        (Some(&first), Some(&last)) if rows.windows(2).all(|pair| pair[0] + 1 == pair[1]) => {
            frame.slice(i64::from(first), (last - first) as usize + 1)
        }
        _ => frame.take(&IdxCa::from_slice(PlSmallStr::EMPTY, rows))?,
    };
    taken.rechunk_mut();
    Ok(taken)
}

/// What a file says about itself.
#[derive(Clone, Debug)]
pub(crate) struct FileMap {
    /// Bytes of the footer, which every reader of the file needs.
    pub(crate) footer: u64,
    /// Its row groups.
    pub(crate) groups: Vec<Group>,
}

/// A row group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Its rows.
    pub(crate) rows: usize,
    /// What it says about the columns that were asked for, if the file has them.
    pub(crate) columns: BTreeMap<String, Chunk>,
}

/// A column of a row group.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    /// Its bytes in the file.
    pub(crate) bytes: u64,
    /// Smallest and largest value, as physical values; `None` if the file does not say.
    pub(crate) range: Range,
    /// Rows of each page.
    pub(crate) pages: Vec<usize>,
}

/// Reads the metadata of a file.
///
/// # Errors
/// If it is no whole Parquet file.
pub(crate) fn map<R: Read + Seek>(reader: &mut R, columns: &[&str]) -> anyhow::Result<FileMap> {
    let metadata = read_metadata(reader)?;
    let mut length = [0; 4];
    reader.seek(SeekFrom::End(-i64::try_from(END)?))?;
    reader.read_exact(&mut length)?;
    let footer = u64::from(u32::from_le_bytes(length)) + END;

    let mut groups: Vec<Group> =
        metadata.row_groups.iter().map(|group| Group { rows: group.num_rows(), columns: BTreeMap::new() }).collect();
    let schema = polars_parquet::read::infer_schema(&metadata)?;
    for &name in columns {
        // A column of the folders is not in the files.
        let Some((place, _, field)) = schema.get_full(name) else { continue };
        let ranges = ranges(&metadata, field, place)?;
        for ((group, of), range) in groups.iter_mut().zip(&metadata.row_groups).zip(ranges) {
            let chunk = &of.parquet_columns()[place];
            group.columns.insert(
                name.to_owned(),
                Chunk {
                    bytes: chunk.compressed_size().unsigned_abs(),
                    range,
                    pages: pages(reader, chunk, of.num_rows())?,
                },
            );
        }
    }
    Ok(FileMap { footer, groups })
}

/// Smallest and largest value of a column in a row group, if the file says so.
pub(crate) type Range = Option<(AnyValue<'static>, AnyValue<'static>)>;

/// Smallest and largest value of a column in each row group. A group in which it is missing everywhere has none.
fn ranges(metadata: &FileMetadata, field: &ArrowField, place: usize) -> anyhow::Result<Vec<Range>> {
    if metadata.row_groups.is_empty() {
        return Ok(Vec::new());
    }
    let Some(all) = deserialize_all(field, &metadata.row_groups, place, &metadata.footer_buf)? else {
        return Ok(vec![None; metadata.row_groups.len()]);
    };
    let ends = |array| -> anyhow::Result<Series> {
        Ok(Series::try_from((PlSmallStr::EMPTY, array))?.to_physical_repr().into_owned())
    };
    let (least, most) = (ends(all.min_value)?, ends(all.max_value)?);
    (0..metadata.row_groups.len())
        .map(|i| {
            let (low, high) = (least.get(i)?.into_static(), most.get(i)?.into_static());
            Ok((!low.is_null() && !high.is_null()).then_some((low, high)))
        })
        .collect()
}

/// Rows of each page of a column chunk, from the file's page index; one page of all rows if it has none.
fn pages<R: Read + Seek>(reader: &mut R, chunk: &ColumnChunkMetadata, rows: usize) -> anyhow::Result<Vec<usize>> {
    let (Some(offset), Some(length)) = (chunk.offset_index_offset(), chunk.offset_index_length()) else {
        return Ok(vec![rows]);
    };
    let mut bytes = vec![0; usize::try_from(length).context("the page index has a negative length")?];
    reader.seek(SeekFrom::Start(offset.unsigned_abs()))?;
    reader.read_exact(&mut bytes)?;
    let index = OffsetIndex::read_from_in_protocol(&mut TCompactInputProtocol::new(bytes.as_slice(), usize::MAX))?;
    let starts: Vec<usize> =
        index.page_locations.iter().map(|page| usize::try_from(page.first_row_index)).collect::<Result<_, _>>()?;
    let ends = starts.iter().skip(1).copied().chain([rows]);
    Ok(starts.iter().zip(ends).map(|(start, end)| end.saturating_sub(*start)).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn shape(group_rows: usize, page_bytes: usize) -> Shape {
        Shape { group_rows, page_bytes, parallel: false }
    }

    #[test]
    fn a_file_says_what_its_row_groups_and_pages_hold() {
        let frame = df!(
            "n" => (0..1000_i64).collect::<Vec<_>>(),
            "i" => (0..1000).map(|i| (i >= 400).then_some(i)).collect::<Vec<Option<i32>>>(),
            "t" => (0..1000).map(|i| (i >= 400).then(|| format!("{i:04}"))).collect::<Vec<_>>(),
        )
        .unwrap();
        let mut file = Vec::new();
        let rows: Vec<IdxSize> = (0..1000).rev().collect();
        let written = write(&frame, &rows, shape(400, 800), &mut file).unwrap();
        assert_eq!(written, file.len() as u64);
        let map = map(&mut Cursor::new(&file), &["n", "i", "t", "no such column"]).unwrap();
        let rows: Vec<usize> = map.groups.iter().map(|group| group.rows).collect();
        assert_eq!(rows, [400, 400, 200]);
        assert!(map.footer > 100 && map.footer < written);
        let numbers = |group: usize| map.groups[group].columns["n"].range.clone().unwrap();
        assert_eq!(numbers(0), (AnyValue::Int64(600), AnyValue::Int64(999)));
        assert_eq!(numbers(2), (AnyValue::Int64(0), AnyValue::Int64(199)));
        let chunk = &map.groups[0].columns["n"];
        assert_eq!(chunk.pages.iter().sum::<usize>(), 400);
        assert!(chunk.pages.len() > 2 && chunk.bytes > 100, "{chunk:?}");
        let texts = |group: usize| &map.groups[group].columns["t"];
        let known = (AnyValue::StringOwned("0600".into()), AnyValue::StringOwned("0999".into()));
        assert_eq!(texts(0).range, Some(known));
        assert!(texts(2).range.is_none(), "{:?}", texts(2));
        let ints = &map.groups[2].columns["i"];
        assert!(ints.range.is_none(), "{ints:?}");
    }

    #[test]
    fn what_is_no_parquet_is_an_error() {
        assert!(map(&mut Cursor::new(b"PAR1 nothing PAR1"), &[]).is_err());
    }

    #[test]
    fn rows_are_taken_in_their_order() {
        let frame = df!("n" => [10, 11, 12, 13]).unwrap();
        let taken = |rows: &[IdxSize]| -> Vec<Option<i32>> {
            take(&frame, rows).unwrap().column("n").unwrap().i32().unwrap().iter().collect()
        };
        assert_eq!(taken(&[1, 2, 3]), [Some(11), Some(12), Some(13)]);
        assert_eq!(taken(&[3, 0]), [Some(13), Some(10)]);
        assert_eq!(taken(&[]), []);
    }
}
