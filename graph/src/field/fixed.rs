//! The fields that need no registration.

use super::schema::{Asked, ENDS, End, Field, What, also_named, help};
use crate::{Column, Rule, Table, ValueType};

/// One of them, of an end in three forms.
pub(super) struct Fixed {
    name: &'static str,
    also: &'static [&'static str],
    title: &'static str,
    value_type: ValueType,
    many: bool,
    rule: Rule,
    help: &'static str,
    what: What,
    ends: &'static [(&'static str, End)],
    of: &'static [Table],
}

impl Fixed {
    pub(super) fn ends(&self) -> &'static [(&'static str, End)] {
        self.ends
    }

    pub(super) fn field(&self, prefix: &str, end: End) -> Field {
        let title = match prefix {
            "src." => format!("From {}", lower(self.title)),
            "dst." => format!("To {}", lower(self.title)),
            _ => self.title.to_owned(),
        };
        Field {
            name: format!("{prefix}{}", self.name).into(),
            also: self.also.iter().filter_map(|also| also_named(also, end, prefix)).collect(),
            title: title.into(),
            value_type: self.value_type,
            many: self.many || end == End::Either,
            rule: self.rule,
            help: if prefix.is_empty() && end != End::Either { self.help.into() } else { help(self.help, end).into() },
            tag: None,
            asked: Asked { what: self.what, end },
            of: match end {
                End::Src | End::Dst => &[Table::Flows],
                End::Whole | End::Either => self.of,
            },
        }
    }

    const fn many(self) -> Fixed {
        Fixed { many: true, ..self }
    }

    const fn comes_to(self, rule: Rule) -> Fixed {
        Fixed { rule, ..self }
    }

    const fn of_end(self) -> Fixed {
        Fixed { ends: &ENDS, ..self }
    }

    const fn only(self, ends: &'static [(&'static str, End)]) -> Fixed {
        Fixed { ends, ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Fixed {
        Fixed { also, ..self }
    }
}

/// A title behind another word: as it is where it is an abbreviation.
fn lower(title: &str) -> String {
    if title.chars().nth(1).is_some_and(char::is_uppercase) { title.to_owned() } else { title.to_lowercase() }
}

/// The name of a column that is taken, if one is: where a field has a column's own name, the column is what is said of that, and of the same type.
pub(crate) fn taken(column: &Column) -> Option<&'static str> {
    let is_of_end = |fixed: &Fixed| fixed.ends.len() == ENDS.len();
    let corrects = |fixed: &Fixed| {
        fixed.name == column.name
            && fixed.value_type == column.value_type
            && is_of_end(fixed) == column.endpoint
            && fixed.many == column.many
    };
    let is_called = |fixed: &Fixed, name: &str| fixed.name == name || fixed.also.iter().any(|also| also.split('|').any(|a| a == name));
    column.names().find(|name| FIXED.iter().any(|fixed| is_called(fixed, name) && !corrects(fixed)))
}

const fn field(
    name: &'static str,
    title: &'static str,
    value_type: ValueType,
    what: What,
    of: &'static [Table],
    help: &'static str,
) -> Fixed {
    let rule = match value_type {
        ValueType::Bytes | ValueType::Rate => Rule::Sum,
        ValueType::Duration | ValueType::Time => Rule::Greatest,
        _ => Rule::Distinct,
    };
    Fixed { name, also: &[], title, value_type, many: false, rule, help, what, ends: &[("", End::Whole)], of }
}

const FLOWS: &[Table] = &[Table::Flows];
const ENDS_OF_FLOWS: &[Table] = &[Table::Flows, Table::Hosts];
const USES: &[Table] = &[Table::Flows, Table::Services];
const MOVED: &[Table] = &[Table::Flows, Table::Hosts, Table::Processes, Table::Services];
const BOTH_WAYS: &[Table] = &[Table::Flows, Table::Hosts, Table::Processes];
const PROCESSES: &[Table] = &[Table::Flows, Table::Processes];
const SUMS: &[Table] = &[Table::Hosts, Table::Processes, Table::Services];

