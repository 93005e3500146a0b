//! Finding a program, and running it once for its answer, within a time limit.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What a program said.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Exit code; absent if a signal ended it.
    pub(super) code: Option<i32>,
}

impl Output {
    /// How it ended, with the last thing that it said.
    pub(super) fn ending(&self) -> String {
        let ending = self.code.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit code {code}"));
        match self.stderr.lines().rev().find(|line| !line.trim().is_empty()) {
            Some(line) => format!("{ending}: {}", line.trim()),
            None => ending,
        }
    }
}

/// The first of these names on the search path.
pub(super) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|path| is_program(path))
    })
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Runs a program without input and collects what it says.
///
/// # Errors
/// Why there is no answer, as a sentence: it does not start, or it takes longer than the limit (then it is ended, with
/// everything that it started).
pub(super) fn run(program: &Path, arguments: &[&str], limit: Duration) -> Result<Output, String> {
    let name = program.display();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| format!("{name} does not start: {error}"))?;

    let deadline = Instant::now() + limit;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    // Both pipes close when the program ends; waiting for them needs no polling. Text that does not come is not waited
    // for twice: a grandchild may hold the pipe open.
    let texts = [stdout, stderr].map(|text| text.recv_timeout(deadline.saturating_duration_since(Instant::now())));
    let [Ok(stdout), Ok(stderr)] = texts else {
        end(&mut child);
        return Err(format!("{name} did not answer within {} seconds", limit.as_secs_f64()));
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Output { stdout, stderr, code: status.code() }),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Ok(None) => {
                end(&mut child);
                return Err(format!("{name} did not end within {} seconds", limit.as_secs_f64()));
            }
            Err(error) => return Err(format!("{name} was lost: {error}")),
        }
    }
}

/// Reads a pipe to its end in the background.
fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // An error in the middle leaves what came before it, which is all that can be had.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        // No one listens any more after a time-out.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Ends a program and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(child.id()) {
        // SAFETY: a plain system call on the process group that `run` made for this child, which has not been waited for.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    // It may have ended by itself meanwhile; waiting collects it in either case.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn answers_endings_and_time_limits() {
        let shell = Path::new("/bin/sh");
        let output = run(shell, &["-c", "echo out; echo err >&2; exit 3"], Duration::from_secs(10)).unwrap();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.code), ("out\n", "err\n", Some(3)));
        assert_eq!(output.ending(), "exit code 3: err");

        // The grandchild holds the pipe open: it is ended too.
        let started = Instant::now();
        let error = run(shell, &["-c", "sleep 600 & sleep 600"], Duration::from_millis(100)).unwrap_err();
        assert!(error.contains("did not answer within 0.1 seconds"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(60));

        let error = run(Path::new("/does/not/exist"), &[], Duration::from_secs(1)).unwrap_err();
        assert!(error.contains("/does/not/exist does not start"), "{error}");
    }
}
