//! Dense matrix × dense matrix, all row-major: the blocked product of Goto and van de Geijn.
//!
//! The second matrix is copied once into panels as wide as a tile, the first one block by block into panels as high as a
//! tile, so that the innermost loop reads both from end to end. A tile of the product stays in registers meanwhile.
//!
//! Crates do this too. Those that were tried reach less of the machine's arithmetic than the BLAS that NumPy brings along
//! (`benches/gemm.rs` sets `matrixmultiply` beside it), and a baseline that others are held against must not be easier to
//! beat than what everybody has.

use std::ops::Range;

use super::dispatch::kernel;
use super::share::{Team, evenly, pieces};
use super::vector::{Level, MOST_ROWS, Vector};

/// Registers side by side in a tile.
const WIDE: usize = 3;
/// Steps for which a tile stays in registers: enough that loading and storing it does not count.
const STEPS: usize = 512;
/// Rows of a block of the first matrix, which stays in the second cache while the panels of the second matrix pass: half a
/// MiB. A multiple of every tile's rows.
const BLOCK: usize = 128;
/// Numbers of the largest tile.
const LARGEST: usize = MOST_ROWS * WIDE * 8;

/// Room for copied panels, kept from call to call.
#[derive(Debug, Default)]
pub struct Panels {
    first: Vec<f64>,
    second: Vec<f64>,
}

/// `c = a · b`, with `a` of `rows × depth` and `b` of `depth × columns`.
///
/// # Panics
/// If the lengths do not fit.
#[allow(clippy::too_many_arguments, reason = "the parts of three matrices, one by one")]
pub fn product(
    team: &Team,
    level: Level,
    a: &[f64],
    b: &[f64],
    depth: usize,
    columns: usize,
    c: &mut [f64],
    room: &mut Panels,
) {
    assert_eq!(b.len(), depth * columns, "the second matrix is {depth} × {columns}");
    assert_eq!(a.len() * columns, c.len() * depth, "the first matrix has as many rows as the product");
    if c.is_empty() || depth == 0 {
        c.fill(0.0);
        return;
    }
    let rows = c.len() / columns;
    let (high, wide) = (level.rows(), WIDE * level.lanes());
    pack_columns(team, b, columns, wide, &mut room.second);
    let ranges: Vec<Range<usize>> = evenly(rows.div_ceil(high), team.tasks(c.len()))
        .into_iter()
        .map(|tiles| tiles.start * high..(tiles.end * high).min(rows))
        .collect();
    room.first.resize(ranges.len() * BLOCK * STEPS, 0.0);
    let tasks: Vec<_> = pieces(c, &ranges, columns).into_iter().zip(room.first.chunks_mut(BLOCK * STEPS)).collect();
    let panels = &room.second;
    team.each(tasks, |((rows, c), block): ((Range<usize>, &mut [f64]), &mut [f64])| {
        some_rows(level, &a[rows.start * depth..rows.end * depth], panels, depth, columns, c, block);
    });
}

/// Copies the columns into panels of `wide`, one after another, each row after row; zeros stand where there is no column.
fn pack_columns(team: &Team, b: &[f64], columns: usize, wide: usize, to: &mut Vec<f64>) {
    let depth = b.len() / columns;
    to.resize(columns.div_ceil(wide) * depth * wide, 0.0);
    let panels: Vec<_> = to.chunks_exact_mut(depth * wide).enumerate().collect();
    team.each(panels, |(number, panel): (usize, &mut [f64])| {
        let left = number * wide;
        let there = wide.min(columns - left);
        for (row, to) in b.chunks_exact(columns).zip(panel.chunks_exact_mut(wide)) {
            to[..there].copy_from_slice(&row[left..left + there]);
            to[there..].fill(0.0);
        }
    });
}

