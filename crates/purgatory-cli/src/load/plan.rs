//! The plan: the segments and their addresses.

use super::facts::{Facts, Source};
use super::request::Request;
use purgatory_abi::native::{CHUNK_BYTES, Console, Policy, SegmentKind};
use purgatory_loader::Segment;
use purgatory_loader::kernel::{Inputs, Kernel};
use purgatory_loader::segments::Ready;
use purgatory_loader::system::syscall::KexecType;
use purgatory_sha256::Implementation;
use std::ops::Range;
use std::path::PathBuf;

/// The plan. Addresses are physical, ranges half-open, sizes in bytes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The type of the kexec.
    pub kexec_type: KexecType,
    /// The kernel's file.
    pub kernel: FileFacts,
    /// The format of the kernel: `bzImage` or `vmlinux`.
    pub format: &'static str,
    /// The file of the initrd.
    pub initrd: Option<FileFacts>,
    /// The command line, with the parameters that the loader added.
    pub command_line: String,
    /// The loadable memory.
    pub memory: Vec<Range<u64>>,
    /// The entry of the purgatory.
    pub entry: u64,
    /// The segments, sorted by address.
    pub segments: Vec<PlannedSegment>,
    /// The failure action and the verbosity.
    pub policy: Policy,
    /// The consoles of the purgatory. If empty, the command line gives them.
    pub consoles: Vec<Console>,
    /// The SHA-256 implementation that computed the digests.
    pub implementation: &'static str,
    /// Whether the kernel rewrites elfcorehdr on CPU and memory hotplug.
    pub update_elfcorehdr: bool,
    /// The facts about the machine, and their sources.
    pub sources: Vec<Source>,
    /// Problems that do not prevent loading.
    pub warnings: Vec<String>,
}

/// A file that is loaded.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// Its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// A segment.
#[derive(Clone, Debug)]
pub struct PlannedSegment {
    /// Its kind.
    pub kind: SegmentKind,
    /// Its memory, in whole pages.
    pub range: Range<u64>,
    /// Bytes of the payload.
    pub payload: u64,
    /// The number of its chunks, each with a digest.
    pub chunks: u64,
}

impl PlannedSegment {
    fn of(segment: &Segment<'_>) -> Self {
        let (kind, payload) = (segment.kind, segment.payload.len() as u64);
        let is_digested = !matches!(kind, SegmentKind::Elfcorehdr | SegmentKind::Purgatory);
        let chunks = if is_digested { payload.div_ceil(CHUNK_BYTES.into()) } else { 0 };
        Self { kind, range: segment.range(), payload, chunks }
    }
}

impl Plan {
    /// Describes `ready`.
    pub(super) fn of(
        request: &Request,
        inputs: &Inputs<'_>,
        kernel_file: &[u8],
        facts: &Facts,
        ready: &Ready<'_>,
        implementation: Implementation,
    ) -> Self {
        let file = |path: &PathBuf, bytes: &[u8]| FileFacts {
            path: path.clone(),
            bytes: bytes.len() as u64,
        };
        let initrd = request.initrd.as_ref().zip(inputs.initrd);
        let mut segments: Vec<_> = ready.segments.iter().map(PlannedSegment::of).collect();
        segments.sort_by_key(|segment| segment.range.start);
        let used = |console: &&Console| **console != Console::default();
        Self {
            kexec_type: request.kexec_type,
            kernel: file(&request.kernel, kernel_file),
            format: match inputs.kernel {
                Kernel::BzImage(_) => "bzImage",
                Kernel::Vmlinux(_) => "vmlinux",
            },
            initrd: initrd.map(|(path, bytes)| file(path, bytes)),
            command_line: command_line(&ready.segments),
            memory: facts.memory.clone(),
            entry: ready.entry,
            segments,
            policy: request.options.policy,
            consoles: request.options.consoles.iter().filter(used).copied().collect(),
            implementation: implementation.name(),
            update_elfcorehdr: facts.dump.as_ref().is_some_and(|dump| dump.update_elfcorehdr),
            sources: facts.sources.clone(),
            warnings: facts.warnings.clone(),
        }
    }

    /// Returns the number of chunks.
    pub fn chunks(&self) -> u64 {
        self.segments.iter().map(|segment| segment.chunks).sum()
    }

    /// Returns the bytes of memory of all segments.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.range.end - segment.range.start).sum()
    }
}

/// Returns the loaded command line, without its terminating zero.
fn command_line(segments: &[Segment<'_>]) -> String {
    let line = segments.iter().find(|segment| segment.kind == SegmentKind::CommandLine);
    let bytes = line.and_then(|line| line.payload.strip_suffix(b"\0")).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}
