use super::*;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

/// An output that does with each write what the test says: takes it all, or fails.
struct Scripted {
    outcomes: Receiver<io::Result<()>>,
    written: Sender<Vec<u8>>,
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.written.send(bytes.to_vec());
        // A test that is over lets everything through.
        self.outcomes.recv().unwrap_or(Ok(())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Bench {
    sink: Arc<Sink>,
    outcomes: Sender<io::Result<()>>,
    written: Receiver<Vec<u8>>,
}

fn start() -> Bench {
    let (outcomes, script) = channel();
    let (sender, written) = channel();
    let out = Scripted { outcomes: script, written: sender };
    let sink = Sink::start(out, |count| format!("dropped {count}\n").into_bytes()).unwrap();
    Bench { sink, outcomes, written }
}

impl Bench {
    fn next(&self) -> String {
        String::from_utf8(self.written.recv_timeout(PATIENCE).unwrap()).unwrap()
    }
}

#[test]
fn lines_come_out_whole_and_in_order() {
    let Bench { sink, outcomes, written } = start();
    drop(outcomes);
    (0..1_000).for_each(|number| sink.push(format!("line {number}\n").as_bytes()));
    sink.close(PATIENCE);
    let text: Vec<u8> = written.try_iter().flatten().collect();
    let expected: String = (0..1_000).map(|number| format!("line {number}\n")).collect();
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    assert_eq!(sink.dropped.load(Ordering::Relaxed), 0);
}

#[test]
fn an_output_that_takes_nothing_stops_nobody_and_what_is_lost_is_told() {
    let bench = start();
    bench.sink.push(b"first\n");
    assert_eq!(bench.next(), "first\n");
    // The thread waits in `write` now. The buffer takes as much as it may, and not a line more.
    let line = [vec![b'x'; 1_023], b"\n".to_vec()].concat();
    let fitting = WAITING_BYTES_MAX / line.len();
    (0..fitting + 7).for_each(|_| bench.sink.push(&line));
    assert_eq!(bench.sink.dropped.load(Ordering::Relaxed), 7);
    bench.outcomes.send(Ok(())).unwrap();
    assert_eq!(bench.next().len(), WAITING_BYTES_MAX);
    bench.outcomes.send(Ok(())).unwrap();
    assert_eq!(bench.next(), "dropped 7\n");
    bench.outcomes.send(Ok(())).unwrap();
    bench.sink.push(b"last\n");
    assert_eq!(bench.next(), "last\n");
    drop(bench.outcomes);
    bench.sink.close(PATIENCE);
    assert_eq!(bench.sink.dropped.load(Ordering::Relaxed), 7);
}

#[test]
fn an_output_that_fails_loses_its_lines_and_is_tried_again() {
    let bench = start();
    bench.outcomes.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    bench.outcomes.send(Err(io::ErrorKind::WouldBlock.into())).unwrap();
    bench.outcomes.send(Err(io::ErrorKind::Interrupted.into())).unwrap();
    bench.sink.push(b"one\n");
    assert_eq!(bench.next(), "one\n");
    bench.sink.push(b"two\n");
    // Not now, not because of a signal, and then it goes.
    assert_eq!([bench.next(), bench.next(), bench.next()], ["two\n", "two\n", "two\n"]);
    drop(bench.outcomes);
    assert_eq!(String::from_utf8(bench.written.recv_timeout(PATIENCE).unwrap()).unwrap(), "dropped 1\n");
    bench.sink.close(PATIENCE);
    assert_eq!(bench.sink.dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn closing_does_not_wait_for_an_output_that_takes_nothing() {
    let bench = start();
    bench.sink.push(b"first\n");
    assert_eq!(bench.next(), "first\n");
    let begin = Instant::now();
    bench.sink.close(Duration::from_millis(30));
    assert!(begin.elapsed() >= Duration::from_millis(30) && begin.elapsed() < PATIENCE);
}
