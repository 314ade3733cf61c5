//! The upper bound: what the kernel's sockets and wrk leave for a server that does nothing.
//!
//! One epoll loop for each core, connections dealt out in turn. Whatever one read brings is taken for one request, and one
//! write sends the same bytes back: no parsing, no JSON, no model. It is right only for a client that, like wrk, sends a small
//! request in one piece and waits for the answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
use std::thread;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// As long as svcd's own answer to the same request but for the fields that tell a request and a model apart.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"val\": 0}";
const REQUEST_BYTES_MAX: usize = 4096;
const EVENTS_MAX: usize = 256;

struct Loop {
    epoll: Epoll,
    /// Indexed by descriptor. The lock is taken once a turn, and the other one who wants it is the acceptor.
    streams: Mutex<Vec<Option<TcpStream>>>,
}

impl Loop {
    fn new() -> nix::Result<Arc<Loop>> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let new = Arc::new(Loop { epoll, streams: Mutex::default() });
        let running = Arc::clone(&new);
        thread::spawn(move || running.run());
        Ok(new)
    }

    fn add(&self, stream: TcpStream) -> nix::Result<()> {
        let index = stream.as_raw_fd() as usize;
        let mut streams = self.streams.lock().expect("no panic under the lock");
        self.epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, index as u64))?;
        if streams.len() <= index {
            streams.resize_with(index + 1, || None);
        }
        streams[index] = Some(stream);
        Ok(())
    }

    fn run(&self) -> ! {
        let mut events = [EpollEvent::empty(); EVENTS_MAX];
        loop {
            let ready = self.epoll.wait(&mut events, EpollTimeout::NONE).unwrap_or(0);
            let mut streams = self.streams.lock().expect("no panic under the lock");
            for event in &events[..ready] {
                let slot = &mut streams[event.data() as usize];
                if !slot.as_mut().is_some_and(answer) {
                    // closing takes it out of the epoll too
                    *slot = None;
                }
            }
        }
    }
}

/// Whether the connection stays open.
fn answer(stream: &mut TcpStream) -> bool {
    let mut request = [0; REQUEST_BYTES_MAX];
    matches!(stream.read(&mut request), Ok(1..)) && stream.write_all(ANSWER).is_ok()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("usage: ceiling PORT")?.parse()?;
    let loops = (0..thread::available_parallelism()?.get()).map(|_| Loop::new()).collect::<Result<Vec<_>, _>>()?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for next in loops.iter().cycle() {
        next.add(listener.accept()?.0)?;
    }
    Ok(())
}