/// All of them, in the order in which they are listed.
pub(super) const FIXED: &[Fixed] = {
    use ValueType::{Bytes, Duration, Integer, Ip, Port, Rate, Symbol, Text, Time};
    &[
        field("ip", "Address", Ip, What::Ip, ENDS_OF_FLOWS, "IP address").of_end().also(&[
            "address|src|dst",
            "addr||",
            "ip.addr|ip.src|ip.dst",
            "ip.host|ip.src_host|ip.dst_host",
            "ipv6.addr|ipv6.src|ipv6.dst",
        ]),
        field("port", "Port", Port, What::Port, FLOWS, "port number").of_end().also(&["|src_port|dst_port"]),
        field("name", "Name", Text, What::Name, ENDS_OF_FLOWS, "name of the host, the best first").of_end().many().also(&["host||"]),
        field("source", "From", Text, What::Label, FLOWS, "who began it: name, or address").only(&[("", End::Src)]),
        field("destination", "To", Text, What::Label, FLOWS, "who answered: name, or address").only(&[("", End::Dst)]),
        field("service", "Service", Symbol, What::Service, USES, "what the protocol and the server's port say"),
        field("family", "Family", Symbol, What::Family, USES, "what kind of service"),
        field("proto", "Protocol", Symbol, What::Proto, USES, "transport").also(&["protocol", "ip.proto"]),
        field("rate", "Rate", Rate, What::Rate, MOVED, "bytes a second, both ways"),
        field("rate.sent", "Rate out", Rate, What::RateSent, BOTH_WAYS, "bytes a second sent; of a flow by who began it")
            .also(&["rate_sent"]),
        field("rate.received", "Rate in", Rate, What::RateReceived, BOTH_WAYS, "bytes a second received; of a flow by who began it")
            .also(&["rate_received"]),
        field("bytes", "Bytes", Bytes, What::Bytes, MOVED, "bytes, both ways"),
        field("bytes.sent", "Sent", Bytes, What::BytesSent, BOTH_WAYS, "bytes sent; of a flow by who began it")
            .also(&["bytes_fwd", "bytes_sent"]),
        field("bytes.received", "Received", Bytes, What::BytesReceived, BOTH_WAYS, "bytes received; of a flow by who began it")
            .also(&["bytes_rev", "bytes_received"]),
        field("packets", "Packets", Integer, What::Packets, MOVED, "packets, both ways").comes_to(Rule::Sum),
        field("packets.sent", "Packets out", Integer, What::PacketsSent, BOTH_WAYS, "packets sent; of a flow by who began it")
            .comes_to(Rule::Sum),
        field("packets.received", "Packets in", Integer, What::PacketsReceived, BOTH_WAYS, "packets received; of a flow by who began it")
            .comes_to(Rule::Sum),
        field("flows", "Flows", Integer, What::Flows, SUMS, "live flows").comes_to(Rule::Sum),
        field("peers", "Peers", Integer, What::Peers, &[Table::Hosts], "hosts it talks with").comes_to(Rule::Greatest),
        field("state", "State", Symbol, What::State, PROCESSES, "of a flow: open, or why it ended; of a process: alive, or how it ended"),
        field("age", "Age", Duration, What::Age, BOTH_WAYS, "since it began; of a dead process, how long it lived"),
        field("idle", "Idle", Duration, What::Idle, ENDS_OF_FLOWS, "since its last packet"),
        field("duration", "Duration", Duration, What::Duration, ENDS_OF_FLOWS, "from the first packet to the last"),
        field("start", "First seen", Time, What::Start, BOTH_WAYS, "when it was first seen").comes_to(Rule::Least).also(&["first"]),
        field("end", "Last seen", Time, What::End, ENDS_OF_FLOWS, "when its last packet was seen").also(&["last"]),
        field("seen_by", "Seen by", Text, What::SeenBy, ENDS_OF_FLOWS, "the origins that saw it: interfaces, recordings, probes").many(),
        field("process", "Process", Text, What::Process, PROCESSES, "the program: of an interpreter, the script").of_end(),
        field("pid", "PID", Integer, What::Pid, PROCESSES, "the number of the process").of_end(),
        field("user", "User", Symbol, What::User, PROCESSES, "effective user of the process").of_end(),
        field("parent", "Parent", Text, What::Parent, PROCESSES, "what began the process").of_end(),
        field("container", "Container", Symbol, What::Container, PROCESSES, "the container or the unit of the process").of_end(),
        field("command", "Command", Text, What::Command, PROCESSES, "command line of the process, secrets masked").of_end(),
        field("exe", "Executable", Text, What::Exe, PROCESSES, "path of the executable of the process").of_end(),
        field("cpu", "CPU", Integer, What::Cpu, PROCESSES, "processors that the process keeps busy: 100 % is one of them")
            .of_end()
            .comes_to(Rule::Greatest),
        field("memory", "Memory", Bytes, What::Memory, PROCESSES, "resident memory of the process").of_end().comes_to(Rule::Greatest),
        field("earlier", "Before", Text, What::Earlier, PROCESSES, "what the process ran before").of_end(),
        field("group", "Group", Integer, What::Group, PROCESSES, "effective group of the process, as a number").of_end(),
    ]
};
