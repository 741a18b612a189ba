//! What runs in the machine, and the machine's memory as the host sees it.
//!
//! | module | what |
//! | --- | --- |
//! | `init.sh` | the first process of every kernel of a run |
//! | [`initramfs`] | the file system that holds it, with the stock programs and their libraries |
//! | [`memory`] | the guest's RAM as a file that the host reads and writes |
//! | [`first`] | the first kernel: it tells its facts and does what the host says |
//! | [`blob`] | the purgatory that the kernel embeds, read and replaced |
//! | [`segments`] | the segments of a loaded crash image, found by their content |
//! | [`purgatory`] | the purgatory of a loaded crash image, held against what `purgatory-loader` makes |

pub mod blob;
pub mod first;
pub mod initramfs;
pub mod memory;
pub mod purgatory;
pub mod segments;
