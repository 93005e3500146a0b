//! The two models, in the arithmetic that libraries use: 64 bits for doubles, 32 for everything smaller.

use anyhow::{Context, anyhow, bail};
use smartcore::linalg::basic::arrays::Array;
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};
use smartcore::xgboost::{XGRegressor, XGRegressorParameters};

use super::auc::auc;
use super::rows::{Rows, Split};
use crate::loss::Precision;

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Logistic regression.
    Logistic,
    /// Gradient-boosted trees.
    Trees,
}

impl Kind {
    /// Rows for training. The search for splits sorts every feature at every node, so trees get fewer.
    fn train_rows(self) -> usize {
        match self {
            Self::Logistic => 4000,
            Self::Trees => 1500,
        }
    }

    /// Rows for testing.
    const TEST_ROWS: usize = 6000;
}

/// A model to be trained: features in one type, a split of the rows.
pub(crate) struct Model {
    kind: Kind,
    precision: Precision,
    split: Split,
}

impl Model {
    /// Draws the rows.
    ///
    /// # Errors
    /// If the draw left a class out.
    pub(crate) fn new(kind: Kind, rows: &Rows, precision: Precision, seed: u64) -> anyhow::Result<Self> {
        let split = rows.split(precision, kind.train_rows(), Kind::TEST_ROWS, seed);
        for labels in [&split.train_labels, &split.test_labels] {
            if labels.iter().all(|label| *label) || !labels.iter().any(|label| *label) {
                bail!("the rows that were drawn have labels of one class alone");
            }
        }
        Ok(Self { kind, precision, split })
    }

    /// Rows for training.
    pub(crate) fn rows(&self) -> usize {
        self.split.train.len()
    }

    /// Trains, and gives the area under the ROC curve of the test rows.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn run(&self) -> anyhow::Result<f64> {
        let scores = match (self.kind, self.precision) {
            (Kind::Logistic, Precision::F64) => self.logistic(&matrix(&self.split.train, |value| value)?)?,
            (Kind::Logistic, _) => self.logistic(&matrix(&self.split.train, |value| value as f32)?)?,
            (Kind::Trees, Precision::F64) => self.trees(|value| value)?,
            (Kind::Trees, _) => self.trees(|value| value as f32)?,
        };
        Ok(auc(&scores, &self.split.test_labels))
    }

    fn logistic<T>(&self, train: &DenseMatrix<T>) -> anyhow::Result<Vec<f64>>
    where
        T: smartcore::numbers::basenum::Number
            + smartcore::numbers::floatnum::FloatNumber
            + smartcore::numbers::realnum::RealNumber,
        DenseMatrix<T>: smartcore::linalg::basic::arrays::Array2<T>,
    {
        let labels: Vec<i32> = self.split.train_labels.iter().map(|&label| i32::from(label)).collect();
        let penalty = T::from_f64(1.0).context("1 is a float")?;
        let parameters = LogisticRegressionParameters::default().with_alpha(penalty);
        let model = LogisticRegression::fit(train, &labels, parameters).map_err(|error| anyhow!("{error}"))?;
        // The library predicts classes; the ranking needs the sum before the threshold.
        let weights: Vec<f64> = model.coefficients().iterator(0).map(|w| w.to_f64().unwrap_or(0.0)).collect();
        let score = |row: &Vec<f64>| row.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
        Ok(self.split.test.iter().map(score).collect())
    }

    fn trees<T>(&self, convert: impl Fn(f64) -> T + Copy) -> anyhow::Result<Vec<f64>>
    where
        T: smartcore::numbers::basenum::Number + PartialOrd,
    {
        let labels: Vec<f64> = self.split.train_labels.iter().map(|&label| f64::from(u8::from(label))).collect();
        let parameters =
            XGRegressorParameters::default().with_n_estimators(20).with_max_depth(3).with_learning_rate(0.3);
        let model = XGRegressor::fit(&matrix(&self.split.train, convert)?, &labels, parameters);
        let model = model.map_err(|error| anyhow!("{error}"))?;
        let scores = model.predict(&matrix(&self.split.test, convert)?).map_err(|error| anyhow!("{error}"))?;
        Ok(scores.iterator(0).map(|score| score.to_f64().unwrap_or(0.0)).collect())
    }
}

fn matrix<T: smartcore::numbers::basenum::Number>(
    rows: &[Vec<f64>],
    convert: impl Fn(f64) -> T + Copy,
) -> anyhow::Result<DenseMatrix<T>> {
    let rows: Vec<Vec<T>> = rows.iter().map(|row| row.iter().map(|&value| convert(value)).collect()).collect();
    DenseMatrix::from_2d_vec(&rows).map_err(|error| anyhow!("{error}"))
}
