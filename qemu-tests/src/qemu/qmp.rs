//! The QEMU machine protocol, as much of it as the runs need: a command and its answer.
//!
//! Source: QEMU's `docs/interop/qmp-spec.txt`. Each message is one JSON object on a line.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Between two looks at a migration.
const POLL: Duration = Duration::from_millis(5);

/// A session with a machine.
pub struct Qmp {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Qmp {
    /// Takes the greeting and leaves the negotiation mode.
    pub(super) fn new(stream: UnixStream) -> Result<Self> {
        stream.set_read_timeout(Some(ANSWER_LIMIT)).context("cannot set the timeout of QMP")?;
        stream.set_write_timeout(Some(ANSWER_LIMIT)).context("cannot set the timeout of QMP")?;
        let writer = stream.try_clone().context("cannot share the QMP socket")?;
        let mut qmp = Self { reader: BufReader::new(stream), writer };
        let greeting = qmp.read()?;
        if greeting.get("QMP").is_none() {
            bail!("the line is not a QMP greeting: {greeting}");
        }
        qmp.command("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// Sends a command and gives back its `return` value. Events that arrive meanwhile are dropped.
    ///
    /// # Errors
    /// QEMU refuses the command, does not answer within 20 s, or has ended.
    pub fn command(&mut self, name: &str, arguments: Value) -> Result<Value> {
        let message = json!({ "execute": name, "arguments": arguments });
        writeln!(self.writer, "{message}").with_context(|| format!("cannot send {name}"))?;
        loop {
            let mut answer = self.read().with_context(|| format!("no answer to {name}"))?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = answer.get("error") {
                bail!("QEMU rejects {name}: {error}");
            }
        }
    }

    /// Executes a line in the human monitor, and returns its output.
    ///
    /// # Errors
    /// As of [`Qmp::command`].
    pub fn monitor(&mut self, line: &str) -> Result<String> {
        let answer = self.command("human-monitor-command", json!({ "command-line": line }))?;
        Ok(answer.as_str().context("the monitor does not answer with text")?.to_owned())
    }

    /// Writes the state of the machine, without RAM that is a shared file, to `file`, and leaves the machine stopped.
    ///
    /// # Errors
    /// As of [`Qmp::command`], or QEMU cannot write it.
    pub fn save(&mut self, file: &Path) -> Result<()> {
        self.command("stop", json!({}))?;
        self.without_shared_ram()?;
        let uri = format!("exec:cat >'{}'", file.display());
        self.command("migrate", json!({ "uri": uri }))?;
        self.migrated()
    }

    /// Restores the state that [`Qmp::save`] wrote, in a machine that was started with
    /// [`Qemu::incoming`](super::Qemu::incoming), and lets it run.
    ///
    /// # Errors
    /// As of [`Qmp::command`], or QEMU cannot read it.
    pub fn restore(&mut self, file: &Path) -> Result<()> {
        self.without_shared_ram()?;
        let uri = format!("exec:cat '{}'", file.display());
        self.command("migrate-incoming", json!({ "uri": uri }))?;
        self.migrated()?;
        self.command("cont", json!({}))?;
        Ok(())
    }

    fn without_shared_ram(&mut self) -> Result<()> {
        let capability = json!({ "capability": "x-ignore-shared", "state": true });
        self.command("migrate-set-capabilities", json!({ "capabilities": [capability] }))?;
        Ok(())
    }

    fn migrated(&mut self) -> Result<()> {
        let give_up = Instant::now() + ANSWER_LIMIT;
        loop {
            let answer = self.command("query-migrate", json!({}))?;
            match answer.get("status").and_then(Value::as_str) {
                Some("completed") => return Ok(()),
                Some("failed") => bail!("QEMU cannot migrate the machine: {answer}"),
                _ if Instant::now() > give_up => bail!("the migration takes too long: {answer}"),
                _ => thread::sleep(POLL),
            }
        }
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.reader.read_line(&mut line).context("cannot read QMP")? == 0 {
            bail!("QEMU has closed the QMP socket");
        }
        serde_json::from_str(&line).with_context(|| format!("the line is not JSON: {line}"))
    }
}
