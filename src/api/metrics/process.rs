//! What the kernel knows of this process, under the names that all Prometheus clients use. It all comes from `/proc`.

use std::fs;

/// Numbers of the process; `None` for those that the system does not tell.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Process {
    pub(super) resident_bytes: Option<u64>,
    pub(super) virtual_bytes: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) cpu_seconds: Option<f64>,
    pub(super) open_fds: Option<u64>,
    pub(super) max_fds: Option<u64>,
}

impl Process {
    /// As of now.
    pub(super) fn read() -> Process {
        let file = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        Process { open_fds: open_fds(), ..Process::parse(&file("status"), &file("stat"), &file("limits")) }
    }

    /// Parses the three files that are text.
    fn parse(status: &str, stat: &str, limits: &str) -> Process {
        let kilobytes = |name| number_after(status, name).map(|kilobytes| kilobytes * 1_024);
        Process {
            resident_bytes: kilobytes("VmRSS:"),
            virtual_bytes: kilobytes("VmSize:"),
            threads: number_after(status, "Threads:"),
            cpu_seconds: cpu_seconds(stat),
            open_fds: None,
            max_fds: number_after(limits, "Max open files"),
        }
    }
}

/// The first number of the line that begins with `name`.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time, fields 14 and 15. Field 2 is the program's name, which may hold spaces and parentheses.
fn cpu_seconds(stat: &str) -> Option<f64> {
    // USER_HZ is 100 on all architectures that matter; asking for it takes a C library.
    const TICKS_PER_SECOND: f64 = 100.0;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / TICKS_PER_SECOND)
}

fn open_fds() -> Option<u64> {
    const DIRECTORY: &str = "/proc/self/fd";
    // Since Linux 6.2 the size is the count. Before that it is zero, and the files have to be counted.
    match fs::metadata(DIRECTORY).ok()?.len() {
        0 => Some(fs::read_dir(DIRECTORY).ok()?.count().saturating_sub(1) as u64),
        count => Some(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let status = "Name:\tsvcd\nVmSize:\t   71236 kB\nVmRSS:\t    2044 kB\nThreads:\t7\n";
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 391 0 0 0 150 75 0 0 20 0 7 0 12345 72945664 511 18446744073709551615";
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            20000                20000                files     \n";
        let expected = Process {
            resident_bytes: Some(2_044 * 1_024),
            virtual_bytes: Some(71_236 * 1_024),
            threads: Some(7),
            cpu_seconds: Some(2.25),
            open_fds: None,
            max_fds: Some(20_000),
        };
        assert_eq!(Process::parse(status, stat, limits), expected);
    }

    #[test]
    fn what_is_not_there_is_not_shown() {
        assert_eq!(Process::parse("", "", ""), Process::default());
        assert_eq!(Process::parse("VmRSS:", "1 (x) S 1", "Max open files unlimited"), Process::default());
    }
}
