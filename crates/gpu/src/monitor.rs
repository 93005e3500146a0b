//! The GPU's own counters beside time, by NVML: utilisation, power and memory, as a time line.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nvml_wrapper::Nvml;

use crate::facts::Link;

/// What NVML said at one moment; what it does not say is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// Seconds since the start.
    pub seconds: f64,
    /// Share of the time, over the driver's last window (a sixth of a second to a second), in which some kernel ran.
    pub utilisation: Option<f64>,
    /// Watts.
    pub watts: Option<f64>,
    /// Bytes of its memory that are in use, by all programs.
    pub memory_bytes: Option<u64>,
}

/// Asks NVML again and again in a thread of its own, until it is told to stop.
#[derive(Debug)]
pub struct Monitor {
    stop: Sender<()>,
    thread: JoinHandle<Vec<Moment>>,
}

impl Monitor {
    /// Starts asking about the GPU at an address of the bus, every `interval`.
    ///
    /// # Errors
    /// Why NVML cannot be asked, as a sentence without a full stop.
    pub(crate) fn start(bus: &str, interval: Duration) -> Result<Self, String> {
        let nvml =
            Nvml::init().map_err(|error| format!("NVML, the driver's library of counters, cannot be used: {error}"))?;
        nvml.device_by_pci_bus_id(bus).map_err(|error| format!("NVML does not know the GPU at {bus}: {error}"))?;
        let bus = bus.to_owned();
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("gpu-monitor".to_owned()).spawn(move || {
            let start = Instant::now();
            let mut moments = Vec::new();
            let Ok(device) = nvml.device_by_pci_bus_id(bus.as_str()) else { return moments };
            loop {
                moments.push(Moment {
                    seconds: start.elapsed().as_secs_f64(),
                    utilisation: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu) / 100.0),
                    watts: device.power_usage().ok().map(|milliwatts| f64::from(milliwatts) / 1000.0),
                    memory_bytes: device.memory_info().ok().map(|memory| memory.used),
                });
                match stopped.recv_timeout(interval) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return moments,
                }
            }
        });
        Ok(Self { stop, thread: thread.map_err(|error| format!("no thread for NVML: {error}"))? })
    }

    /// Stops, and returns what was seen, in order of time. Empty if the thread was lost.
    #[must_use]
    pub fn stop(self) -> Vec<Moment> {
        // A thread that ended by itself no longer listens.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_default()
    }
}

/// The driver's version and the link to the host, as far as NVML tells.
pub(crate) fn driver_and_link(bus: &str) -> (Option<String>, Option<Link>) {
    let Ok(nvml) = Nvml::init() else { return (None, None) };
    let link = nvml.device_by_pci_bus_id(bus).ok().and_then(|device| {
        Some(Link { generation: device.max_pcie_link_gen().ok()?, width: device.max_pcie_link_width().ok()? })
    });
    (nvml.sys_driver_version().ok(), link)
}

/// What NVML said last at a moment; it says nothing new in between.
#[must_use]
pub fn last_at(moments: &[Moment], seconds: f64) -> Option<&Moment> {
    moments[..moments.partition_point(|moment| moment.seconds <= seconds)].last()
}
