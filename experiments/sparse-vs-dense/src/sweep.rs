//! The density sweep: products of matrices that follow a formula, in every layout.

use std::rc::Rc;

use kernels::Products;
use measure::{Prepared, Refusal, Task};
use results::Answer;

use crate::case::{Case, Layout, Product, Sized};
use crate::formula::{Formula, SECOND, vector};
use crate::kernels::spgemm;
use crate::kernels::spmm::{self, Blocks};
use crate::kernels::spmv::{self, Partials};
use crate::kernels::view::View;
use crate::kernels::{Sparse, dense, sparse_bytes};

/// A matrix in the layout of the case.
enum Matrix {
    Dense(Vec<f64>),
    Sparse(Sparse),
}

impl Matrix {
    /// The formula's matrix.
    fn of(layout: Layout, formula: Formula) -> anyhow::Result<Self> {
        Ok(match layout {
            Layout::Dense | Layout::Embedding => Self::Dense(formula.dense()),
            Layout::Csr => Self::Sparse(formula.csr()?),
            Layout::Csc => Self::Sparse(formula.csr()?.to_csc()),
        })
    }

    fn bytes(&self, size: usize) -> usize {
        match self {
            Self::Dense(numbers) => numbers.len() * size_of::<f64>(),
            Self::Sparse(matrix) => sparse_bytes(size, matrix.nnz()),
        }
    }

    /// Entries that the work goes through: the zeros too, if they are stored.
    fn entries(&self) -> usize {
        match self {
            Self::Dense(numbers) => numbers.len(),
            Self::Sparse(matrix) => matrix.nnz(),
        }
    }
}

/// A product, ready to run.
trait Run {
    /// Does the work once.
    fn run(&mut self, case: &Case);
    /// An entry of the last result, by its place in a dense row-major one.
    fn at(&self, place: usize) -> f64;
    /// Entries of a dense result.
    fn len(&self) -> usize;
}

/// Sets up a product.
pub(crate) fn prepare(task: &Task, case: &Rc<Case>, sized: Sized) -> Result<Prepared, Refusal> {
    if case.layout == Layout::Embedding {
        return Err(Refusal::Skip("An embedding stands for texts; the sweep has none.".to_owned()));
    }
    let Sized { product, size, density } = sized;
    let first = Matrix::of(case.layout, Formula::new(task.seed, size, density))?;
    let (first_bytes, entries) = (first.bytes(size), first.entries());
    let dense_second = size * size * size_of::<f64>();
    let (mut work, second_bytes, result_bytes, multiplications): (Box<dyn Run>, usize, usize, usize) = match product {
        Product::Vector => {
            let x = vector(task.seed.wrapping_add(SECOND), size);
            (
                Box::new(TimesVector { a: first, x, y: vec![0.0; size], room: Partials::default() }),
                8 * size,
                8 * size,
                entries,
            )
        }
        Product::Dense => {
            let b = Formula::new(task.seed.wrapping_add(SECOND), size, 1.0).dense();
            (Box::new(TimesDense::new(case, first, b, size)), dense_second, dense_second, entries * size)
        }
        Product::Sparse => {
            let second = Matrix::of(case.layout, Formula::new(task.seed.wrapping_add(SECOND), size, density))?;
            let bytes = second.bytes(size);
            match (first, second) {
                (Matrix::Dense(a), Matrix::Dense(b)) => {
                    (Box::new(TimesDense::new(case, Matrix::Dense(a), b, size)), bytes, dense_second, entries * size)
                }
                (Matrix::Sparse(a), Matrix::Sparse(b)) => {
                    let multiplications = multiplications(&a, &b);
                    let mut run = TimesSparse { a, b, size, c: spgemm::Product::default() };
                    run.run(case);
                    let result = sparse_bytes(size, run.c.values.len());
                    (Box::new(run), bytes, result, multiplications)
                }
                _ => return Err(Refusal::Fail(anyhow::anyhow!("both matrices have one layout"))),
            }
        }
    };
    work.run(case);
    let checksum: f64 = (0..work.len()).map(|place| work.at(place) * (1 + place % 8) as f64).sum();
    let places = [0, work.len() / 2, work.len() - 1];

    let own = Rc::clone(case);
    let prepared = Prepared::new(move || {
        work.run(&own);
        let mut values = vec![checksum];
        values.extend(places.iter().map(|place| work.at(*place)));
        Ok(Answer { rows: work.len() as u64, values, digest: None })
    });
    let ceiling = if product == Product::Vector { "memory-read" } else { "flops" };
    let bytes = first_bytes + second_bytes + result_bytes;
    Ok(case
        .described(prepared)
        .setting("ceiling", ceiling)
        .setting("size", format!("{size} × {size}"))
        .fact("rows", size as f64)
        .fact("bytes", bytes as f64)
        .fact("working_set_bytes", bytes as f64)
        .fact("flops", 2.0 * multiplications as f64)
        .fact("matrix_bytes", first_bytes as f64))
}