/// Some rows of the product; `block` is room for a block of `a`.
fn some_rows(level: Level, a: &[f64], panels: &[f64], depth: usize, columns: usize, c: &mut [f64], block: &mut [f64]) {
    let (high, wide) = (level.rows(), WIDE * level.lanes());
    let rows = c.len() / columns;
    let mut edge = [0.0; LARGEST];
    for from in (0..depth).step_by(STEPS) {
        let steps = STEPS.min(depth - from);
        for top in (0..rows).step_by(BLOCK) {
            let tall = BLOCK.min(rows - top);
            let tiles = tall.div_ceil(high);
            for (number, to) in block.chunks_exact_mut(high * steps).take(tiles).enumerate() {
                let first = top + number * high;
                pack_rows(&a[first * depth..], depth, from, high.min(rows - first), high, to);
            }
            for (number, panel) in panels.chunks_exact(depth * wide).enumerate() {
                let panel = &panel[from * wide..][..steps * wide];
                let left = number * wide;
                let there = wide.min(columns - left);
                for (number, rows_of_a) in block.chunks_exact(high * steps).take(tiles).enumerate() {
                    let first = top + number * high;
                    let corner = &mut c[first * columns + left..];
                    if first + high <= rows && there == wide {
                        tile(level, rows_of_a, panel, corner, columns, from > 0);
                        continue;
                    }
                    tile(level, rows_of_a, panel, &mut edge, wide, false);
                    for (c, sums) in
                        corner.chunks_mut(columns).zip(edge.chunks_exact(wide)).take(rows - first).take(high)
                    {
                        if from == 0 {
                            c[..there].fill(0.0);
                        }
                        c[..there].iter_mut().zip(sums).for_each(|(c, sum)| *c += sum);
                    }
                }
            }
        }
    }
}

/// Copies `there` rows, from a step on, into a panel of `high` rows, step after step; zeros stand where there is no row.
fn pack_rows(a: &[f64], depth: usize, from: usize, there: usize, high: usize, to: &mut [f64]) {
    if there == MOST_ROWS && high == MOST_ROWS {
        // A constant number of rows, so that each step is written at once.
        let steps = to.len() / high;
        let rows: [&[f64]; MOST_ROWS] = std::array::from_fn(|row| &a[row * depth + from..][..steps]);
        for (step, to) in to.as_chunks_mut::<MOST_ROWS>().0.iter_mut().enumerate() {
            *to = rows.map(|row| row[step]);
        }
        return;
    }
    to.fill(0.0);
    for row in 0..there {
        let numbers = &a[row * depth + from..];
        to.iter_mut().skip(row).step_by(high).zip(numbers).for_each(|(to, number)| *to = *number);
    }
}

kernel! {
    /// Writes (or adds) the product of a panel of rows and a panel of columns to a tile of `c`, whose rows begin `stride` apart.
    fn tile(a: &[f64], b: &[f64], c: &mut [f64], stride: usize, adds: bool) = tile_body;
}

/// See [`tile`].
///
/// # Safety
/// The processor has the registers `V`.
#[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
#[inline(always)]
unsafe fn tile_body<V: Vector>(a: &[f64], b: &[f64], c: &mut [f64], stride: usize, adds: bool) {
    let wide = WIDE * V::LANES;
    let steps = a.len() / V::ROWS;
    assert!(b.len() >= steps * wide, "{} numbers for {steps} steps", b.len());
    assert!(stride >= wide && c.len() >= (V::ROWS - 1) * stride + wide, "a tile at rows of {stride}");
    // SAFETY: `steps` steps of both panels and all rows of the tile were checked to be there.
    unsafe {
        let mut sums = [[V::splat(0.0); WIDE]; MOST_ROWS];
        let (mut a, mut b) = (a.as_ptr(), b.as_ptr());
        for _ in 0..steps {
            let mut columns = [V::splat(0.0); WIDE];
            for side in 0..WIDE {
                columns[side] = V::load(b.add(side * V::LANES));
            }
            for row in 0..V::ROWS {
                let number = V::splat(*a.add(row));
                for side in 0..WIDE {
                    sums[row][side] = number.mul_add(columns[side], sums[row][side]);
                }
            }
            a = a.add(V::ROWS);
            b = b.add(wide);
        }
        for row in 0..V::ROWS {
            for side in 0..WIDE {
                let to = c.as_mut_ptr().add(row * stride + side * V::LANES);
                let sum = sums[row][side];
                let sum = if adds { sum.mul_add(V::splat(1.0), V::load(to)) } else { sum };
                sum.store(to);
            }
        }
    }
}
