//! The GPU's lines of the doctor.

use machine::{DoctorLine, Status};

use crate::check::{Check, check};
use crate::cuda::Gpu;
use crate::precision::Precision;

/// What the GPU is, what it can do, and whether it computes as the processor does; or why it cannot be opened. Takes seconds.
#[must_use]
pub fn doctor() -> Vec<DoctorLine> {
    match crate::open() {
        Ok(gpu) => lines(&gpu),
        Err(absent) => {
            vec![line(
                "gpu",
                "GPU",
                Status::Missing,
                format!("{}; GPU variants are skipped", absent.why),
                Some(absent.get),
            )]
        }
    }
}

fn lines(gpu: &Gpu) -> Vec<DoctorLine> {
    let facts = gpu.facts();
    let link = facts.link.map(|link| format!(", PCI Express {} × {}", link.generation, link.width)).unwrap_or_default();
    let (gib, capability) = (facts.memory_bytes >> 30, facts.capability);
    let generation = capability.generation();
    let finding = format!("{}, {gib} GiB, compute capability {capability} ({generation}){link}", facts.name);
    let monitor = gpu.monitor(std::time::Duration::from_millis(10)).map(|monitor| drop(monitor.stop()));
    vec![
        line("gpu", "GPU", Status::Good, finding, None),
        precisions(gpu),
        counters(monitor),
        checked(&check(gpu.handle(), capability)),
    ]
}

fn precisions(gpu: &Gpu) -> DoctorLine {
    let able = |precision: &Precision| gpu.supports(*precision).is_ok();
    let ids = Precision::ALL.into_iter().filter(able).map(Precision::id).collect::<Vec<_>>().join(", ");
    let missing: Vec<String> =
        Precision::ALL.into_iter().filter_map(|precision| gpu.supports(precision).err()).collect();
    if missing.is_empty() {
        return line("gpu-precisions", "GPU precisions", Status::Good, ids, None);
    }
    let finding = format!("{ids}; {}", missing.join("; "));
    line("gpu-precisions", "GPU precisions", Status::Caution, finding, Some("a newer GPU has them".to_owned()))
}

fn counters(monitor: Result<(), String>) -> DoctorLine {
    let (id, topic) = ("gpu-counters", "GPU counters");
    match monitor {
        Ok(()) => line(id, topic, Status::Good, "utilisation, power and memory can be read (NVML)".to_owned(), None),
        Err(why) => {
            let advice = "it comes with the driver; in a container, allow the driver's capability `utility`";
            line(
                id,
                topic,
                Status::Missing,
                format!("no time line of utilisation, power and memory: {why}"),
                Some(advice.to_owned()),
            )
        }
    }
}

fn checked(checks: &[Check]) -> DoctorLine {
    let wrong: Vec<String> = checks.iter().filter(|check| !check.passed()).map(ToString::to_string).collect();
    let (id, topic) = ("gpu-check", "GPU answers");
    if wrong.is_empty() {
        let finding = format!("{} kernels, products and training steps answer as the processor does", checks.len());
        return line(id, topic, Status::Good, finding, None);
    }
    let finding = format!("{} of {} answers are wrong: {}", wrong.len(), checks.len(), wrong.join("; "));
    let advice = "please report this with your GPU and driver; what answers wrongly is a failed row and never a figure";
    line(id, topic, Status::Caution, finding, Some(advice.to_owned()))
}

fn line(id: &str, topic: &str, status: Status, finding: String, advice: Option<String>) -> DoctorLine {
    DoctorLine { id: id.to_owned(), topic: topic.to_owned(), status, finding, advice }
}
