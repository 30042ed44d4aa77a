//! Why an interface cannot be captured on, and what to do.

use crate::interfaces::Remedy;

/// Why a live capture did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// No interface has that name.
    #[error("no interface is called {name}; there are: {}", known.join(", "))]
    NoSuchInterface {
        /// The name.
        name: String,
        /// Those that there are, the likeliest first.
        known: Vec<String>,
    },
    /// The process may not capture.
    #[error("not permitted to capture on {interface}: run {remedy}")]
    NotPermitted {
        /// The interface.
        interface: String,
        /// The commands that help.
        remedy: Remedy,
    },
    /// The interface is switched off.
    #[error("{interface} is down: run sudo ip link set {interface} up")]
    Down {
        /// The interface.
        interface: String,
    },
    /// The filter is none.
    #[error("the filter \"{filter}\" does not compile: {message}")]
    Filter {
        /// The filter.
        filter: String,
        /// What libpcap says of it.
        message: String,
    },
    /// Something else went wrong.
    #[error("cannot capture on {interface}: {message}")]
    Refused {
        /// The interface.
        interface: String,
        /// What libpcap or the kernel says.
        message: String,
    },
}
