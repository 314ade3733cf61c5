//! What the kernel tells about a process and its sockets.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

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
    // Linux counts in ticks, a hundred a second.
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
    let port = address.port();
    eventually(PATIENCE, "server that has read everything", || {
        (!has_unread(port).unwrap_or_else(|_| has_unread_in_table(port))).then_some(())
    });
}

/// Whether a connection of this local port holds bytes that its process has not read. Netlink (sock_diag(7)) lists open
/// connections only; the table in /proc also lists tens of thousands that were closed long ago.
fn has_unread(port: u16) -> nix::Result<bool> {
    // <linux/netlink.h>, <linux/sock_diag.h>, <linux/inet_diag.h>
    const HEADER_BYTES: usize = 16;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const REQUEST_AND_DUMP: u16 = 0x301;
    const ESTABLISHED_ALONE: u32 = 1 << 1;
    let question = {
        let mut bytes = Vec::from([72, 0, 0, 0]);
        bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        bytes.extend(REQUEST_AND_DUMP.to_ne_bytes());
        bytes.extend([0; 8]);
        bytes.extend([libc::AF_INET as u8, libc::IPPROTO_TCP as u8, 0, 0]);
        bytes.extend(ESTABLISHED_ALONE.to_ne_bytes());
        bytes.resize(72, 0);
        bytes
    };
    let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::empty(), SockProtocol::NetlinkSockDiag)?;
    send(socket.as_raw_fd(), &question, MsgFlags::empty())?;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        let mut rest = &buffer[..count];
        while rest.len() >= HEADER_BYTES {
            let number = |at: usize| u32::from_ne_bytes(rest[at..at + 4].try_into().unwrap());
            let (len, kind) = (number(0) as usize, u16::from_ne_bytes([rest[4], rest[5]]));
            if kind != SOCK_DIAG_BY_FAMILY {
                // The end, or an error, which stands behind the header.
                let is_end = i32::from(kind) == libc::NLMSG_DONE;
                return if is_end { Ok(false) } else { Err(Errno::from_raw(-(number(HEADER_BYTES) as i32))) };
            }
            let (local_port, unread) = (u16::from_be_bytes([rest[20], rest[21]]), number(HEADER_BYTES + 56));
            if local_port == port && unread > 0 {
                return Ok(true);
            }
            rest = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

/// The same from /proc, for kernels that do not give us such a socket.
fn has_unread_in_table(port: u16) -> bool {
    let local = format!("{LOOPBACK}:{port:04X} ");
    let table = fs::read_to_string(TABLE).unwrap();
    // A debug build is slow on a long table, so it looks for the address first.
    let mut server_side = table.match_indices(&local).filter_map(|(at, _)| {
        let mut columns = table[at + local.len()..].split_ascii_whitespace();
        // On the client's line the same text is the remote address, and the state follows.
        columns.next().filter(|remote| remote.contains(':')).map(|_| columns)
    });
    server_side.any(|mut columns| {
        columns.next() == Some(ESTABLISHED) && columns.next().is_some_and(|bytes| !bytes.ends_with(":00000000"))
    })
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

#[test]
fn what_a_process_has_not_read_is_seen_in_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let ways: [fn(u16) -> bool; 2] =
        [has_unread_in_table, |port| has_unread(port).unwrap_or_else(|_| has_unread_in_table(port))];
    assert!(ways.iter().all(|way| !way(address.port())));
    client.write_all(b"x").unwrap();
    for way in ways {
        eventually(PATIENCE, "byte", || way(address.port()).then_some(()));
    }
    server.read_exact(&mut [0]).unwrap();
    assert!(ways.iter().all(|way| !way(address.port())));
}
