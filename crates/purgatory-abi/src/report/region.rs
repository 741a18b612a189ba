//! Lines of images with one digest over all regions.

use super::form::{self, Value};
use super::{Parse, Sink, Write, bounds, checked};
use crate::Region;

const REGION: &str = "region %2d  %x-%x  %12d bytes";
const ONE_DIGEST: &str = "one digest covers all regions: which of them has changed cannot be told";
const ALL_ZEROS: &str = "  all zeros";
const ALL_ONES: &str = "  all ones";
/// The text before a content of a region.
const GAP: &str = "  ";

codes! {
    /// The contents of a region.
    Content {
        /// The entry of the kernel.
        Kernel = 0, "kernel";
        /// `boot_params`.
        BootParams = 1, "boot_params";
        /// The command line.
        CommandLine = 2, "command line";
        /// The initial file system.
        Initrd = 3, "initrd";
        /// The description of the crashed kernel's memory.
        Elfcorehdr = 4, "elfcorehdr";
        + kexec_tools {
            /// The destination of the copy of low memory.
            Backup = 5, "backup";
        }
    }
}

/// A set of [`Content`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents(u8);

impl Contents {
    /// Adds a member.
    pub fn insert(&mut self, content: Content) {
        self.0 |= 1 << content.code();
    }

    /// Whether it has this member.
    #[must_use]
    pub fn contains(self, content: Content) -> bool {
        self.0 & 1 << content.code() != 0
    }
}

/// The pattern of memory whose contents are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// All bytes are 0x00.
    Zeros,
    /// All bytes are 0xff.
    Ones,
}

impl Fill {
    pub(super) fn text(fill: Option<Self>) -> &'static str {
        match fill {
            None => "",
            Some(Self::Zeros) => ALL_ZEROS,
            Some(Self::Ones) => ALL_ONES,
        }
    }

    /// Parses the start of `text`. Returns the text that follows, too.
    pub(super) fn parse(text: &str) -> (Option<Self>, &str) {
        [Self::Zeros, Self::Ones]
            .into_iter()
            .find_map(|fill| Some((Some(fill), text.strip_prefix(Self::text(Some(fill)))?)))
            .unwrap_or((None, text))
    }
}

/// A region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionLine {
    /// Its slot in the table.
    pub slot: u8,
    /// Its memory.
    pub region: Region,
    /// Whether all of its bytes are the same. Only looked for after a mismatch.
    pub fill: Option<Fill>,
    /// Its contents.
    pub contents: Contents,
}

impl Write for RegionLine {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S) {
        form::start(sink);
        let (first, last) = bounds(self.region);
        let args = [u64::from(self.slot).into(), first.into(), last.into(), self.region.len.into()];
        form::write(sink, REGION, &args);
        sink.put(Fill::text(self.fill).as_bytes());
        for content in Content::ALL {
            if self.contents.contains(*content) {
                sink.put(GAP.as_bytes());
                sink.put(content.name().as_bytes());
            }
        }
        form::end(sink);
    }
}

impl Parse<'_> for RegionLine {
    fn parse(text: &str) -> Option<Self> {
        let (
            [Value::Number(slot), Value::Number(first), Value::Number(last), Value::Number(length)],
            rest,
        ) = form::read(REGION, text)?
        else {
            return None;
        };
        let region = checked(first, last, length)?;
        let (fill, mut rest) = Fill::parse(rest);
        let mut contents = Contents::default();
        for content in Content::ALL {
            let name = rest.strip_prefix(GAP).and_then(|rest| rest.strip_prefix(content.name()));
            if let Some(after) = name {
                contents.insert(*content);
                rest = after;
            }
        }
        let slot = u8::try_from(slot).ok()?;
        rest.is_empty().then_some(Self { slot, region, fill, contents })
    }
}

/// The line that explains why a mismatch names no region: one digest covers all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneDigestLine;

impl Write for OneDigestLine {
    fn write<S: Sink>(&self, sink: &mut S) {
        form::line(sink, ONE_DIGEST, &[]);
    }
}

impl Parse<'_> for OneDigestLine {
    fn parse(text: &str) -> Option<Self> {
        (text == ONE_DIGEST).then_some(Self)
    }
}
