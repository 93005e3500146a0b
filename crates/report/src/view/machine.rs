//! The machine: facts, ceilings, and the programs that can run variants.

use results::{DiskKind, Machine};
use serde::Serialize;

use super::{Cell, Head, Layout, Table};
use crate::format;
use crate::markdown::Entry;
use crate::site::Site;

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MachineView {
    layout: Layout,
    summary: String,
    id: String,
    facts_html: String,
    conditions_html: Option<String>,
    ceilings_html: Option<String>,
    lanes: Vec<LaneView>,
}

#[derive(Clone, Debug, Serialize)]
struct LaneView {
    id: String,
    found: bool,
    version: Option<String>,
    missing: Option<String>,
    adds: String,
}

/// The machine's page.
pub(crate) fn page(site: &Site<'_>) -> MachineView {
    let machine = &site.input.run.machine;
    let contents = [("facts", "Facts"), ("ceilings", "Ceilings"), ("lanes", "Lanes")]
        .map(|(id, title)| Entry { id: id.to_owned(), title: title.to_owned() });
    let lanes = machine
        .lanes
        .iter()
        .map(|lane| LaneView {
            id: lane.id.clone(),
            found: lane.missing.is_none(),
            version: lane.version.clone(),
            missing: lane.missing.clone(),
            adds: lane.adds.clone(),
        })
        .collect();
    MachineView {
        layout: Layout::new(site, "machine.html", "Machine", "What the measurements ran on.", contents.into()),
        summary: machine.summary(),
        id: machine.id(),
        facts_html: facts(machine).html(),
        conditions_html: conditions(machine).map(|table| table.html()),
        ceilings_html: ceilings(site).map(|table| table.html()),
        lanes,
    }
}

/// Name and value, one row each.
fn pairs(caption: &str, rows: Vec<(String, String)>) -> Table {
    Table {
        caption: caption.to_owned(),
        heads: vec![Head::text("Fact"), Head::text("Here")],
        rows: rows.into_iter().map(|(name, value)| vec![Cell::header(name), Cell::text(value)]).collect(),
    }
}

fn facts(machine: &Machine) -> Table {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: String| rows.push((name.to_owned(), value));
    add("Processor", machine.cpu.model.clone());
    add("Cores", format!("{} physical, {} logical", machine.cpu.physical_cores, machine.cpu.logical_cores));
    for cache in &machine.cpu.caches {
        let shared = match cache.shared_by {
            0 | 1 => "for each core".to_owned(),
            n => format!("shared by {n} logical cores"),
        };
        add(&format!("L{} data cache", cache.level), format!("{}, {shared}", format::bytes(cache.bytes as f64)));
    }
    add("SIMD", if machine.cpu.simd.is_empty() { "none found".to_owned() } else { machine.cpu.simd.join(", ") });
    add("Memory", format::bytes(machine.memory_bytes as f64));
    if let Some(limit) = machine.memory_limit_bytes {
        add("Memory limit of this process", format::bytes(limit as f64));
    }
    if let Some(nodes) = machine.numa_nodes {
        add("NUMA nodes", nodes.to_string());
    }
    for disk in &machine.disks {
        let mut parts = vec![disk_kind(disk.kind).to_owned()];
        parts.extend(disk.filesystem.clone());
        parts.extend(disk.bytes.map(|bytes| format::bytes(bytes as f64)));
        parts.extend(disk.free_bytes.map(|bytes| format!("{} free", format::bytes(bytes as f64))));
        add(&format!("Disk for {}", disk.usage), parts.join(", "));
    }
    for gpu in &machine.gpus {
        let mut parts = vec![gpu.name.clone()];
        parts.extend(gpu.memory_bytes.map(|bytes| format::bytes(bytes as f64)));
        parts.extend(gpu.driver.as_ref().map(|driver| format!("driver {driver}")));
        parts.extend(gpu.compute_capability.as_ref().map(|version| format!("compute capability {version}")));
        add("GPU", parts.join(", "));
    }
    if machine.gpus.is_empty() {
        add("GPU", "none found".to_owned());
    }
    add("Operating system", format!("{} ({})", machine.os.name, machine.os.arch));
    if let Some(kernel) = &machine.os.kernel {
        add("Kernel", kernel.clone());
    }
    pairs("Facts about the machine", rows)
}

fn conditions(machine: &Machine) -> Option<Table> {
    let rows: Vec<(String, String)> =
        machine.conditions.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    (!rows.is_empty()).then(|| pairs("Conditions during the run, which matter for noise", rows))
}

fn ceilings(site: &Site<'_>) -> Option<Table> {
    let ceilings = &site.input.run.ceilings;
    let row = |ceiling: &results::Ceiling| {
        let mut row = vec![Cell::header(ceiling.label.as_str()), Cell::number(ceiling.threads.to_string())];
        match ceiling.best() {
            Some(best) => {
                row.push(Cell::number(rate(&ceiling.unit, best)));
                row.push(Cell::number(ceiling.samples.len().to_string()));
            }
            None => {
                let why = ceiling.missing.clone().unwrap_or_else(|| "no reason was recorded".to_owned());
                row.push(Cell::missing(Some(why)).over(2));
            }
        }
        row
    };
    (!ceilings.is_empty()).then(|| Table {
        caption: "The most that this machine was seen to do".to_owned(),
        heads: vec![Head::text("Ceiling"), Head::number("Threads"), Head::number("Best"), Head::number("Samples")],
        rows: ceilings.iter().map(row).collect(),
    })
}

/// A rate in the unit of a ceiling.
fn rate(unit: &str, value: f64) -> String {
    match unit {
        "bytes/s" => format::metric(catalog::Metric::BytesPerSecond, value),
        "flop/s" => format::metric(catalog::Metric::FlopPerSecond, value),
        unit => format!("{}\u{a0}{unit}", format::count(value.round())),
    }
}

fn disk_kind(kind: DiskKind) -> &'static str {
    match kind {
        DiskKind::Hdd => "spinning disk",
        DiskKind::Ssd => "SSD",
        DiskKind::Nvme => "NVMe SSD",
        DiskKind::Virtual => "virtual disk (what is behind it cannot be seen)",
        DiskKind::Memory => "memory",
        DiskKind::Network => "network",
        DiskKind::Unknown => "unknown kind",
    }
}
