//! A text cut into pieces of whole records, each handed to a core as soon as it is there.

use std::io::Read;
use std::sync::mpsc::channel;

use memchr::{memchr, memchr_iter, memrchr, memrchr2};
use polars_core::runtime::RAYON;

/// Bytes of a piece, about: enough to be worth a task, few enough that every core gets several.
const PIECE: usize = 512 * 1024;

/// Where records end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// At every line end: JSON escapes those in texts.
    Lines,
    /// At line ends outside quotes.
    Quoted {
        /// Whether the first record is a header to skip.
        header: bool,
    },
}

impl Cut {
    /// The bytes of whole records at the start of `bytes`, which start with a record.
    fn whole(self, bytes: &[u8]) -> usize {
        if self == Self::Lines {
            return memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        }
        // Whether the end lies in quotes is told by their number; from there back to a line end outside.
        let mut inside = memchr_iter(b'"', bytes).count() % 2 == 1;
        let mut end = bytes.len();
        while let Some(at) = memrchr2(b'"', b'\n', &bytes[..end]) {
            if bytes[at] == b'"' {
                inside = !inside;
            } else if !inside {
                return at + 1;
            }
            end = at;
        }
        0
    }

    /// The bytes of the header at the start of a file.
    fn header(self, bytes: &[u8]) -> usize {
        if self != (Self::Quoted { header: true }) {
            return 0;
        }
        let mut inside = false;
        let mut start = 0;
        while let Some(at) = memchr(b'\n', &bytes[start..]).map(|at| start + at) {
            inside ^= memchr_iter(b'"', &bytes[start..at]).count() % 2 == 1;
            start = at + 1;
            if !inside {
                return start;
            }
        }
        bytes.len()
    }
}

/// Calls `parse` for each piece of `bytes` on all cores; the results in order.
pub(super) fn of_bytes<T: Send>(
    bytes: &[u8],
    cut: Cut,
    parse: impl Fn(&[u8]) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let mut rest = &bytes[cut.header(bytes)..];
    let next = || {
        let mut size = PIECE;
        while !rest.is_empty() {
            // The last record may lack a line end.
            let end = if size >= rest.len() { rest.len() } else { cut.whole(&rest[..size]) };
            if end > 0 {
                let (piece, after) = rest.split_at(end);
                rest = after;
                return Ok(Some(piece));
            }
            size *= 2;
        }
        Ok(None)
    };
    on_all_cores(next, |piece: &&[u8]| parse(piece))
}

/// Calls `parse` for each piece of what `reader` gives, on all cores, while the next is read; the results in order.
pub(super) fn of_reader<T: Send>(
    mut reader: impl Read + Send,
    cut: Cut,
    parse: impl Fn(&[u8]) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let mut waiting: Vec<u8> = Vec::new();
    let (mut first, mut ended) = (true, false);
    let next = move || {
        loop {
            if !ended {
                let before = waiting.len();
                (&mut reader).take(PIECE as u64).read_to_end(&mut waiting)?;
                ended = waiting.len() - before < PIECE;
            }
            if first {
                let header = cut.header(&waiting);
                if header == waiting.len() && !ended {
                    continue; // the header may go on
                }
                waiting.drain(..header);
                first = false;
            }
            let end = if ended { waiting.len() } else { cut.whole(&waiting) };
            if end > 0 || ended {
                let after = waiting.split_off(end);
                let piece = std::mem::replace(&mut waiting, after);
                return Ok((!piece.is_empty()).then_some(piece));
            }
        }
    };
    on_all_cores(next, |piece: &Vec<u8>| parse(piece))
}

/// Runs `work` on what `next` gives until it gives nothing; the results in order.
fn on_all_cores<P: Send, T: Send>(
    mut next: impl FnMut() -> anyhow::Result<Option<P>> + Send,
    work: impl Fn(&P) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let (send, results) = channel();
    RAYON.scope(|scope| -> anyhow::Result<()> {
        let mut count = 0_usize;
        while let Some(piece) = next()? {
            let (send, work) = (send.clone(), &work);
            scope.spawn(move |_| {
                // Nobody stops listening before the scope ends.
                let _ = send.send((count, work(&piece)));
            });
            count += 1;
        }
        Ok(())
    })?;
    drop(send);
    let mut done: Vec<(usize, anyhow::Result<T>)> = results.into_iter().collect();
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records of all lengths, with line ends and quotes in quotes.
    fn text(records: usize) -> String {
        let mut text = String::from("id,\"a\nheader\"\n");
        for i in 0..records {
            let filler = "x".repeat(i % 97);
            text.push_str(&match i % 3 {
                0 => format!("{i},{filler}\n"),
                1 => format!("{i},\"{filler}\n,\"\"{filler}\"\"\"\n"),
                _ => format!("{i},\"\"\n"),
            });
        }
        text
    }

    fn ids(pieces: &[Vec<u8>]) -> Vec<usize> {
        let mut ids = Vec::new();
        for piece in pieces {
            let piece = std::str::from_utf8(piece).unwrap();
            let mut inside = false;
            for line in piece.split_inclusive('\n') {
                if !inside {
                    ids.push(line.split(',').next().unwrap().parse().unwrap());
                }
                inside ^= line.matches('"').count() % 2 == 1;
            }
            assert!(!inside, "a piece ends inside quotes");
        }
        ids
    }

    #[test]
    fn pieces_are_whole_records_in_order_and_none_is_lost() {
        let cut = Cut::Quoted { header: true };
        for records in [0, 1, 2, 40_000] {
            for end in ["", "\n"] {
                let text = text(records);
                let text = format!("{}{end}", text.trim_end_matches('\n'));
                let expected: Vec<usize> = (0..records).collect();
                let copy = |piece: &[u8]| Ok(piece.to_vec());
                let of_bytes = of_bytes(text.as_bytes(), cut, copy).unwrap();
                assert_eq!(ids(&of_bytes), expected);
                let of_reader = of_reader(text.as_bytes(), cut, copy).unwrap();
                assert_eq!(ids(&of_reader), expected);
                assert!(records < 40_000 || of_bytes.len() > 2 && of_reader.len() > 2);
            }
        }
    }

    #[test]
    fn a_record_longer_than_a_piece_is_kept_whole() {
        let long = format!("1,\"{}\"\n2,b\n", "y\n".repeat(PIECE));
        for parts in [
            of_bytes(long.as_bytes(), Cut::Quoted { header: false }, |piece| Ok(piece.to_vec())).unwrap(),
            of_reader(long.as_bytes(), Cut::Quoted { header: false }, |piece| Ok(piece.to_vec())).unwrap(),
        ] {
            assert_eq!(parts.concat(), long.as_bytes());
            assert_eq!(ids(&parts), [1, 2]);
        }
    }

    #[test]
    fn an_error_of_one_piece_is_the_error_of_all() {
        let text = text(40_000);
        let failed = of_bytes(text.as_bytes(), Cut::Quoted { header: true }, |piece| -> anyhow::Result<()> {
            anyhow::ensure!(!piece.starts_with(b"0,"), "the first piece");
            Ok(())
        });
        assert_eq!(failed.unwrap_err().to_string(), "the first piece");
    }
}
