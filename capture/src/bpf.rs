//! BPF filters, compiled by libpcap.

/// A filter expression that libpcap does not compile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter {text:?} does not compile: {message}")]
pub struct BpfError {
    /// The expression.
    pub text: String,
    /// What libpcap says of it.
    pub message: String,
}
