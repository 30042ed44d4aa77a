//! What a process answers.

use super::What;
use crate::{Exit, Model, Process, Value};

impl Model {
    /// What a process answers; of what only others have, nothing.
    pub(crate) fn ask_process(&self, process: &Process, what: What) -> Option<Value> {
        let now = self.now();
        let text = |text: &str| (!text.is_empty()).then(|| Value::Text(text.into()));
        Some(match what {
            What::Process => Value::Text(process.label().into()),
            What::Pid => Value::Integer(process.key.process.pid.into()),
            What::User => Value::Symbol(self.user_name(process.key.realm, process.user?)),
            What::Parent => Value::Text(self.lineage(process.key).nth(1)?.label().into()),
            What::Container => Value::Symbol(process.image.container.as_ref()?.to_string().into()),
            What::Command => match &process.image.command {
                Ok(command) => Value::Text(command.clone()),
                Err(_) => return text(&process.image.comm),
            },
            What::Exe => Value::Text(process.image.exe.clone().ok()?),
            What::Cpu => {
                process.usage.filter(|_| process.is_alive())?;
                Value::Integer((process.cpu_share * 100.0).round() as u64)
            }
            What::Memory => Value::Bytes(process.usage.filter(|_| process.is_alive())?.rss_bytes),
            What::Earlier => return text(&process.earlier.iter().map(|image| image.title()).collect::<Vec<_>>().join(" → ")),
            What::Group => Value::Integer(process.group?.into()),
            What::Rate => Value::Rate(process.rate(now).round() as u64),
            What::RateSent => Value::Rate(process.rate_sent.at(now).round() as u64),
            What::RateReceived => Value::Rate(process.rate_received.at(now).round() as u64),
            What::Bytes => Value::Bytes(process.sent.bytes.saturating_add(process.received.bytes)),
            What::BytesSent => Value::Bytes(process.sent.bytes),
            What::BytesReceived => Value::Bytes(process.received.bytes),
            What::Packets => Value::Integer(process.sent.packets.saturating_add(process.received.packets)),
            What::PacketsSent => Value::Integer(process.sent.packets),
            What::PacketsReceived => Value::Integer(process.received.packets),
            What::Flows => Value::Integer(process.flows.into()),
            What::Age => Value::Duration(self.age(process)?),
            What::Start => Value::Time(process.first),
            What::State => Value::Symbol(match process.ended {
                None => "alive".into(),
                Some((_, exit)) => exit.to_string().into(),
            }),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal { number, core: false } => write!(f, "signal {number}"),
            Exit::Signal { number, core: true } => write!(f, "signal {number}, core"),
            Exit::Unseen => f.write_str("gone"),
        }
    }
}
