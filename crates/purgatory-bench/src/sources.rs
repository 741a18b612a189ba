//! The files that are measured: what `cargo xtask bench` has built and fetched.

use std::path::PathBuf;

/// Where the files are.
#[derive(Clone, Debug, clap::Args)]
pub struct Sources {
    /// The folder of our blobs: purgatory-linux.ro and the others.
    #[arg(long, value_name = "FOLDER")]
    pub blobs: PathBuf,
    /// A stock kernel, a bzImage, and the version that its row is named after; oldest first.
    #[arg(long = "kernel", value_name = "VERSION=FILE", value_parser = kernel)]
    pub kernels: Vec<Kernel>,
    /// The initrd that is loaded with the newest kernel.
    #[arg(long, value_name = "FILE")]
    pub initrd: PathBuf,
    /// The kexec of a distribution.
    #[arg(long, value_name = "FILE")]
    pub kexec: PathBuf,
    /// Our scalar backend with the blobs' flags: libpurgatory_bench_scalar.so.
    #[arg(long, value_name = "FILE")]
    pub scalar: PathBuf,
    /// OpenSSL's libcrypto.so.3.
    #[arg(long, value_name = "FILE")]
    pub libcrypto: PathBuf,
    /// What ipsec_mb.c has become, with libIPSec_MB beside it.
    #[arg(long, value_name = "FILE")]
    pub ipsec_mb: PathBuf,
}

/// A stock kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// What its row is named after, as `6.12`.
    pub version: String,
    /// Its file, a bzImage.
    pub file: PathBuf,
}

fn kernel(argument: &str) -> Result<Kernel, String> {
    let (version, file) = argument.split_once('=').ok_or("want VERSION=FILE")?;
    Ok(Kernel { version: version.to_owned(), file: file.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_a_version_and_a_file() {
        let known = Kernel { version: "6.12".into(), file: "/boot/vmlinuz".into() };
        assert_eq!(kernel("6.12=/boot/vmlinuz"), Ok(known));
    }

    #[test]
    fn a_file_alone_is_refused() {
        assert!(kernel("/boot/vmlinuz").is_err());
    }
}