/// Multiplications of entries that are both stored.
fn multiplications(a: &Sparse, b: &Sparse) -> usize {
    let (a, b) = (View::from(a), View::from(b));
    let (a, b) = if a.by_rows() { (a, b) } else { (b.transposed(), a.transposed()) };
    let of_row = |row: usize| a.outer(row).0.iter().map(|k| b.outer(*k as usize).0.len()).sum::<usize>();
    (0..a.outer_len()).map(of_row).sum()
}

struct TimesVector {
    a: Matrix,
    x: Vec<f64>,
    y: Vec<f64>,
    room: Partials,
}

impl Run for TimesVector {
    fn run(&mut self, case: &Case) {
        match &self.a {
            Matrix::Dense(a) => dense::times_vector(&case.team, case.level, a, &self.x, &mut self.y),
            Matrix::Sparse(a) => spmv::times_vector(&case.team, a.into(), &self.x, &mut self.y, &mut self.room),
        }
    }

    fn at(&self, place: usize) -> f64 {
        self.y[place]
    }

    fn len(&self) -> usize {
        self.y.len()
    }
}

struct TimesDense {
    a: Matrix,
    b: Vec<f64>,
    size: usize,
    c: Vec<f64>,
    blocks: Blocks,
    products: Products,
}

impl TimesDense {
    fn new(case: &Case, a: Matrix, b: Vec<f64>, size: usize) -> Self {
        let products = Products::with(&case.team, case.level);
        Self { a, b, size, c: vec![0.0; size * size], blocks: Blocks::default(), products }
    }
}

impl Run for TimesDense {
    fn run(&mut self, case: &Case) {
        let (b, size, c) = (&self.b, self.size, &mut self.c);
        match &self.a {
            Matrix::Dense(a) => {
                let whole = |numbers| kernels::Matrix::new(numbers, size, size);
                self.products.f64(whole(a), whole(b), c, false);
            }
            Matrix::Sparse(a) => spmm::times_matrix(&case.team, case.level, a.into(), b, size, c, &mut self.blocks),
        }
    }

    fn at(&self, place: usize) -> f64 {
        self.c[place]
    }

    fn len(&self) -> usize {
        self.c.len()
    }
}

struct TimesSparse {
    a: Sparse,
    b: Sparse,
    size: usize,
    c: spgemm::Product,
}

impl Run for TimesSparse {
    fn run(&mut self, case: &Case) {
        self.c = spgemm::Product::default(); // its memory is free for the next one
        self.c = spgemm::product(&case.team, (&self.a).into(), (&self.b).into());
    }

    fn at(&self, place: usize) -> f64 {
        let (row, column) = (place / self.size, place % self.size);
        if self.a.is_csr() { self.c.get(row, column) } else { self.c.get(column, row) }
    }

    fn len(&self) -> usize {
        self.size * self.size
    }
}
