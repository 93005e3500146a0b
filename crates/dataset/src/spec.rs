//! What the reader asked for: the default table, TPC-H, or files.

use crate::Error;

/// A data set as named on the command line.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Spec {
    /// The seeded `purchases` table.
    #[default]
    Default,
    /// The `lineitem` table of TPC-H.
    Tpch {
        /// Scale factor: 1 is about 6 million rows.
        scale: f64,
    },
    /// Files, folders and patterns of the user, as typed.
    Files(Vec<String>),
}

/// The largest TPC-H scale factor: 600 million rows.
const MAX_SCALE: f64 = 100.0;

impl Spec {
    /// Reads the arguments of `--data`: none is the default table, `tpch:0.1` is TPC-H, anything else is a path, a folder
    /// or a pattern. The paths are looked at later, when the data is opened.
    ///
    /// # Errors
    /// [`Error::Spec`] for a scale factor that is no number between 0 and 100, an empty path, or TPC-H among files.
    pub fn parse(args: &[String]) -> Result<Self, Error> {
        let wrong = |text: &str, why: &str| Err(Error::Spec { text: text.to_owned(), why: why.to_owned() });
        if let Some(empty) = args.iter().find(|arg| arg.trim().is_empty()) {
            return wrong(empty, "it is empty; name a file, a folder, a pattern or tpch:1");
        }
        let tpch = args.iter().find_map(|arg| arg.strip_prefix("tpch:").map(|scale| (arg, scale)));
        match (args, tpch) {
            ([], _) => Ok(Self::Default),
            ([_], Some((arg, scale))) => match scale.parse::<f64>() {
                Ok(scale) if scale > 0.0 && scale <= MAX_SCALE => Ok(Self::Tpch { scale }),
                _ => wrong(arg, "the scale factor is a number above 0 and up to 100, as in tpch:0.1 or tpch:1"),
            },
            (_, Some((arg, _))) => wrong(arg, "TPC-H cannot be mixed with other data; name it alone"),
            (paths, None) => Ok(Self::Files(paths.to_vec())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Spec, String> {
        Spec::parse(&args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    #[test]
    fn arguments_name_data() {
        assert_eq!(parse(&[]), Ok(Spec::Default));
        assert_eq!(parse(&["tpch:0.1"]), Ok(Spec::Tpch { scale: 0.1 }));
        assert_eq!(parse(&["tpch:1"]), Ok(Spec::Tpch { scale: 1.0 }));
        assert_eq!(parse(&["a.csv", "b/"]), Ok(Spec::Files(vec!["a.csv".into(), "b/".into()])));
        assert_eq!(parse(&["./tpch:1"]), Ok(Spec::Files(vec!["./tpch:1".into()])));
    }

    #[test]
    fn a_wrong_argument_says_what_is_right() {
        for arg in ["tpch:", "tpch:x", "tpch:0", "tpch:-1", "tpch:NaN", "tpch:inf", "tpch:1000"] {
            let message = parse(&[arg]).expect_err(arg);
            assert!(message.contains(arg) && message.contains("tpch:0.1"), "{message}");
        }
        assert!(parse(&["tpch:1", "a.csv"]).expect_err("mixed").contains("alone"));
        assert!(parse(&["tpch:1", "tpch:2"]).expect_err("twice").contains("alone"));
        assert!(parse(&["a.csv", " "]).expect_err("empty").contains("empty"));
    }
}
