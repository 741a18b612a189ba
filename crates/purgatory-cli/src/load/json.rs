//! The plan for programs: one JSON object. `docs/loading.md` describes it.

use super::facts::Source;
use super::plan::{FileFacts, Plan, PlannedSegment};
use purgatory_abi::native::{CHUNK_BYTES, Console, ConsoleKind, OnFailure, Policy};
use purgatory_loader::system::syscall::KexecType;
use serde_json::{Value, json};
use std::ops::Range;

impl Plan {
    /// Returns the plan as one JSON object.
    pub fn json(&self, loaded: bool) -> Value {
        let mut kernel = file(&self.kernel);
        kernel["format"] = self.format.into();
        json!({
            "loaded": loaded,
            "kexec_type": kexec_type(self.kexec_type),
            "kernel": kernel,
            "initrd": self.initrd.as_ref().map(file),
            "command_line": self.command_line,
            "memory": list(&self.memory, range),
            "entry": self.entry,
            "segments": list(&self.segments, segment),
            "on_failure": on_failure(self.policy),
            "seconds": self.policy.seconds,
            "verbose": self.policy.verbose != 0,
            "consoles": list(&self.consoles, console),
            "chunk_bytes": CHUNK_BYTES,
            "implementation": self.implementation,
            "update_elfcorehdr": self.update_elfcorehdr,
            "sources": list(&self.sources, source),
            "warnings": self.warnings,
        })
    }
}

fn list<T>(items: &[T], one: fn(&T) -> Value) -> Value {
    items.iter().map(one).collect()
}

fn file(file: &FileFacts) -> Value {
    json!({"path": file.path.to_string_lossy(), "bytes": file.bytes})
}

fn range(range: &Range<u64>) -> Value {
    json!({"start": range.start, "end": range.end})
}

fn segment(segment: &PlannedSegment) -> Value {
    let PlannedSegment { kind, range, payload, chunks } = segment;
    let zeros = range.end - range.start - payload;
    json!({
        "kind": kind.name(), "start": range.start, "end": range.end,
        "payload": payload, "zeros": zeros, "chunks": chunks,
    })
}

fn source(source: &Source) -> Value {
    json!({"what": source.what, "found": source.found})
}

fn kexec_type(kexec_type: KexecType) -> &'static str {
    match kexec_type {
        KexecType::Normal => "normal",
        KexecType::Crash => "crash",
    }
}

fn on_failure(policy: Policy) -> &'static str {
    OnFailure::from_code(policy.on_failure).map_or("unknown", OnFailure::name)
}

fn console(console: &Console) -> Value {
    let kind = ConsoleKind::from_code(console.kind).map_or("unknown", ConsoleKind::name);
    json!({"kind": kind, "port": console.address, "baud": console.baud})
}
