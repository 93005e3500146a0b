//! What can go wrong while rendering, with the place and the way out.

use std::path::PathBuf;

/// Why a site could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The folder holds files that Benchbook did not make.
    #[error(
        "{path} is not empty and was not made by Benchbook: choose another folder with --out, or empty this one",
        path = path.display()
    )]
    NotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// A template does not compile, or uses a value that its view does not have.
    #[error("template {name}: {why}")]
    Template {
        /// The template.
        name: String,
        /// What Tera says.
        why: String,
    },
    /// A chapter or page source is wrong.
    #[error("{file}{}: {why}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Prose {
        /// The Markdown file.
        file: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
    /// A definition or its claims are wrong.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// A reference run in an experiment's folder cannot be used.
    #[error("{0}")]
    Reference(String),
    /// The logo cannot be used.
    #[error("logo {path}: {why}", path = path.display())]
    Logo {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Error {
    /// An error of the operating system at `path`.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// What Tera says, with its chain of causes in one line.
    pub(crate) fn template(name: &str, error: &tera::Error) -> Self {
        Self::Template { name: name.to_owned(), why: chain(error) }
    }
}

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(error.to_string().trim());
        cause = error.source();
    }
    text
}
