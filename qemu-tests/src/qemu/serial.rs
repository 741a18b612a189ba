//! A serial port that the host reads line by line and writes to.
//!
//! A thread of its own takes what the guest sends, at once and always: neither a slow reader nor none at all blocks the
//! guest.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Lines shown when a wait fails.
const TAIL_LINES: usize = 40;

/// How long the guest's UART may refuse what the host writes.
const WRITE_LIMIT: Duration = Duration::from_secs(20);

/// A line that the guest sent, without its end. Control characters but tab are dropped, other bytes replaced.
#[derive(Clone, Debug)]
pub struct Line {
    /// When its last byte arrived.
    pub at: Instant,
    /// What it says.
    pub text: String,
}

/// The host's end of a serial port.
pub struct Serial {
    stream: UnixStream,
    shared: Arc<Shared>,
    deadline: Instant,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    partial: Vec<u8>,
    closed: bool,
}

impl Serial {
    pub(super) fn new(stream: UnixStream, deadline: Instant) -> Result<Self> {
        let reader = stream.try_clone().context("cannot share a serial socket")?;
        stream.set_write_timeout(Some(WRITE_LIMIT)).context("cannot bound a serial write")?;
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let for_reader = Arc::clone(&shared);
        // It ends when QEMU closes the socket, which it does at the deadline at the latest.
        thread::spawn(move || receive(reader, &for_reader));
        Ok(Self { stream, shared, deadline })
    }

    /// Sends a line to the guest.
    ///
    /// # Errors
    /// QEMU has ended, or the guest takes nothing for 20 s.
    pub fn send(&self, line: &str) -> Result<()> {
        writeln!(&self.stream, "{line}").context("cannot write to the guest's serial port")
    }

    /// The first line from number `from` on that `wanted` takes, and its number.
    ///
    /// # Errors
    /// There is none within `limit` or before QEMU ends; the error holds the last lines.
    pub fn wait_for(
        &self,
        from: usize,
        limit: Duration,
        what: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(usize, Line)> {
        let give_up = self.deadline.min(Instant::now() + limit);
        let mut state = self.lock();
        let mut next = from;
        loop {
            while next < state.lines.len() {
                if wanted(&state.lines[next].text) {
                    return Ok((next, state.lines[next].clone()));
                }
                next += 1;
            }
            let now = Instant::now();
            if state.closed || now >= give_up {
                let why = if state.closed { "QEMU ended" } else { "time is up" };
                drop(state);
                bail!("{why} before {what}; the last lines were:\n{}", self.tail());
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, give_up - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Every line so far.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.lock().lines.clone()
    }

    /// How many lines there are so far: where a later [`Serial::wait_for`] may start.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().lines.len()
    }

    /// The last lines, for an error message, with what stands behind the last line's end.
    #[must_use]
    pub fn tail(&self) -> String {
        let state = self.lock();
        let from = state.lines.len().saturating_sub(TAIL_LINES);
        let mut tail: String =
            state.lines[from..].iter().map(|line| format!("  | {}\n", line.text)).collect();
        tail.push_str(&format!("  | {}", text(&state.partial)));
        tail
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receive(mut stream: UnixStream, shared: &Shared) {
    let mut buffer = [0; 4096];
    loop {
        let taken = match stream.read(&mut buffer) {
            Ok(taken) => taken,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A killed QEMU may reset the connection: the end, as any other.
            Err(_) => 0,
        };
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.push(&buffer[..taken]);
        if taken == 0 {
            state.close();
        }
        shared.changed.notify_all();
        if taken == 0 {
            return;
        }
    }
}

impl State {
    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
            } else {
                self.partial.push(byte);
            }
        }
    }

    fn close(&mut self) {
        if !self.partial.is_empty() {
            self.end_line();
        }
        self.closed = true;
    }

    fn end_line(&mut self) {
        let text = text(&std::mem::take(&mut self.partial));
        self.lines.push(Line { at: Instant::now(), text });
    }
}

fn text(bytes: &[u8]) -> String {
    let visible = |c: &char| *c == '\t' || !c.is_control();
    String::from_utf8_lossy(bytes).chars().filter(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(limit: Duration) -> (UnixStream, Serial) {
        let (guest, host) = UnixStream::pair().unwrap();
        (guest, Serial::new(host, Instant::now() + limit).unwrap())
    }

    #[test]
    fn a_line_is_found_from_a_number_on() {
        let (mut guest, serial) = port(Duration::from_secs(10));
        guest.write_all(b"one\r\ntwo\r\none\r\n").unwrap();
        let wait = |from| serial.wait_for(from, Duration::from_secs(5), "one", |l| l == "one");
        assert_eq!(wait(0).unwrap().0, 0);
        assert_eq!(wait(1).unwrap().0, 2);
    }

    #[test]
    fn a_wait_ends_at_its_limit_and_shows_the_last_lines() {
        let (mut guest, serial) = port(Duration::from_secs(10));
        guest.write_all(b"hello\r\nhalf a li").unwrap();
        let wait = serial.wait_for(0, Duration::from_millis(300), "bye", |l| l == "bye");
        let error = wait.unwrap_err().to_string();
        assert!(error.contains("time is up before bye"), "{error}");
        assert!(error.contains("| hello") && error.contains("| half a li"), "{error}");
    }

    #[test]
    fn a_wait_ends_when_the_port_closes() {
        let (mut guest, serial) = port(Duration::from_secs(10));
        guest.write_all(b"last words").unwrap();
        drop(guest);
        let wait = serial.wait_for(0, Duration::from_secs(5), "more", |l| l == "more");
        assert!(wait.unwrap_err().to_string().contains("QEMU ended before more"));
        assert_eq!(serial.lines()[0].text, "last words");
    }

    #[test]
    fn a_wait_ends_at_the_machine_s_deadline() {
        let (_guest, serial) = port(Duration::from_millis(50));
        let started = Instant::now();
        assert!(serial.wait_for(0, Duration::from_secs(60), "a line", |_| true).is_err());
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
