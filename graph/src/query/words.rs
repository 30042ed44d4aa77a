//! Words alone, and names of other programs that mean two things at once.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::check::Check;
use super::expr::{Expr, Literal, Op};
use super::grammar::Word;
use crate::field::{End, FieldId, What};
use crate::{Proto, Schema, Service, Value, ValueType};

/// What a word alone means: a column that is yes or no, or of several words; a protocol or a service; an address with its port; a network;
/// else, and always in quotes, a text that is looked for.
pub(super) fn alone(word: &Word, schema: &Schema) -> Expr {
    let text = word.text.as_str();
    if word.quoted {
        return Expr::word(text);
    }
    let column = schema.find(text).and_then(|id| Some((id, schema.field(id)?)));
    if let Some((id, field)) = column {
        if field.value_type == ValueType::Bool {
            return is(schema, id, Value::Bool(true));
        }
        if text.contains('.') {
            return Expr::Has(id);
        }
    }
    if let Some((proto, _)) = with_transport(text, schema) {
        return proto;
    }
    if Proto::named(text).is_some() {
        return of(schema, What::Proto, End::Whole, Value::Symbol(text.to_ascii_lowercase().into()));
    }
    if Service::is_name(text) {
        return of(schema, What::Service, End::Whole, Value::Symbol(text.to_ascii_lowercase().into()));
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        let ip = of(schema, What::Ip, End::Either, Value::Ip(socket.ip()));
        return Expr::and(vec![ip, of(schema, What::Port, End::Either, Value::Port(socket.port()))]);
    }
    match text.parse::<IpNet>() {
        Ok(net) => of(schema, What::Ip, End::Either, Value::Net(net.trunc())),
        Err(_) => Expr::word(text),
    }
}

fn of(schema: &Schema, what: What, end: End, value: Value) -> Expr {
    match schema.of(what, end) {
        Some(id) => is(schema, id, value),
        None => Expr::word(&value.to_string()),
    }
}

pub(super) fn is(schema: &Schema, id: FieldId, value: Value) -> Expr {
    let of = schema.field(id).map_or(ValueType::Text, |field| field.value_type);
    let values = vec![Literal::One(value)];
    match Check::new(of, Op::Is, &values) {
        Some(check) => Expr::compare(id, Op::Is, values, check),
        None => Expr::Has(id),
    }
}

/// `tcp.port` and its like: a transport, and a field of flows that have it.
pub(super) fn with_transport(name: &str, schema: &Schema) -> Option<(Expr, FieldId)> {
    let (transport, field) = name.split_once('.')?;
    let proto = Proto::named(transport).filter(|proto| proto.has_ports())?;
    let end = match field.to_ascii_lowercase().as_str() {
        "port" => End::Either,
        "srcport" => End::Src,
        "dstport" => End::Dst,
        _ => return None,
    };
    let proto = of(schema, What::Proto, End::Whole, Value::Symbol(proto.to_string().into()));
    Some((proto, schema.of(What::Port, end)?))
}
