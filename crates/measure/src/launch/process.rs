//! A worker as a process: started, asked, bounded in time, and ended with its handle.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Program, Sampled, Trouble, Worker};
use crate::wire::{Greeting, PROTOCOL, Ready, Reply, Request};
use crate::{Task, counters};

/// How long a worker may take to start and greet.
const GREETING_LIMIT: Duration = Duration::from_secs(30);
/// How much of a worker's standard error is kept for the reason of a failure.
const STDERR_TAIL: usize = 600;

/// A worker process. It ends when this is dropped, and on Linux with the thread that started it, however that ends.
pub struct Process {
    child: Child,
    requests: Option<ChildStdin>,
    replies: Receiver<(Instant, Vec<u8>)>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: JoinHandle<()>,
    startup: Duration,
}

impl Process {
    /// Starts a program and waits for its greeting.
    ///
    /// # Errors
    /// [`Trouble`] if it does not start or greet.
    pub fn start(program: &Program) -> Result<Self, Trouble> {
        let [executable, arguments @ ..] = program.command.as_slice() else {
            return Err(Trouble::Fail("the variant has no program".to_owned()));
        };
        let start = Instant::now();
        let mut command = Command::new(executable);
        command.args(arguments).envs(program.environment.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        stand_apart(&mut command);
        let mut child = command.spawn().map_err(|e| Trouble::Fail(format!("{executable} does not start: {e}")))?;

        let (stdout, pipe) = (child.stdout.take(), child.stderr.take());
        let (Some(stdout), Some(pipe)) = (stdout, pipe) else {
            return Err(Trouble::Fail(format!("{executable} has no standard output")));
        };
        let (send, replies) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            let mut line = Vec::new();
            // A line is bounded, so that a worker that prints without end fills no memory.
            while matches!((&mut reader).take(1 << 20).read_until(b'\n', &mut line), Ok(n) if n > 0) {
                if send.send((Instant::now(), std::mem::take(&mut line))).is_err() {
                    return;
                }
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let tail = Arc::clone(&stderr);
        let stderr_reader = std::thread::spawn(move || keep_tail(pipe, &tail));

        let mut worker =
            Self { requests: child.stdin.take(), child, replies, stderr, stderr_reader, startup: Duration::ZERO };
        let (_, line) = worker.line(GREETING_LIMIT)?;
        match serde_json::from_slice::<Greeting>(&line) {
            Ok(Greeting { protocol: PROTOCOL }) => {}
            Ok(Greeting { protocol }) => {
                return Err(Trouble::Fail(format!(
                    "it speaks version {protocol} of the worker protocol, and Benchbook speaks {PROTOCOL}"
                )));
            }
            Err(_) => return Err(rubbish(&line)),
        }
        worker.startup = start.elapsed();
        Ok(worker)
    }

    /// Sends a request and does not wait for the reply; a worker answers its requests in their order.
    ///
    /// # Errors
    /// [`Trouble::Fail`] if it is gone.
    pub fn send(&mut self, request: &Request) -> Result<(), Trouble> {
        let mut text = serde_json::to_vec(request).map_err(|e| Trouble::Fail(e.to_string()))?;
        text.push(b'\n');
        let sent = self.requests.as_mut().map(|pipe| pipe.write_all(&text).and_then(|()| pipe.flush()));
        if matches!(sent, Some(Ok(()))) { Ok(()) } else { Err(Trouble::Fail(self.death())) }
    }

    /// Waits for the next reply, and says when it came.
    ///
    /// # Errors
    /// [`Trouble`]; a worker that does not answer in time is killed.
    pub fn reply(&mut self, limit: Duration) -> Result<(Instant, Reply), Trouble> {
        let (at, line) = self.line(limit)?;
        Ok((at, read(&line)?))
    }

    /// The next reply, if it is there already.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn poll(&mut self) -> Result<Option<(Instant, Reply)>, Trouble> {
        match self.replies.try_recv() {
            Ok((at, line)) => Ok(Some((at, read(&line)?))),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(Trouble::Fail(self.death())),
        }
    }

    fn ask(&mut self, request: &Request, limit: Duration) -> Result<Reply, Trouble> {
        self.send(request)?;
        Ok(self.reply(limit)?.1)
    }

    fn line(&mut self, limit: Duration) -> Result<(Instant, Vec<u8>), Trouble> {
        match self.replies.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                Err(Trouble::TimedOut(limit))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Trouble::Fail(self.death())),
        }
    }

    /// Why the process is gone, as a sentence.
    fn death(&mut self) -> String {
        self.requests = None;
        let deadline = Instant::now() + Duration::from_secs(2);
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
                _ => break None,
            }
        };
        let mut reason = match status {
            None => "it closed its output and went on running".to_owned(),
            Some(status) => ended(status),
        };
        // Its last words may still be in the pipe; a child of its own may hold the pipe open, so this does not wait for long.
        while !self.stderr_reader.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        let said = self.stderr.lock().map(|tail| String::from_utf8_lossy(&tail).trim().to_owned()).unwrap_or_default();
        if !said.is_empty() {
            reason = format!("{reason}; its last words: {said}");
        }
        reason
    }
}

