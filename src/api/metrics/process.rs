//! What the kernel knows of this process, under the names that all Prometheus clients use. It all comes from `/proc`.

use std::fs;

use super::exposition::{COUNTER, GAUGE};

/// A family of one number: name, type, help and value; `None` for a number that the system does not report.
pub(super) type ProcessFamily = (&'static str, &'static str, &'static str, Option<f64>);

/// The numbers of this process, as of now.
pub(super) fn read() -> [ProcessFamily; 6] {
    let file = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
    parse(&file("status"), &file("stat"), &file("limits"), open_fds())
}

/// Parses the three files that are text.
fn parse(status: &str, stat: &str, limits: &str, open_fds: Option<u64>) -> [ProcessFamily; 6] {
    let bytes = |name| number_after(status, name).map(|kilobytes| (kilobytes * 1_024) as f64);
    let count = |number: Option<u64>| number.map(|number| number as f64);
    [
        ("process_cpu_seconds_total", COUNTER, "User and system CPU time spent.", cpu_seconds(stat)),
        ("process_resident_memory_bytes", GAUGE, "Resident memory.", bytes("VmRSS:")),
        ("process_virtual_memory_bytes", GAUGE, "Virtual memory.", bytes("VmSize:")),
        ("process_threads", GAUGE, "Threads.", count(number_after(status, "Threads:"))),
        ("process_open_fds", GAUGE, "Open file descriptors.", count(open_fds)),
        ("process_max_fds", GAUGE, "Limit on open file descriptors.", count(number_after(limits, "Max open files"))),
    ]
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
        let values = parse(status, stat, limits, Some(9)).map(|(.., value)| value);
        assert_eq!(values, [2.25, 2_044.0 * 1_024.0, 71_236.0 * 1_024.0, 7.0, 9.0, 20_000.0].map(Some));
    }

    #[test]
    fn what_is_not_there_is_not_shown() {
        for (status, stat, limits) in [("", "", ""), ("VmRSS:", "1 (x) S 1", "Max open files unlimited")] {
            assert_eq!(parse(status, stat, limits, None).map(|(.., value)| value), [None; 6]);
        }
    }
}
