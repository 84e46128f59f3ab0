//! What the server's process costs, as counted by Linux in `/proc`.

use std::fs;
use std::time::Duration;

/// Linux counts processor time for `/proc` in hundredths of a second on every architecture (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// A process on this machine.
#[derive(Debug, Clone)]
pub(super) struct Process {
    dir: String,
}

impl Process {
    /// A process by its id.
    pub(super) fn of(pid: u32) -> Result<Self, String> {
        let process = Self { dir: format!("/proc/{pid}") };
        process
            .cpu()
            .map(|_| process)
            .ok_or_else(|| format!("/proc/{pid} tells nothing: is there such a process?"))
    }

    /// This process.
    pub(super) fn own() -> Self {
        Self { dir: "/proc/self".to_owned() }
    }

    /// Processor time used so far, in user and kernel mode, by all threads.
    pub(super) fn cpu(&self) -> Option<Duration> {
        cpu_of(&fs::read_to_string(format!("{}/stat", self.dir)).ok()?)
    }

    /// Restarts [`Self::peak_kib`], if this user may: memory needed at startup is not the cost of an attack.
    pub(super) fn forget_peak(&self) {
        // 5 resets the high-water mark (proc_pid_clear_refs(5)); without permission, the peak since startup remains
        drop(fs::write(format!("{}/clear_refs", self.dir), "5"));
    }

    /// The peak memory since the process started, or since [`Self::forget_peak`], in KiB.
    pub(super) fn peak_kib(&self) -> Option<u64> {
        peak_of(&fs::read_to_string(format!("{}/status", self.dir)).ok()?)
    }
}

/// Fields 14 and 15 of `/proc/PID/stat`. The second field is the name in parentheses, which may itself contain spaces
/// and parentheses.
fn cpu_of(stat: &str) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let ticks = |field: Option<&str>| field?.parse::<u32>().ok();
    let (user, system) = (ticks(fields.next())?, ticks(fields.next())?);
    TICK.checked_mul(user.checked_add(system)?)
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 6 7 20 0 3 0 99 1 2";
        assert_eq!(cpu_of(stat), Some(Duration::from_secs(3)));
        assert_eq!(cpu_of("7 (a) S 1"), None);
    }

    #[test]
    fn peak_memory_is_the_high_water_mark() {
        assert_eq!(peak_of("VmPeak:\t  9 kB\nVmHWM:\t  12345 kB\nVmRSS:\t 1 kB\n"), Some(12345));
        assert_eq!(peak_of("VmRSS:\t 1 kB\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_time_and_memory() {
        let own = Process::of(std::process::id()).unwrap();
        let before = own.cpu().unwrap();
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(200) {}
        assert!(own.cpu().unwrap() >= before + TICK && own.peak_kib().unwrap() > 100);
        assert!(Process::of(u32::MAX).is_err());
    }
}