impl Worker for Process {
    fn startup(&self) -> Duration {
        self.startup
    }

    fn prepare(&mut self, task: &Task, limit: Duration) -> Result<Ready, Trouble> {
        match self.ask(&Request::Prepare { task: Box::new(task.clone()) }, limit)? {
            Reply::Prepared(ready) => Ok(ready),
            other => Err(Trouble::Fail(format!("asked to prepare, it answered {other:?}"))),
        }
    }

    fn run(&mut self, iterations: u64, limit: Duration) -> Result<Sampled, Trouble> {
        let pid = self.child.id();
        let before = counters::begin(pid);
        match self.ask(&Request::Run { iterations }, limit)? {
            Reply::Ran(ran) => {
                let mut counters = counters::since(pid, before);
                counters.extend(ran.cpu_ns.map(|ns| ("cpu_ns".to_owned(), ns)));
                Ok(Sampled { ran, counters })
            }
            other => Err(Trouble::Fail(format!("asked to run, it answered {other:?}"))),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.requests.take() {
            let _ = pipe.write_all(b"{\"op\":\"quit\"}\n");
        }
        // A worker that is idle leaves at once; one that is busy or stuck is not waited for.
        let deadline = Instant::now() + Duration::from_millis(200);
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_micros(200)),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A reply that is no trouble.
fn read(line: &[u8]) -> Result<Reply, Trouble> {
    match serde_json::from_slice(line) {
        Ok(Reply::Skip { reason }) => Err(Trouble::Skip(reason)),
        Ok(Reply::Fail { reason }) => Err(Trouble::Fail(reason)),
        Ok(reply) => Ok(reply),
        Err(_) => Err(rubbish(line)),
    }
}

fn rubbish(line: &[u8]) -> Trouble {
    let text = String::from_utf8_lossy(line);
    let text: String = text.trim_end().chars().take(120).collect();
    Trouble::Fail(format!("it printed {text:?}, which is not the worker protocol"))
}

#[cfg(unix)]
fn ended(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(libc::SIGKILL) => {
            "it was killed by signal 9, which is what the kernel sends when memory runs out".to_owned()
        }
        Some(signal) => format!("it crashed with signal {signal}"),
        None => format!("it ended early with {status}"),
    }
}

#[cfg(not(unix))]
fn ended(status: std::process::ExitStatus) -> String {
    format!("it ended early with {status}")
}

fn keep_tail(mut pipe: impl Read, tail: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(n) = pipe.read(&mut chunk) {
        if n == 0 {
            return;
        }
        if let Ok(mut tail) = tail.lock() {
            tail.extend_from_slice(&chunk[..n]);
            let surplus = tail.len().saturating_sub(STDERR_TAIL);
            tail.drain(..surplus);
        }
    }
}

/// A worker must not get the reader's Ctrl-C (the main process decides what to do), nor outlive a main process that was
/// killed.
#[cfg(target_os = "linux")]
fn stand_apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
    // SAFETY: prctl is async-signal-safe, as code between fork and exec must be.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn stand_apart(_command: &mut Command) {}
