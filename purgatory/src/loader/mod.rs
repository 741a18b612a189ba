//! Front loaders: each knows one loader's symbols and nothing else, and makes a [`Plan`](crate::plan::Plan) of them.

pub mod kexec_tools;
pub mod linux;
pub mod native;
