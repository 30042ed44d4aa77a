//! The desktop's file dialog: it has a thread of its own, and is looked at once a frame.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, Wake, Waker};

use egui::Context;

/// What a file is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A capture to open.
    Capture,
    /// The key of a probe to dial.
    Key,
    /// A picture to write.
    Picture,
    /// A file that Suricata writes.
    Records,
    /// A file that says where what stands in records.
    Map,
    /// A folder of databases of addresses.
    Databases,
}

/// The file that is chosen sooner or later, or none.
type Chosen = Pin<Box<dyn Future<Output = Option<rfd::FileHandle>>>>;

/// A dialog that is open.
pub(super) struct Dialog {
    pub(super) wanted: Wanted,
    future: Chosen,
    waker: Waker,
}

struct Repaint(Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

impl Dialog {
    /// Opens it. Where the desktop has none it answers as if it had been cancelled.
    pub(super) fn open(ctx: &Context, wanted: Wanted) -> Self {
        let dialog = rfd::AsyncFileDialog::new();
        let dialog = match wanted {
            Wanted::Capture => dialog.set_title("Open a capture").add_filter("Captures", &["pcap", "pcapng", "cap", "gz", "zst"]),
            Wanted::Key => dialog.set_title("The key of a probe").add_filter("Keys", &["key"]),
            Wanted::Picture => dialog.set_title("Save picture").set_file_name("graph.svg").add_filter("Pictures", &["svg", "png"]),
            Wanted::Records => dialog.set_title("The records of Suricata").add_filter("Records", &["json"]),
            Wanted::Map => dialog.set_title("The mapping").add_filter("Mappings", &["toml"]),
            Wanted::Databases => dialog.set_title("The folder of databases"),
        };
        let dialog = dialog.add_filter("All files", &["*"]);
        let future: Chosen = match wanted {
            Wanted::Capture | Wanted::Key | Wanted::Records | Wanted::Map => Box::pin(dialog.pick_file()),
            Wanted::Picture => Box::pin(dialog.save_file()),
            Wanted::Databases => Box::pin(dialog.pick_folder()),
        };
        Dialog { wanted, future, waker: Arc::new(Repaint(ctx.clone())).into() }
    }

    /// What was chosen, once it is closed; the inner none is nothing.
    pub(super) fn poll(&mut self) -> Option<Option<PathBuf>> {
        match self.future.as_mut().poll(&mut task::Context::from_waker(&self.waker)) {
            Poll::Ready(file) => Some(file.map(|file| file.path().to_owned())),
            Poll::Pending => None,
        }
    }
}
