//! A serial port that the host reads line by line and writes to.
//!
//! QEMU writes a file, and the host reads it: no action of the host
//! holds up the guest's UART. (A socket would: it takes some 250 writes of a byte until it is full, and a purgatory
//! gives up a UART that is not ready for long.) The other way goes through a FIFO.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

/// Between two looks at the file.
const POLL: Duration = Duration::from_millis(5);

/// Lines shown when a wait fails.
const TAIL_LINES: usize = 40;

/// How long the last bytes of a process that has ended may take to arrive.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// A line that the guest sent, without its end. Control characters but tab are dropped, other bytes replaced.
#[derive(Clone, Debug)]
pub struct Line {
    /// When its last byte arrived.
    pub at: Instant,
    /// Its text.
    pub text: String,
}

/// The host's end of a serial port.
pub struct Serial {
    input: File,
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

/// The host's ends of the channels that QEMU opens when it starts.
pub(super) struct Ends {
    input: File,
    output: File,
    log: File,
}

impl Ends {
    /// Makes the FIFO `input` and the empty files `output` and `log`.
    ///
    /// The log is another file because another process may do the same run, and write the same log.
    pub(super) fn make(input: &Path, output: &Path, log: &Path) -> Result<Self> {
        mknodat(CWD, input, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .with_context(|| format!("cannot make the FIFO {}", input.display()))?;
        File::create(output).with_context(|| format!("cannot make {}", output.display()))?;
        // Open for reading too, so that QEMU does not wait for a reader when it opens or writes.
        let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).context("an odd flag")?;
        let mut options = OpenOptions::new();
        let input = options.read(true).write(true).custom_flags(nonblocking).open(input);
        Ok(Self {
            input: input.context("cannot open a serial port's FIFO")?,
            output: File::open(output).context("cannot open a serial port's output")?,
            log: File::create(log).with_context(|| format!("cannot make {}", log.display()))?,
        })
    }
}

impl Serial {
    /// `ended`: whether QEMU has ended. `live`: the prefix with which each line is printed when it arrives.
    pub(super) fn new(
        ends: Ends,
        deadline: Instant,
        ended: impl Fn() -> bool + Send + 'static,
        live: Option<String>,
    ) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let for_reader = Arc::clone(&shared);
        let (output, log) = (ends.output, ends.log);
        // It ends when QEMU has ended, which is at the deadline at the latest.
        thread::spawn(move || receive(output, log, &for_reader, ended, live.as_deref()));
        Self { input: ends.input, shared, deadline }
    }

    /// Sends a line to the guest.
    ///
    /// # Errors
    /// The guest has not taken the 64 KiB before it.
    pub fn send(&self, line: &str) -> Result<()> {
        writeln!(&self.input, "{line}").context("cannot write to the guest's serial port")
    }

    /// The first line from number `from` on that `wanted` takes, and its number.
    ///
    /// # Errors
    /// No such line arrives within `limit` or before QEMU ends; the error holds the last lines.
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

    /// Every line, once QEMU has closed the port.
    ///
    /// # Errors
    /// It does not close it, although its process has ended.
    pub fn finish(&self) -> Result<Vec<Line>> {
        let give_up = Instant::now() + CLOSE_LIMIT;
        let mut state = self.lock();
        while !state.closed {
            let now = Instant::now();
            if now >= give_up {
                bail!("QEMU has not closed a serial port");
            }
            let wait = self.shared.changed.wait_timeout(state, give_up - now);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state.lines.clone())
    }

    /// How many lines there are so far: where a later [`Serial::wait_for`] may start.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().lines.len()
    }

    /// Returns the last lines, for an error message, including an unfinished last line.
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

fn receive(
    mut output: File,
    mut log: File,
    shared: &Shared,
    ended: impl Fn() -> bool,
    live: Option<&str>,
) {
    let mut bytes = Vec::new();
    loop {
        // Asked before the file is read, so that all data written before the end is read.
        let last = ended();
        bytes.clear();
        // A file that cannot be read any more has no more lines.
        let _ = output.read_to_end(&mut bytes);
        if bytes.is_empty() && !last {
            thread::sleep(POLL);
            continue;
        }
        // A full disk costs the log, not the run.
        let _ = log.write_all(&bytes);
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.lines.len();
        state.push(&bytes);
        if last {
            state.close();
        }
        if let Some(prefix) = live {
            state.lines[known..].iter().for_each(|line| println!("{prefix}{}", line.text));
        }
        shared.changed.notify_all();
        if last {
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
    use std::sync::atomic::{AtomicBool, Ordering};
    use tempfile::TempDir;

    struct Port {
        directory: TempDir,
        ended: Arc<AtomicBool>,
        serial: Serial,
    }

    fn port(limit: Duration) -> Port {
        let directory = tempfile::tempdir().unwrap();
        let [input, output, log] = ["in", "out", "log"].map(|name| directory.path().join(name));
        let ends = Ends::make(&input, &output, &log).unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&ended);
        let ended_now = move || asked.load(Ordering::SeqCst);
        let serial = Serial::new(ends, Instant::now() + limit, ended_now, None);
        Port { directory, ended, serial }
    }

    impl Port {
        fn guest_says(&self, bytes: &[u8]) {
            let out = OpenOptions::new().append(true).open(self.directory.path().join("out"));
            out.unwrap().write_all(bytes).unwrap();
        }
    }

    #[test]
    fn the_guest_receives_input_of_the_host() {
        let port = port(Duration::from_secs(10));
        let mut guest = File::open(port.directory.path().join("in")).unwrap();
        port.serial.send("hello").unwrap();
        let mut line = [0; 6];
        guest.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"hello\n");
    }

    #[test]
    fn finds_a_line_from_a_given_number_on() {
        let port = port(Duration::from_secs(10));
        port.guest_says(b"one\r\ntwo\r\none\r\n");
        let wait = |from| port.serial.wait_for(from, Duration::from_secs(5), "one", |l| l == "one");
        assert_eq!(wait(0).unwrap().0, 0);
        assert_eq!(wait(1).unwrap().0, 2);
    }

    #[test]
    fn a_wait_ends_at_its_limit_and_shows_the_last_lines() {
        let port = port(Duration::from_secs(10));
        port.guest_says(b"hello\r\nhalf a li");
        let wait = port.serial.wait_for(0, Duration::from_millis(300), "bye", |l| l == "bye");
        let error = wait.unwrap_err().to_string();
        assert!(error.contains("time is up before bye"), "{error}");
        assert!(error.contains("| hello") && error.contains("| half a li"), "{error}");
    }

    #[test]
    fn a_wait_ends_when_the_port_closes() {
        let port = port(Duration::from_secs(10));
        port.guest_says(b"last words");
        port.ended.store(true, Ordering::SeqCst);
        let wait = port.serial.wait_for(0, Duration::from_secs(5), "more", |l| l == "more");
        assert!(wait.unwrap_err().to_string().contains("QEMU ended before more"));
        assert_eq!(port.serial.lines()[0].text, "last words");
        assert_eq!(std::fs::read(port.directory.path().join("log")).unwrap(), b"last words");
    }

    #[test]
    fn a_wait_ends_at_the_machine_s_deadline() {
        let port = port(Duration::from_millis(50));
        let started = Instant::now();
        assert!(port.serial.wait_for(0, Duration::from_secs(60), "a line", |_| true).is_err());
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
