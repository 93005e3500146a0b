//! Workers that are processes of their own, as PyTorch's are: this program started again for each, which speaks the worker protocol
//! ([`child`](crate::child)). A batch is made in memory that both sides share; what goes through the pipe is that it is ready.
//!
//! Batches are dealt out in turns (worker 0 makes batches 0, n, 2n, …), so each side knows which comes next. A worker that dies is
//! counted and replaced, and its batches are made again.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use loading::{Batch, Consumer, Data, Feed, Images, Knobs, Pass, Trouble, Troubles, Work, drive};
use measure::wire::{Greeting, Reply, Request};
use measure::{Refusal, Task};

use crate::child::{Place, Shared};

/// A worker that dies this often is not started again.
const DEATHS: usize = 3;

/// Workers that are running.
pub(crate) struct Processes {
    task: Task,
    place: Place,
    shared: Arc<Shared>,
    batches: usize,
    prefetch: usize,
    workers: Vec<Worker>,
    events: Receiver<Event>,
    sender: Sender<Event>,
}

struct Worker {
    child: Child,
    requests: Option<ChildStdin>,
    /// Which start of this worker: words of one that is gone are told apart.
    life: usize,
    deaths: usize,
    /// Batches that it was asked for and the consumer has not had, the oldest first.
    asked: VecDeque<usize>,
    /// How many of these are ready.
    ready: usize,
}

struct Event {
    worker: usize,
    life: usize,
    at: Instant,
    ok: Result<(), String>,
}

impl Processes {
    /// Starts the workers.
    ///
    /// # Errors
    /// A skip where memory cannot be shared in this way; a failure if a worker does not start.
    pub(crate) fn start(task: &Task, images: &Images, knobs: Knobs) -> Result<Self, Refusal> {
        // The consumer holds one batch of a worker while others of it are made.
        let place = Place { workers: knobs.workers, slots: knobs.prefetch + 1, bytes: images.batch_bytes() };
        let shared = Arc::new(Shared::new(place)?);
        let (sender, events) = channel();
        let batches = images.batches();
        let mut processes = Self {
            task: task.clone(),
            place,
            shared,
            batches,
            prefetch: knobs.prefetch,
            workers: Vec::new(),
            events,
            sender,
        };
        for worker in 0..knobs.workers {
            let (child, requests) = processes.spawn(worker, 0, worker)?;
            processes.workers.push(Worker {
                child,
                requests: Some(requests),
                life: 0,
                deaths: 0,
                asked: VecDeque::new(),
                ready: 0,
            });
        }
        Ok(processes)
    }

    /// One pass.
    ///
    /// # Errors
    /// Those of the consumer, and a worker that dies again and again.
    pub(crate) fn pass(&mut self, consumer: &mut dyn Consumer) -> anyhow::Result<Pass> {
        let mut feed = Turns { processes: self, next: 0, depths: Vec::new(), troubles: Troubles::default() };
        feed.begin()?;
        drive(&mut feed, consumer)
    }

    /// Starts worker `worker`, whose first batch is `first`.
    fn spawn(&self, worker: usize, life: usize, first: usize) -> anyhow::Result<(Child, ChildStdin)> {
        let program = match self.task.params.get("program") {
            Some(program) => serde_json::from_str(program).context("the parameter `program`")?,
            None => vec![std::env::current_exe()?.to_string_lossy().into_owned(), "worker".to_owned()],
        };
        let [executable, arguments @ ..] = program.as_slice() else { bail!("a worker needs a program") };
        let mut child = Command::new(executable)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("worker process {executable}"))?;
        let (Some(mut requests), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker process has no pipes");
        };
        let mut replies = BufReader::new(stdout);
        let task = self.place.task(&self.task, self.shared.path(), worker, first);
        let prepared = greeted(&mut replies).and_then(|()| {
            ask(&mut requests, &Request::Prepare { task: Box::new(task) })?;
            match reply(&mut replies)? {
                Reply::Prepared(_) => Ok(()),
                Reply::Skip { reason } | Reply::Fail { reason } => bail!(reason),
                other => bail!("asked to prepare, it answered {other:?}"),
            }
        });
        if let Err(error) = prepared {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error.context("a worker process cannot be set up"));
        }
        let sender = self.sender.clone();
        // It ends with the pipe.
        std::thread::spawn(move || {
            loop {
                let ok = match reply(&mut replies) {
                    Ok(Reply::Ran(_)) => Ok(()),
                    Ok(other) => Err(format!("{other:?}")),
                    Err(error) => Err(format!("{error:#}")),
                };
                let end = ok.is_err();
                if sender.send(Event { worker, life, at: Instant::now(), ok }).is_err() || end {
                    return;
                }
            }
        });
        Ok((child, requests))
    }

    /// Replaces a worker that died, and asks for its batches again.
    fn replace(&mut self, worker: usize, why: &str) -> anyhow::Result<()> {
        let dead = &mut self.workers[worker];
        dead.deaths += 1;
        let _ = dead.child.kill();
        let _ = dead.child.wait();
        if dead.deaths > DEATHS {
            bail!("worker {worker} died {} times: {why}", dead.deaths);
        }
        let life = dead.life + 1;
        let asked = std::mem::take(&mut dead.asked);
        let first = asked.front().copied().unwrap_or(worker);
        let (child, requests) = self.spawn(worker, life, first)?;
        let alive = &mut self.workers[worker];
        *alive =
            Worker { child, requests: Some(requests), life, deaths: alive.deaths, asked: VecDeque::new(), ready: 0 };
        asked.into_iter().try_for_each(|number| self.ask_for(worker, number))
    }

    /// Asks a worker for its next batch, which is this one.
    fn ask_for(&mut self, worker: usize, number: usize) -> anyhow::Result<()> {
        let workers = &mut self.workers[worker];
        workers.asked.push_back(number);
        // A pipe that is closed shows as the end of the replies, too: the worker is replaced then.
        if let Some(pipe) = &mut workers.requests {
            let _ = ask(pipe, &Request::Run { iterations: 1 });
        }
        Ok(())
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.requests = None;
        }
        // They end with their input; one that is stuck is not waited for.
        let deadline = Instant::now() + Duration::from_millis(200);
        for worker in &mut self.workers {
            while Instant::now() < deadline && matches!(worker.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = worker.child.kill();
            let _ = worker.child.wait();
        }
    }
}

