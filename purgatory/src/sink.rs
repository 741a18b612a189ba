//! The receiving end of text.

/// Where text goes.
pub trait Sink {
    /// Takes some of it. What it cannot take is lost: nobody can be told.
    fn put(&mut self, bytes: &[u8]);
}
