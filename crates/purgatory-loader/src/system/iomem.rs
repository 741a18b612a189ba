//! The physical address space, from `/proc/iomem`: a line a resource, the resources inside it indented below it
//! (`r_show` of `kernel/resource.c`).

use core::ops::Range;
use std::string::String;
use std::vec::Vec;

use super::{System, SystemError, range};

/// Where it is.
pub(super) const FILE: &str = "proc/iomem";

/// The physical address space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iomem {
    /// Every resource, those inside another right behind it.
    resources: Vec<Resource>,
}

/// A part of the physical address space.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    range: Range<u64>,
    name: String,
}

impl System {
    /// Reads `/proc/iomem`.
    ///
    /// # Errors
    /// It cannot be read, is not understood, or shows no addresses, as to everybody but root.
    pub fn iomem(&self) -> Result<Iomem, SystemError> {
        let text = self.text(FILE, "mount proc")?;
        let parsed = text.lines().map(|line| {
            resource(line).ok_or_else(|| self.malformed(FILE, line, "`start-end : name`"))
        });
        let resources: Vec<Resource> = parsed.collect::<Result<_, _>>()?;
        // Every first and every last address is 0 then.
        if resources.iter().all(|resource| resource.range == (0..1)) {
            return Err(SystemError::Hidden { path: self.path(FILE) });
        }
        Ok(Iomem { resources })
    }
}

impl Iomem {
    /// RAM that the kernel uses, physical, half-open, in the order of its addresses, as `walk_system_ram_res` of
    /// `kernel/resource.c` finds it: drivers call theirs `System RAM (name)`, which may lie inside something else.
    #[must_use]
    pub fn ram(&self) -> Vec<Range<u64>> {
        self.outermost(|name| name == "System RAM" || name.starts_with("System RAM ("))
    }

    /// The resources with such a name that are in no other such resource.
    pub(super) fn outermost(&self, wanted: impl Fn(&str) -> bool) -> Vec<Range<u64>> {
        let mut found: Vec<Range<u64>> = Vec::new();
        for resource in self.resources.iter().filter(|resource| wanted(&resource.name)) {
            if found.last().is_none_or(|last| last.end <= resource.range.start) {
                found.push(resource.range.clone());
            }
        }
        found
    }
}

fn resource(line: &str) -> Option<Resource> {
    let (addresses, name) = line.split_once(" : ")?;
    Some(Resource { range: range(addresses.trim_start())?, name: name.into() })
}
