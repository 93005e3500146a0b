//! What was not measured, by reason: complete, and short enough to read.
//!
//! A preset may leave out hundreds of cases for one reason. So the cases of a reason are folded into rows of "these variants
//! at these values": rows that differ in one place only are merged. Unfolded, the rows are exactly the cases.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use crate::site::Chapter;
use crate::words::{capital, clause};

/// The cases that were not measured for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    /// Why.
    pub(crate) reason: String,
    /// Cases in it, in words.
    pub(crate) count: String,
    /// The names of the axes, above the rows.
    pub(crate) axes: Vec<String>,
    /// The folded rows: variants, then one cell for each axis.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Every planned case of a chapter that was not measured.
pub(crate) fn groups(chapter: &Chapter<'_>) -> Vec<Group> {
    let axes = &chapter.definition.axis;
    let mut reasons: Vec<(String, Vec<Row>)> = Vec::new();
    for case in &chapter.analysis.cases {
        let Some(reason) = &case.missing else { continue };
        let mut row = vec![BTreeSet::from([rank_variant(chapter, &case.variant)])];
        row.extend(axes.iter().map(|axis| {
            let id = case.point.get(&axis.name).unwrap_or_default();
            BTreeSet::from([rank(axis.values.iter().map(|value| value.id.as_str()), id)])
        }));
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, rows)) => rows.push(row),
            None => reasons.push((reason.clone(), vec![row])),
        }
    }
    reasons
        .into_iter()
        .map(|(reason, rows)| Group {
            reason: capital(clause(&reason)),
            count: match rows.len() {
                1 => "1 case".to_owned(),
                n => format!("{n} cases"),
            },
            axes: axes.iter().map(|axis| axis.label.clone()).collect(),
            rows: fold(rows).iter().map(|row| words(chapter, row)).collect(),
        })
        .collect()
}

/// One set of places for the variants and one for each axis; a place is a rank in the definition, or an unknown id.
type Row = Vec<BTreeSet<Place>>;

/// A value's place in the definition; what it does not know keeps its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Place {
    Known(usize),
    Unknown(String),
}

fn rank<'a>(mut ids: impl Iterator<Item = &'a str>, id: &str) -> Place {
    ids.position(|known| known == id).map_or_else(|| Place::Unknown(id.to_owned()), Place::Known)
}

fn rank_variant(chapter: &Chapter<'_>, id: &str) -> Place {
    rank(chapter.definition.variant.iter().map(|variant| variant.id.as_str()), id)
}

/// Merges rows that differ in one place only, the last place first, until nothing merges.
fn fold(mut rows: Vec<Row>) -> Vec<Row> {
    let width = rows.first().map_or(0, Vec::len);
    loop {
        let before = rows.len();
        for place in (0..width).rev() {
            let mut merged: Vec<Row> = Vec::with_capacity(rows.len());
            let mut at: HashMap<Row, usize> = HashMap::new();
            for row in rows {
                let mut others = row.clone();
                others.remove(place);
                match at.get(&others) {
                    Some(&i) => merged[i][place].extend(row[place].iter().cloned()),
                    None => {
                        at.insert(others, merged.len());
                        merged.push(row);
                    }
                }
            }
            rows = merged;
        }
        if rows.len() == before {
            return rows;
        }
    }
}

/// A folded row in words: labels, or "all" where every value is meant.
fn words(chapter: &Chapter<'_>, row: &Row) -> Vec<String> {
    let definition = &chapter.definition;
    let variants: Vec<&str> = definition.variant.iter().map(|variant| variant.label.as_str()).collect();
    let mut cells = vec![names(&row[0], &variants)];
    for (places, axis) in row[1..].iter().zip(&definition.axis) {
        let labels: Vec<&str> = axis.values.iter().map(|value| value.label.as_str()).collect();
        cells.push(names(places, &labels));
    }
    cells
}

fn names(places: &BTreeSet<Place>, labels: &[&str]) -> String {
    if places.len() == labels.len() && labels.len() > 2 {
        return format!("all {}", labels.len());
    }
    let name = |place: &Place| match place {
        Place::Known(rank) => labels.get(*rank).copied().unwrap_or_default().to_owned(),
        Place::Unknown(id) => id.clone(),
    };
    places.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(places: &[usize]) -> Row {
        places.iter().map(|&rank| BTreeSet::from([Place::Known(rank)])).collect()
    }

    fn unfold(rows: &[Row]) -> Vec<Vec<Place>> {
        let mut cases = Vec::new();
        for row in rows {
            let mut partial: Vec<Vec<Place>> = vec![Vec::new()];
            for places in row {
                partial = partial
                    .iter()
                    .flat_map(|start| {
                        places.iter().map(move |place| start.iter().cloned().chain([place.clone()]).collect())
                    })
                    .collect();
            }
            cases.extend(partial);
        }
        cases.sort();
        cases
    }

    #[test]
    fn folding_keeps_exactly_the_cases() {
        // A whole block, a block with a hole, and single cases, in a scrambled order.
        let mut rows = Vec::new();
        for a in 0..6 {
            for b in 0..4 {
                for c in 0..3 {
                    if (a * 7 + b * 5 + c * 3) % 4 != 0 || a < 2 {
                        rows.push(row(&[a, b, c]));
                    }
                }
            }
        }
        rows.reverse();
        let folded = fold(rows.clone());
        assert!(folded.len() < rows.len() / 2, "{} of {}", folded.len(), rows.len());
        let mut cases: Vec<Vec<Place>> = unfold(&rows);
        cases.dedup();
        assert_eq!(unfold(&folded), cases);
    }

    #[test]
    fn a_full_block_is_one_row() {
        let rows = (0..3).flat_map(|a| (0..5).map(move |b| row(&[a, b]))).collect();
        assert_eq!(fold(rows).len(), 1);
    }
}
