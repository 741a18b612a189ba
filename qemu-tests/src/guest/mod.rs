//! The programs in the machine, and the machine's memory as the host sees it.
//!
//! | module | content |
//! | --- | --- |
//! | `init.sh` | the first process of every kernel of a run |
//! | [`initramfs`] | the file system that holds it, with the stock programs and their libraries |
//! | [`memory`] | the guest's RAM as a file that the host reads and writes |
//! | [`running`] | the guest with the running kernel: it reports facts and runs commands |
//! | [`blob`] | the purgatory that the kernel embeds, read and replaced |
//! | [`segments`] | the segments of a loaded crash image, found by their content |
//! | [`purgatory`] | the purgatory of a loaded crash image, compared with that of `purgatory-loader` |

pub mod blob;
pub mod initramfs;
pub mod memory;
pub mod purgatory;
pub mod running;
pub mod segments;
