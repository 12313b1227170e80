//! Tables of text whose columns are aligned.

/// On which side the cells of a column stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Columns with their titles, and rows of as many cells.
pub(super) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: &[(&'static str, Align)]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Asserts one cell for each column.
    pub(super) fn push(&mut self, row: Vec<String>) {
        assert_eq!(row.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(row);
    }

    /// The line of titles, empty if there are none, and the lines of the rows. Columns without a cell are left out.
    pub(super) fn lines(&self) -> (String, Vec<String>) {
        let used: Vec<(usize, usize)> =
            self.used().into_iter().map(|column| (column, self.width(column))).collect();
        let cells = |row: &dyn Fn(usize) -> String| {
            let padded = used.iter().map(|(column, width)| {
                let (cell, align) = (row(*column), self.columns[*column].1);
                let room = " ".repeat(width - cell.chars().count());
                if align == Align::Left { cell + &room } else { room + &cell }
            });
            padded.collect::<Vec<String>>().join("  ").trim_end().to_owned()
        };
        let titles = cells(&|column| self.columns[column].0.to_owned());
        (titles, self.rows.iter().map(|row| cells(&|column| row[column].clone())).collect())
    }

    /// The columns that have a cell with something in it.
    pub(super) fn used(&self) -> Vec<usize> {
        let is_used = |column: &usize| self.rows.iter().any(|row| !row[*column].is_empty());
        (0..self.columns.len()).filter(is_used).collect()
    }

    /// Title and side of each column.
    pub(super) fn columns(&self) -> &[(&'static str, Align)] {
        &self.columns
    }

    /// The rows, each with a cell for each column.
    pub(super) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The width of a column in letters.
    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].as_str());
        cells.chain([self.columns[column].0]).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(&[
            ("name", Align::Left),
            ("none", Align::Left),
            ("rate", Align::Right),
            ("", Align::Left),
        ]);
        for (name, rate, note) in [("é", "11.6 k/s", ""), ("longer", "9 /s", "note")] {
            table.push(vec![name.to_owned(), String::new(), rate.to_owned(), note.to_owned()]);
        }
        let (titles, lines) = table.lines();
        assert_eq!(titles, "name        rate");
        assert_eq!(lines, ["é       11.6 k/s", "longer      9 /s  note"]);
    }
}
