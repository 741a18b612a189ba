//! Shipped purgatories as contenders. [`purgatory_runner`] runs them in this process.
//!
//! | module | content |
//! | --- | --- |
//! | [`crash_image`] | the segments of a crash image as `kexec_file_load` lays them out |
//! | [`contenders`] | all purgatories as rows of the bench |

pub mod contenders;
pub mod crash_image;