/// The batches of a pass in their order, each from the worker whose turn it is.
struct Turns<'a> {
    processes: &'a mut Processes,
    next: usize,
    depths: Vec<(Instant, usize)>,
    troubles: Troubles,
}

impl Turns<'_> {
    fn begin(&mut self) -> anyhow::Result<()> {
        let (workers, batches) = (self.processes.workers.len(), self.processes.batches);
        for number in 0..(workers * self.processes.prefetch).min(batches) {
            self.processes.ask_for(number % workers, number)?;
        }
        Ok(())
    }

    fn note(&mut self, at: Instant) {
        self.depths.push((at, self.processes.workers.iter().map(|worker| worker.ready).sum()));
    }

    /// Takes in what a worker says.
    fn hear(&mut self, event: Event) -> anyhow::Result<()> {
        let worker = &mut self.processes.workers[event.worker];
        if event.life != worker.life {
            return Ok(());
        }
        match event.ok {
            Ok(()) => {
                worker.ready += 1;
                self.note(event.at);
                Ok(())
            }
            Err(why) => {
                self.troubles.add(Trouble::WorkerDied, format!("worker {}", event.worker));
                self.processes.replace(event.worker, &why)
            }
        }
    }
}

impl Feed for Turns<'_> {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let (workers, batches) = (self.processes.workers.len(), self.processes.batches);
        if self.next >= batches {
            return Ok(None);
        }
        while let Ok(event) = self.processes.events.try_recv() {
            self.hear(event)?;
        }
        let turn = self.next % workers;
        while self.processes.workers[turn].ready == 0 {
            let event = self.processes.events.recv().context("all workers are gone")?;
            self.hear(event)?;
        }
        let worker = &mut self.processes.workers[turn];
        worker.ready -= 1;
        worker.asked.pop_front();
        self.note(Instant::now());
        let number = self.next;
        let (made, window) = self.processes.shared.made(turn, number / workers)?;
        self.next += 1;
        let further = number + workers * self.processes.prefetch;
        if further < batches {
            self.processes.ask_for(turn, further)?;
        }
        Ok(Some(Batch {
            number,
            samples: made.samples,
            data: Data::Shared(Box::new(window)),
            check: made.check,
            troubles: made.troubles,
        }))
    }

    fn give_back(&mut self, _batch: Batch) {}

    fn depths(&mut self) -> Vec<(Instant, usize)> {
        std::mem::take(&mut self.depths)
    }

    fn troubles(&mut self) -> Troubles {
        std::mem::take(&mut self.troubles)
    }
}

fn ask(pipe: &mut ChildStdin, request: &Request) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    pipe.write_all(&line)?;
    pipe.flush()?;
    Ok(())
}

fn line(replies: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    anyhow::ensure!(replies.read_line(&mut line)? > 0, "it closed its output");
    Ok(line)
}

fn reply(replies: &mut impl BufRead) -> anyhow::Result<Reply> {
    Ok(serde_json::from_str(&line(replies)?)?)
}

/// Waits for the greeting; a program may say something of its own before.
fn greeted(replies: &mut impl BufRead) -> anyhow::Result<()> {
    for _ in 0..20 {
        if serde_json::from_str::<Greeting>(&line(replies)?).is_ok() {
            return Ok(());
        }
    }
    bail!("it does not greet: it is no worker")
}
