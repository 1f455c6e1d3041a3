//! What processes use, as Linux counts it.

use std::fs;
use std::time::Instant;

/// Ticks of the processor a second; fixed on Linux.
const TICKS: f64 = 100.0;

/// Processor time from here on.
#[derive(Debug)]
pub(crate) struct Meter {
    server: u32,
    since: Instant,
    begun: Used,
}

/// Processor time in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    server: f64,
    engine: f64,
    generator: f64,
}

/// Cores that were busy on average.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Cores {
    /// The server's process.
    pub(crate) server: f64,
    /// PostgreSQL's processes.
    pub(crate) engine: f64,
    /// The load generator.
    pub(crate) generator: f64,
}

impl Meter {
    /// Begins to count, with the server of this process id.
    pub(crate) fn start(server: u32) -> Self {
        Self { server, since: Instant::now(), begun: used(server) }
    }

    /// Seconds since the start.
    pub(crate) fn seconds(&self) -> f64 {
        self.since.elapsed().as_secs_f64()
    }

    /// Processor seconds the server used.
    pub(crate) fn server_seconds(&self) -> f64 {
        used(self.server).server - self.begun.server
    }

    /// Cores in use since the start.
    pub(crate) fn cores(&self) -> Cores {
        let (now, seconds) = (used(self.server), self.seconds());
        Cores {
            server: (now.server - self.begun.server) / seconds,
            engine: (now.engine - self.begun.engine) / seconds,
            generator: (now.generator - self.begun.generator) / seconds,
        }
    }
}

fn used(server: u32) -> Used {
    let engine = processes_called("postgres").map(processor).sum();
    Used { server: processor(server), engine, generator: processor(std::process::id()) }
}

/// Seconds of processor time of a process; 0 when it is gone.
fn processor(process: u32) -> f64 {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return 0.0 };
    // the name may hold spaces: count from behind it; user and system time are the 12th and 13th after it
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

fn processes_called(name: &str) -> impl Iterator<Item = u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(move |id| fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|comm| comm.trim() == name))
}

/// Most memory a process ever had, in MiB.
pub(crate) fn peak_memory(process: u32) -> f64 {
    status(process, "VmHWM:")
}

/// Memory a process has now, in MiB.
pub(crate) fn memory(process: u32) -> f64 {
    status(process, "VmRSS:")
}

fn status(process: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}
