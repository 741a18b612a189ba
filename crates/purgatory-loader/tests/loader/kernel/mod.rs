//! Kernel files, and their images.

mod boot_params;
mod bz_image_errors;
mod image;
mod image_errors;
mod no_panic;
mod parse;
mod sample;
mod vmlinux_errors;
