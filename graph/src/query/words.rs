//! Words alone, and names of other programs that mean two things at once.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::QueryError;
use super::check::Check;
use super::expr::{Expr, Literal, Op};
use super::grammar::Word;
use crate::field::{End, FieldId, What};
use crate::{Proto, Schema, Service, Value, ValueType};

/// What a word alone means: a column that is yes or no, or of several words; a protocol or a service; an address with its port; a network;
/// else, and always in quotes, a text that is looked for. `beside` is where a word stands right behind it.
///
/// # Errors
/// Where it is hardly meant as a text: `port 443`, `port:443`.
pub(super) fn alone(word: &Word, beside: Option<&Range<usize>>, schema: &Schema) -> Result<Expr, QueryError> {
    if word.quoted {
        return Ok(Expr::word(&word.text));
    }
    let column = |name: &str| schema.find(name).or_else(|| Some(with_transport(name, schema)?.1)).and_then(|id| schema.field(id));
    if let Some(at) = beside
        && let Some(field) = column(&word.text).filter(|field| field.value_type != ValueType::Bool)
    {
        let ops: Vec<&str> = Op::ALL.into_iter().filter(|op| op.takes(field.value_type)).map(Op::sign).collect();
        let what = format!("a comparison behind {}: {}; to look for the word put it into \"quotes\"", word.text, ops.join(", "));
        return Err(QueryError::expected(at.clone(), &what));
    }
    let meant = means(&word.text, schema);
    if let Expr::Word(_) = meant
        && let Some((name, value)) = word.text.split_once(':')
        && column(name).is_some()
        && !value.is_empty()
    {
        let what = format!("a comparison, such as {name} = {value}; to look for the text put it into \"quotes\"");
        return Err(QueryError::expected(word.at.clone(), &what));
    }
    Ok(meant)
}

fn means(text: &str, schema: &Schema) -> Expr {
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
    if let Some((_, all)) = FAMILIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return of(schema, What::Ip, End::Either, Value::Net(*all));
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

/// The words for the two families of addresses, and all that are in each.
const FAMILIES: [(&str, IpNet); 5] = {
    let four = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0));
    let six = IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0));
    [("ip", four), ("ip4", four), ("ipv4", four), ("ip6", six), ("ipv6", six)]
};

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
