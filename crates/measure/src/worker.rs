//! The worker's side of the protocol for variants in this binary (`benchbook worker`).

use std::io::{BufRead, Write};

use results::Answer;

use crate::wire::{Greeting, PROTOCOL, Ready, Reply, Request};
use crate::{Experiment, Prepared, Refusal, timer};

/// Serves requests from `input` until `quit` or the end of input.
///
/// # Errors
/// If a line cannot be read or written; an error of the work itself is a reply.
pub fn serve<'a>(
    find: &dyn Fn(&str) -> Option<&'a dyn Experiment>,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> anyhow::Result<()> {
    send(output, &Greeting { protocol: PROTOCOL })?;
    let mut prepared: Option<Prepared> = None;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_str(&line) {
            Ok(Request::Quit) => return Ok(()),
            Ok(Request::Prepare { task }) => {
                prepared = None; // frees the last case before the next one is set up
                match find(&task.experiment) {
                    None => Reply::Fail { reason: format!("this binary has no experiment {:?}", task.experiment) },
                    Some(experiment) => match experiment.prepare(&task) {
                        Ok(case) => {
                            // Deriving a file takes gigabytes from a large table; a score of workers wait beside each other.
                            give_back_memory();
                            let ready = ready(&case);
                            match ready.defect() {
                                Some(reason) => Reply::Fail { reason },
                                None => {
                                    prepared = Some(case);
                                    Reply::Prepared(ready)
                                }
                            }
                        }
                        Err(Refusal::Skip(reason)) => Reply::Skip { reason },
                        Err(Refusal::Fail(e)) => Reply::Fail { reason: format!("{e:#}") },
                    },
                }
            }
            Ok(Request::Run { iterations }) => match prepared.as_mut() {
                None => Reply::Fail { reason: "asked to run before anything was prepared".to_owned() },
                Some(case) => run(case, iterations),
            },
            Err(e) => Reply::Fail { reason: format!("the request is not understood: {e}") },
        };
        send(output, &reply)?;
    }
}

/// Gives memory that was used for a while back to the system, so that it does not count as the work's and is there for others.
fn give_back_memory() {
    // SAFETY: it only returns free pages of the allocator that Benchbook's binary uses; with another one it has none.
    unsafe { libmimalloc_sys::mi_collect(true) };
}

fn ready(case: &Prepared) -> Ready {
    Ready {
        settings: case.settings.clone(),
        facts: case.facts.clone(),
        trials: case.trials.clone(),
        tables: case.tables.clone(),
        files: case.files.clone(),
        single_call: case.reset.is_some(),
    }
}

fn run(case: &mut Prepared, iterations: u64) -> Reply {
    let iterations = if case.reset.is_some() { 1 } else { iterations.max(1) };
    let ran = timer::time(&mut *case.work as &mut dyn FnMut() -> anyhow::Result<Answer>, iterations);
    let restored = case.reset.as_mut().map_or(Ok(()), |reset| reset());
    match (ran, restored) {
        (Ok(ran), Ok(())) => Reply::Ran(ran),
        (Err(e), _) => Reply::Fail { reason: format!("{e:#}") },
        (Ok(_), Err(e)) => Reply::Fail { reason: format!("the state could not be restored: {e:#}") },
    }
}

fn send(output: &mut dyn Write, message: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()?;
    Ok(())
}

/// Takes standard output for the protocol alone: what a library prints there goes to standard error from now on.
///
/// # Errors
/// If the descriptors cannot be duplicated.
#[cfg(unix)]
pub fn private_stdout() -> std::io::Result<std::fs::File> {
    use std::os::fd::FromRawFd;
    // SAFETY: 1 and 2 are open for the life of the process; the new descriptor is owned by the returned File alone.
    unsafe {
        let private = libc::fcntl(1, libc::F_DUPFD_CLOEXEC, 3);
        if private < 0 || libc::dup2(2, 1) < 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(std::fs::File::from_raw_fd(private))
    }
}

/// Standard output; elsewhere it cannot be protected from libraries that print.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn private_stdout() -> std::io::Result<std::io::Stdout> {
    Ok(std::io::stdout())
}
