//! The Python literal that a header is.

/// The header's Python literal.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    /// The type of the numbers, as NumPy names it.
    pub(super) descr: String,
    /// Whether the array lies column by column.
    pub(super) fortran: bool,
    /// Its length in each dimension.
    pub(super) shape: Vec<u64>,
}

impl Told {
    /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, its keys in any order.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        let mut rest = Literal(text);
        rest.eat("{").then_some(())?;
        while !rest.eat("}") {
            let key = rest.text()?;
            rest.eat(":").then_some(())?;
            match key {
                "descr" => descr = Some(rest.text()?.to_owned()),
                "fortran_order" => fortran = Some(rest.truth()?),
                "shape" => shape = Some(rest.numbers()?),
                _ => return None,
            }
            if !rest.eat(",") {
                rest.eat("}").then_some(())?;
                break;
            }
        }
        Some(Self { descr: descr?, fortran: fortran?, shape: shape? })
    }
}

/// What is left of a Python literal.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn eat(&mut self, token: &str) -> bool {
        self.0 = self.0.trim_start();
        self.0.strip_prefix(token).map(|rest| self.0 = rest).is_some()
    }

    fn text(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.eat(quote))?;
        let (text, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(text)
    }

    fn truth(&mut self) -> Option<bool> {
        self.eat("True").then_some(true).or_else(|| self.eat("False").then_some(false))
    }

    fn numbers(&mut self) -> Option<Vec<u64>> {
        let mut numbers = Vec::new();
        self.eat("(").then_some(())?;
        while !self.eat(")") {
            self.0 = self.0.trim_start();
            let end = self.0.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.0.len());
            let (digits, rest) = self.0.split_at(end);
            numbers.push(digits.parse().ok()?);
            self.0 = rest;
            // Python 2 marks long numbers.
            self.eat("L");
            if !self.eat(",") {
                self.eat(")").then_some(())?;
                break;
            }
        }
        Some(numbers)
    }
}
