//! The physical address space, from `/proc/iomem`: one line for each resource, with nested resources indented below it
//! (`r_show` of `kernel/resource.c`).

use core::ops::Range;
use std::string::String;
use std::vec::Vec;

use super::{System, SystemError, range};

/// The file.
pub(super) const FILE: &str = "proc/iomem";

/// The physical address space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iomem {
    /// All resources. Nested resources directly follow their parent.
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
    /// Returns a [`SystemError`] if it cannot be read, has an unexpected format, or has no addresses. Only root sees
    /// them.
    pub fn iomem(&self) -> Result<Iomem, SystemError> {
        let text = self.text(FILE, "mount proc")?;
        let parsed = text.lines().map(|line| {
            resource(line).ok_or_else(|| self.malformed(FILE, line, "`start-end : name`"))
        });
        let resources: Vec<Resource> = parsed.collect::<Result<_, _>>()?;
        // For other users, all addresses are 0.
        if resources.iter().all(|resource| resource.range == (0..1)) {
            return Err(SystemError::Hidden { path: self.path(FILE) });
        }
        Ok(Iomem { resources })
    }
}

impl Iomem {
    /// Returns the RAM that the kernel uses, physical, half-open, sorted by address, as `walk_system_ram_res` in
    /// `kernel/resource.c` finds it. RAM of drivers is called `System RAM (name)`, and may be inside another resource.
    #[must_use]
    pub fn ram(&self) -> Vec<Range<u64>> {
        self.outermost(|name| name == "System RAM" || name.starts_with("System RAM ("))
    }

    /// Returns the resources with a matching name that are not inside another matching resource.
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
