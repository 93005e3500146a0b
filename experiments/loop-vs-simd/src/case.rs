//! What a task asks for: which kernel, on which type, over how much memory, how often.

use std::str::FromStr;

use anyhow::{Context, anyhow};
use measure::Task;

/// A call passes over its arrays until it has touched this many bytes, so that what a call costs beside its passes (an
/// answer, a look at the clock) does not show at the smallest size.
const BYTES_PER_CALL: u64 = 2 << 20;

/// One of the five loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// `y[i] = x[i]²`
    Square,
    /// Σ x[i]
    Sum,
    /// Σ x[i] · y[i]
    Dot,
    /// How many exceed a threshold, and their sum.
    FilterCount,
    /// `y[i] = 1 / (1 + exp(-x[i]))`
    Sigmoid,
}

impl Kernel {
    /// Whether it uses a second array, as input or as output.
    pub(crate) fn has_two_arrays(self) -> bool {
        matches!(self, Self::Square | Self::Dot | Self::Sigmoid)
    }

    /// Whether the second array is an output.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Square | Self::Sigmoid)
    }

    /// The machine's ceiling that it can hope to reach, see `results::Ceiling`.
    fn ceiling(self) -> &'static str {
        match self {
            Self::Square => "memory-copy",
            Self::Sum | Self::Dot | Self::FilterCount => "memory-read",
            Self::Sigmoid => "flops",
        }
    }

    /// Arithmetic on one element, a fused multiply-add counting as two. For the sigmoid it is that of the polynomial in
    /// `kernels::exp`, whatever a variant does in its place, so that rates compare.
    fn operations(self, element: Type) -> u64 {
        match self {
            Self::Square | Self::Sum => 1,
            Self::Dot | Self::FilterCount => 2,
            Self::Sigmoid => match element {
                Type::F64 => 35,
                Type::F32 | Type::I64 => 25,
            },
        }
    }
}

impl FromStr for Kernel {
    type Err = anyhow::Error;

    fn from_str(id: &str) -> anyhow::Result<Self> {
        Ok(match id {
            "square" => Self::Square,
            "sum" => Self::Sum,
            "dot" => Self::Dot,
            "filter-count" => Self::FilterCount,
            "sigmoid" => Self::Sigmoid,
            _ => return Err(anyhow!("there is no kernel {id:?}")),
        })
    }
}

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Double precision.
    F64,
    /// Single precision.
    F32,
    /// Integers.
    I64,
}

impl Type {
    /// Bytes of an element.
    fn bytes(self) -> u64 {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 => 4,
        }
    }

    /// Id on the axis and in the settings.
    fn id(self) -> &'static str {
        match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
            Self::I64 => "i64",
        }
    }
}

impl FromStr for Type {
    type Err = anyhow::Error;

    fn from_str(id: &str) -> anyhow::Result<Self> {
        [Self::F64, Self::F32, Self::I64]
            .into_iter()
            .find(|element| element.id() == id)
            .ok_or_else(|| anyhow!("there is no element type {id:?}"))
    }
}

/// What a task asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The loop.
    pub(crate) kernel: Kernel,
    /// What the arrays are made of.
    pub(crate) element: Type,
    /// Elements of each array.
    pub(crate) len: usize,
    /// Passes over the arrays in one call.
    pub(crate) passes: usize,
    /// Bytes of all arrays together.
    pub(crate) working_set: u64,
}

impl Case {
    /// Reads a task.
    ///
    /// # Errors
    /// If it names a kernel, a type or a size that does not exist.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        let axis = |name: &str| task.point.get(name).with_context(|| format!("the task has no {name}"));
        let kernel: Kernel = axis("kernel")?.parse()?;
        let element: Type = axis("dtype")?.parse()?;
        let size = *task.numbers.get("size").context("the task has no size in bytes")?;
        anyhow::ensure!((1.0..=1e12).contains(&size), "a working set of {size} bytes cannot be measured");

        let arrays = if kernel.has_two_arrays() { 2 } else { 1 };
        let len = (size as u64 / element.bytes() / arrays).max(1);
        let working_set = len * element.bytes() * arrays;
        Ok(Self {
            kernel,
            element,
            len: usize::try_from(len)?,
            passes: usize::try_from(BYTES_PER_CALL.div_ceil(working_set))?,
            working_set,
        })
    }

    /// Elements that a call works on.
    pub(crate) fn rows(&self) -> u64 {
        (self.len * self.passes) as u64
    }

    /// The quantities of a call.
    pub(crate) fn facts(&self) -> [(&'static str, f64); 4] {
        let rows = self.rows() as f64;
        [
            ("rows", rows),
            ("bytes", (self.working_set * self.passes as u64) as f64),
            ("flops", rows * self.kernel.operations(self.element) as f64),
            ("working_set_bytes", self.working_set as f64),
        ]
    }

    /// What every lane has in common.
    pub(crate) fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("ceiling", self.kernel.ceiling().to_owned()),
            ("dtype", self.element.id().to_owned()),
            ("passes", self.passes.to_string()),
        ]
    }
}
