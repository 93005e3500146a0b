//! The folder of this experiment in the scratch folder, which all launches and the Python lane share.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use measure::scratch;

use crate::kernels::Sparse;

/// Makes the folder for so many texts at most, if it is not there.
///
/// # Errors
/// If it cannot be made.
pub(crate) fn folder(scratch: &Path, texts: u64) -> anyhow::Result<PathBuf> {
    scratch::folder(scratch, &format!("sparse-vs-dense-{texts}"))
}

/// Writes a matrix compressed by rows: rows, columns and entries as 64-bit integers, then the values, the indices and the
/// starts; all in the order of bytes that x86 and ARM have.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn write_matrix(path: &Path, matrix: &Sparse) -> anyhow::Result<()> {
    ensure!(matrix.is_csr(), "only matrices by rows are stored");
    let (starts, indices, values) = matrix.view().into_raw_storage();
    let mut bytes = Vec::with_capacity(24 + 12 * values.len() + 4 * starts.len());
    for number in [matrix.rows(), matrix.cols(), values.len()] {
        bytes.extend_from_slice(&(number as u64).to_le_bytes());
    }
    values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    indices.iter().chain(starts).for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    scratch::write(path, &bytes)
}

/// Reads what [`write_matrix`] wrote.
///
/// # Errors
/// If the file cannot be read, was cut short, or does not hold a well-formed matrix.
pub(crate) fn read_matrix(path: &Path) -> anyhow::Result<Sparse> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_matrix(&bytes).with_context(|| format!("{} is not a matrix of this experiment", path.display()))
}

fn parse_matrix(bytes: &[u8]) -> anyhow::Result<Sparse> {
    let (header, rest) = bytes.split_at_checked(24).context("it has no header")?;
    let (numbers, []) = header.as_chunks::<8>() else { anyhow::bail!("its header is cut short") };
    let sizes: Vec<usize> =
        numbers.iter().map(|n| Ok(usize::try_from(u64::from_le_bytes(*n))?)).collect::<anyhow::Result<_>>()?;
    let [rows, columns, entries] = sizes[..] else { anyhow::bail!("its header is cut short") };
    let (values, rest) = rest.split_at_checked(entries.saturating_mul(8)).context("it is cut short")?;
    let (indices, starts) = rest.split_at_checked(entries.saturating_mul(4)).context("it is cut short")?;
    ensure!(starts.len() == (rows + 1) * 4, "it has {} bytes of starts for {rows} rows", starts.len());
    let words =
        |bytes: &[u8]| -> Vec<u32> { bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect() };
    let values = values.as_chunks::<8>().0.iter().map(|value| f64::from_le_bytes(*value)).collect();
    Sparse::try_new((rows, columns), words(starts), words(indices), values)
        .map_err(|(.., why)| anyhow::anyhow!("it is not well formed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csr");
        for matrix in [
            Sparse::new((3, 4), vec![0, 2, 2, 3], vec![0, 3, 1], vec![1.5, -2.0, 1e-300]),
            Sparse::new((0, 0), vec![0], vec![], vec![]),
            Sparse::new((2, 5), vec![0, 0, 0], vec![], vec![]),
        ] {
            write_matrix(&path, &matrix).unwrap();
            assert_eq!(read_matrix(&path).unwrap(), matrix);
            let whole = fs::read(&path).unwrap();
            for len in 0..whole.len() {
                assert!(parse_matrix(&whole[..len]).is_err(), "{len} of {} bytes", whole.len());
            }
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays beside it");
    }

    #[test]
    fn a_matrix_with_an_index_out_of_range_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csr");
        write_matrix(&path, &Sparse::new((1, 2), vec![0, 1], vec![1], vec![1.0])).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[32] = 2;
        assert!(parse_matrix(&bytes).unwrap_err().to_string().contains("well formed"));
    }
}
