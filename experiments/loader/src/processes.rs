//! Workers that are processes of their own, as PyTorch's are: this program started again for each, which speaks the worker protocol
//! ([`child`](crate::child)). A batch is made in memory that both sides share; what goes through the pipe is that it is ready.
//!
//! Batches are dealt out in turns (worker 0 makes batches 0, n, 2n, …), so each side knows which comes next. A worker that dies is
//! counted and replaced, and its batches are made again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use loading::{Batch, Consumer, Data, Feed, Images, Knobs, Pass, Trouble, Troubles, Work, drive};
use measure::launch::{Process, Program, Worker as _};
use measure::wire::{Reply, Request};
use measure::{Refusal, Task};

use crate::child::{Place, Shared};

/// A worker that dies this often is not started again.
const DEATHS: usize = 3;
/// How long a worker may take to open the images.
const OPENING: Duration = Duration::from_secs(60);
/// A batch that takes longer than this does not come any more.
const STUCK: Duration = Duration::from_secs(60);

/// Workers that are running.
pub(crate) struct Processes {
    task: Task,
    place: Place,
    shared: Arc<Shared>,
    batches: usize,
    prefetch: usize,
    workers: Vec<Worker>,
}

struct Worker {
    process: Process,
    deaths: usize,
    /// Batches that it was asked for and the consumer has not had, the oldest first.
    asked: VecDeque<usize>,
    /// How many of these are ready.
    ready: usize,
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
        let (task, batches, prefetch) = (task.clone(), images.batches(), knobs.prefetch);
        let mut processes = Self { task, place, shared, batches, prefetch, workers: Vec::new() };
        for worker in 0..knobs.workers {
            let process = processes.spawn(worker, worker)?;
            processes.workers.push(Worker { process, deaths: 0, asked: VecDeque::new(), ready: 0 });
        }
        Ok(processes)
    }

    /// One pass.
    ///
    /// # Errors
    /// Those of the consumer, and a worker that dies again and again.
    pub(crate) fn pass(&mut self, consumer: &mut dyn Consumer) -> anyhow::Result<Pass> {
        let mut feed = Turns { processes: self, next: 0, depths: Vec::new(), troubles: Troubles::default() };
        feed.begin();
        drive(&mut feed, consumer)
    }

    /// Starts worker `worker`, whose first batch is `first`.
    fn spawn(&self, worker: usize, first: usize) -> anyhow::Result<Process> {
        let program = match self.task.params.get("program") {
            Some(program) => {
                let command = serde_json::from_str(program).context("the parameter `program`")?;
                Program { command, environment: Vec::new() }
            }
            None => Program::worker(&std::env::current_exe()?),
        };
        let task = self.place.task(&self.task, self.shared.path(), worker, first)?;
        let started = Process::start(&program).and_then(|mut process| {
            process.prepare(&task, OPENING)?;
            Ok(process)
        });
        started.context("a worker process cannot be set up")
    }

    /// Replaces a worker that died, and asks for its batches again.
    fn replace(&mut self, worker: usize, why: &str) -> anyhow::Result<()> {
        let dead = &mut self.workers[worker];
        dead.deaths += 1;
        if dead.deaths > DEATHS {
            bail!("worker {worker} died {} times: {why}", dead.deaths);
        }
        let asked = std::mem::take(&mut dead.asked);
        let first = asked.front().copied().unwrap_or(worker);
        let process = self.spawn(worker, first)?;
        let alive = &mut self.workers[worker];
        (alive.process, alive.ready) = (process, 0);
        asked.into_iter().for_each(|number| self.ask_for(worker, number));
        Ok(())
    }

    /// Asks a worker for its next batch, which is this one.
    fn ask_for(&mut self, worker: usize, number: usize) {
        let worker = &mut self.workers[worker];
        worker.asked.push_back(number);
        // One that is gone says so where its replies are taken in: it is replaced then.
        let _ = worker.process.send(&Request::Run { iterations: 1 });
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
    fn begin(&mut self) {
        let (workers, batches) = (self.processes.workers.len(), self.processes.batches);
        for number in 0..(workers * self.processes.prefetch).min(batches) {
            self.processes.ask_for(number % workers, number);
        }
    }

    fn note(&mut self, at: Instant) {
        self.depths.push((at, self.processes.workers.iter().map(|worker| worker.ready).sum()));
    }

    /// Takes in what the workers have said, and waits for one of them first if it is named. Those that died are replaced.
    fn hear(&mut self, wait: Option<usize>) -> anyhow::Result<()> {
        let others = (0..self.processes.workers.len()).filter(|place| Some(*place) != wait);
        let (mut ready, mut dead) = (Vec::new(), Vec::new());
        for place in wait.into_iter().chain(others) {
            let process = &mut self.processes.workers[place].process;
            let mut said = if wait == Some(place) { process.reply(STUCK).map(Some) } else { process.poll() };
            while let Ok(Some((at, Reply::Ran(_)))) = said {
                ready.push((at, place));
                said = process.poll();
            }
            match said {
                Ok(None) => {}
                Ok(Some((_, other))) => dead.push((place, format!("asked for a batch, it answered {other:?}"))),
                Err(trouble) => dead.push((place, trouble.to_string())),
            }
        }
        ready.sort_unstable();
        for (at, place) in ready {
            self.processes.workers[place].ready += 1;
            self.note(at);
        }
        for (place, why) in dead {
            self.troubles.add(Trouble::WorkerDied, format!("worker {place}"));
            self.processes.replace(place, &why)?;
        }
        Ok(())
    }
}

impl Feed for Turns<'_> {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let (workers, batches) = (self.processes.workers.len(), self.processes.batches);
        if self.next >= batches {
            return Ok(None);
        }
        self.hear(None)?;
        let turn = self.next % workers;
        while self.processes.workers[turn].ready == 0 {
            self.hear(Some(turn))?;
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
            self.processes.ask_for(turn, further);
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
