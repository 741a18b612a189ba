//! The QEMU machine protocol, as much of it as the runs need: a command and its answer.
//!
//! Source: QEMU's `docs/interop/qmp-spec.txt`. Each message is one JSON object on a line.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// A session with a machine.
pub struct Qmp {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Qmp {
    /// Takes the greeting and leaves the negotiation mode.
    pub(super) fn new(stream: UnixStream) -> Result<Self> {
        stream.set_read_timeout(Some(ANSWER_LIMIT)).context("cannot bound the wait for QMP")?;
        stream.set_write_timeout(Some(ANSWER_LIMIT)).context("cannot bound the wait for QMP")?;
        let writer = stream.try_clone().context("cannot share the QMP socket")?;
        let mut qmp = Self { reader: BufReader::new(stream), writer };
        let greeting = qmp.read()?;
        if greeting.get("QMP").is_none() {
            bail!("this is no QMP greeting: {greeting}");
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
                bail!("QEMU refuses {name}: {error}");
            }
        }
    }

    fn read(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.reader.read_line(&mut line).context("cannot read QMP")? == 0 {
            bail!("QEMU has closed the QMP socket");
        }
        serde_json::from_str(&line).with_context(|| format!("this is no JSON: {line}"))
    }
}
