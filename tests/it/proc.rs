//! What /proc tells of a process and of the kernel's sockets.

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use crate::harness::{PATIENCE, eventually};

/// Open descriptors of a process.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// A number of `/proc/PID/status`: `Threads`, or `VmRSS` in KiB.
pub fn status(pid: u32, name: &str) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_else(|| panic!("no {name}"))
}

/// CPU time that a process has used, user and system.
pub fn cpu_time(pid: u32) -> Duration {
    // In ticks, of which Linux reports a hundred a second.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of all.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u32 = fields[11..13].iter().map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    TICK * ticks
}

/// The kernel's sockets, a line each: number, local address, remote address, state, unsent:unread bytes, ..., inode.
const TABLE: &str = "/proc/net/tcp";
const LOOPBACK: &str = "0100007F";
const ESTABLISHED: &str = "01";
const LISTEN: &str = "0A";

/// Waits until the server on this port of 127.0.0.1 has read every byte that was sent to it.
pub fn await_everything_read(address: SocketAddr) {
    let local = format!("{LOOPBACK}:{:04X} ", address.port());
    eventually(PATIENCE, "server that has read everything", || {
        let table = fs::read_to_string(TABLE).unwrap();
        // A debug build would take its time over every line of a long table: the address is looked for first.
        let mut server_side = table.match_indices(&local).filter_map(|(at, _)| {
            let mut columns = table[at + local.len()..].split_ascii_whitespace();
            // On the client's line the same text is the remote address, and the state follows.
            columns.next().filter(|remote| remote.contains(':')).map(|_| columns)
        });
        let has_unread = server_side.any(|mut columns| {
            columns.next() == Some(ESTABLISHED) && columns.next().is_some_and(|bytes| !bytes.ends_with(":00000000"))
        });
        (!has_unread).then_some(())
    });
}

/// The port that a process listens on, once it does.
pub fn listening_port(pid: u32) -> u16 {
    eventually(PATIENCE, "listening socket", || {
        let links = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        let names: Vec<String> = links
            .filter_map(|link| Some(fs::read_link(link.ok()?.path()).ok()?.to_string_lossy().into_owned()))
            .collect();
        let table = fs::read_to_string(TABLE).unwrap();
        table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find_map(|columns| {
            let is_ours = columns[3] == LISTEN && names.contains(&format!("socket:[{}]", columns[9]));
            is_ours.then(|| u16::from_str_radix(columns[1].split(':').nth(1).unwrap(), 16).unwrap())
        })
    })
}
