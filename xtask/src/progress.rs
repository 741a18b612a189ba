//! What is being done, for whoever waits.

/// A new part begins.
pub(crate) fn begin(what: &str) {
    println!("\n==> {what}");
}
