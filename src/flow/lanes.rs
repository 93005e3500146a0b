//! Which program runs a variant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use catalog::Variant;
use measure::launch::Program;
use results::{Lane, Machine};

use crate::failure::{Failure, system};
use crate::settings::OwnLane;

/// The programs of every lane.
pub(super) struct Programs {
    own: BTreeMap<String, Vec<String>>,
    executable: PathBuf,
    /// Where the programs of lanes lie, by the lanes' ids.
    found: BTreeMap<String, String>,
    /// What a worker on the GPU needs in its environment to find NVIDIA's libraries.
    gpu: Option<(String, String)>,
    scripts: PathBuf,
}

impl Programs {
    /// Lays out the Python scripts of every experiment below the scratch folder.
    pub(super) fn new(scratch: &Path, machine: &Machine, own: &[OwnLane]) -> Result<Self, Failure> {
        let scripts = scratch.join("python");
        for folder in catalog::FOLDERS {
            let target = scripts.join(folder.slug);
            let scripts = folder.files.iter().filter(|(name, _)| name.ends_with(".py") && !name.contains('/'));
            for (name, text) in scripts.chain(std::iter::once(&measure::PYTHON_HELPER)) {
                let path = target.join(name);
                std::fs::create_dir_all(&target)
                    .and_then(|()| std::fs::write(&path, text))
                    .map_err(|e| system(format_args!("{}: {e}", path.display())))?;
            }
        }
        let executable = std::env::current_exe().map_err(|e| system(format_args!("this program's own path: {e}")))?;
        let found = machine.lanes.iter().filter_map(|lane| Some((lane.id.clone(), lane.path.clone()?))).collect();
        let own = own.iter().map(|lane| (key(&lane.experiment, &lane.id), lane.command.clone())).collect();
        let gpu = machine::gpu_environment(&machine.lanes);
        Ok(Self { own, executable, found, gpu, scripts })
    }

    /// The program of a variant, with its number of threads in every form that libraries look for.
    pub(super) fn of(&self, slug: &str, variant: &Variant, threads: u32) -> Program {
        let command = if let Some(command) = self.own.get(&key(slug, &variant.id)) {
            command.clone()
        } else if variant.lane == "python" {
            let script = self.scripts.join(slug).join(variant.program.as_deref().unwrap_or_default());
            vec![self.found.get("python").map_or("python3", String::as_str).to_owned(), script.display().to_string()]
        } else {
            let apart =
                variant.built_apart().map(|id| self.found.get(id).cloned().unwrap_or(format!("benchbook-{id}")));
            Program::worker(apart.as_deref().map_or(&self.executable, Path::new)).command
        };
        let count = threads.to_string();
        let variables =
            ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];
        let mut environment: Vec<(String, String)> =
            variables.iter().map(|name| ((*name).to_owned(), count.clone())).collect();
        environment.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        environment.extend(self.gpu.iter().filter(|_| variant.lane == "cuda").cloned());
        Program { command, environment }
    }
}

fn key(slug: &str, id: &str) -> String {
    format!("{slug}/{id}")
}

/// The reader's own program as a variant.
pub(super) fn variant(lane: &OwnLane) -> Variant {
    Variant {
        id: lane.id.clone(),
        label: lane.label.clone(),
        lane: "program".to_owned(),
        needs: Vec::new(),
        program: None,
        tolerance: None,
        answers_differ: None,
        threads: None,
        params: [("command".to_owned(), lane.command.join(" "))].into(),
    }
}

/// The lane of the reader's own programs, if there are any.
pub(super) fn own(lanes: &[OwnLane]) -> Option<Lane> {
    (!lanes.is_empty()).then(|| Lane {
        id: "program".to_owned(),
        version: Some("1".to_owned()),
        path: None,
        missing: None,
        adds: "your own programs, as benchbook.toml names them".to_owned(),
    })
}
