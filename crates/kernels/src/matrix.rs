//! Matrices as the products read them: numbers somewhere in memory, and how far apart rows and columns lie.

/// A matrix that is read, with any distance between rows and between columns: a transposed one is the same numbers.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T: Copy> Matrix<'a, T> {
    /// A matrix that lies row after row, without gaps.
    ///
    /// # Panics
    /// If `data` does not have `rows × columns` numbers.
    #[must_use]
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a matrix of {rows} × {columns}");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// A matrix whose entry in row `i` and column `j` is `data[i * row_stride + j * column_stride]`.
    ///
    /// # Panics
    /// If the last entry lies behind the end of `data`.
    #[must_use]
    pub fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize, column_stride: usize) -> Self {
        if rows > 0 && columns > 0 {
            let last = row_stride
                .checked_mul(rows - 1)
                .and_then(|row| column_stride.checked_mul(columns - 1).and_then(|column| row.checked_add(column)));
            let there = last.is_some_and(|last| last < data.len());
            assert!(
                there,
                "{} numbers for {rows} × {columns}, rows {row_stride} and columns {column_stride} apart",
                data.len()
            );
        }
        Self { data, rows, columns, row_stride, column_stride }
    }

    /// The same numbers with rows and columns exchanged; nothing is copied.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Numbers from one row to the next.
    #[must_use]
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// Numbers from one column to the next.
    #[must_use]
    pub fn column_stride(&self) -> usize {
        self.column_stride
    }

    /// The numbers, from the first entry on.
    #[must_use]
    pub fn data(&self) -> &'a [T] {
        self.data
    }

    /// The entry in a row and a column.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> T {
        assert!(row < self.rows && column < self.columns, "({row}, {column}) of {} × {}", self.rows, self.columns);
        self.data[row * self.row_stride + column * self.column_stride]
    }
}
