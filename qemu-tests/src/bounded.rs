//! Runs a command, or waits for something, with a limit of time.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Between two looks at whether the command has ended.
const POLL: Duration = Duration::from_millis(10);

/// Returns the standard output of the command.
///
/// # Errors
/// It cannot be started, fails, or takes longer than `limit`: then it is killed. The error holds the text that it wrote
/// to its standard error.
pub(crate) fn output(command: &mut Command, limit: Duration) -> Result<String> {
    let name = command.get_program().display().to_string();
    // Files, not pipes: nothing has to read while the command writes.
    let mut out = tempfile::tempfile().context("cannot make a file for a command's output")?;
    let mut err = tempfile::tempfile().context("cannot make a file for a command's output")?;
    let share = |file: &File| file.try_clone().context("cannot share a command's output");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(share(&out)?)
        .stderr(share(&err)?)
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    let asked = || child.try_wait().context("cannot get the state of a command");
    let status = poll(Instant::now() + limit, POLL, asked)?;
    if status.is_none() {
        child.kill().and_then(|()| child.wait()).context("cannot end a command")?;
    }
    let errors = text(&mut err)?;
    match status {
        Some(status) if status.success() => text(&mut out),
        Some(status) => bail!("{name} failed ({status}): {}", errors.trim()),
        None => bail!("{name} took longer than {} s: {}", limit.as_secs(), errors.trim()),
    }
}

/// Calls `ask` every `interval`. Returns its first value, or `None` after `give_up`.
///
/// # Errors
/// Those of `ask`.
pub(crate) fn poll<T>(
    give_up: Instant,
    interval: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    loop {
        let answer = ask()?;
        if answer.is_some() || Instant::now() > give_up {
            return Ok(answer);
        }
        thread::sleep(interval);
    }
}

fn text(file: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut bytes))
        .context("cannot read a command's output")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Result<String> {
        output(Command::new("sh").args(["-c", script]), limit)
    }

    #[test]
    fn returns_the_output_of_a_command() {
        assert_eq!(sh("echo yes; echo no >&2", Duration::from_secs(20)).unwrap(), "yes\n");
    }

    #[test]
    fn reports_the_output_of_a_failed_command() {
        let error = sh("echo why >&2; exit 3", Duration::from_secs(20)).unwrap_err().to_string();
        assert!(error.contains("failed") && error.contains("why"), "{error}");
    }

    #[test]
    fn kills_a_command_at_its_limit() {
        let started = Instant::now();
        let error = sh("exec sleep 60", Duration::from_millis(200)).unwrap_err().to_string();
        assert!(error.contains("took longer"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }
}
