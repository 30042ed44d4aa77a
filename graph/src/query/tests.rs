use std::sync::Arc;

use proptest::prelude::*;

use super::expr::{Expr, Literal, literal};
use super::*;
use crate::field::Field;
use crate::{Column, Registry, RegistryBuilder, Table, Value, ValueType};

fn registry() -> Registry {
    let mut columns = RegistryBuilder::default();
    for column in [
        Column::new("tls.sni", ValueType::Text, "the server's name").also(&["tls.handshake.extensions_server_name"]),
        Column::new("country", ValueType::Symbol, "where").endpoint(),
        Column::new("mac", ValueType::Mac, "hardware address").endpoint().also(&["eth.addr|eth.src|eth.dst"]),
        Column::new("vlan", ValueType::Integer, "VLAN"),
        Column::new("net", ValueType::Net, "network"),
        Column::new("echo", ValueType::Bool, "yes or no"),
        Column::new("alpn", ValueType::Symbol, "protocols").many(),
    ] {
        columns.register(column).unwrap();
    }
    columns.freeze()
}

fn schema() -> Arc<Schema> {
    Schema::new(&registry()).into()
}

fn plain(text: &str) -> String {
    Query::parse(text, &schema()).map_or_else(|error| format!("{:?} {error}", error.at), |query| query.to_string())
}

#[test]
fn what_people_write_is_understood() {
    for (text, means) in [
        ("", ""),
        ("  ", ""),
        ("*", ""),
        ("* | count by service", "| count by service"),
        ("\"*\" * ", "\"*\" and \"*\""),
        ("src.ip in 10.0.0.0/8 and not service = dns", "src.ip in 10.0.0.0/8 and not service = dns"),
        ("process ~ \"curl|wget\"", "process ~ \"curl|wget\""),
        ("bytes > 1 MB", "bytes > 1 MB"),
        ("bytes>1500kB", "bytes > 1500 kB"),
        ("name ends \"github.com\"", "name ends github.com"),
        ("country not in {FR, DE}", "country not in {FR, DE}"),
        ("country != {FR DE}", "country not in {FR, DE}"),
        ("age < 30 s", "age < 30 s"),
        ("port in 8000..8999", "port in 8000..8999"),
        ("port = {80, 8000..8999}", "port in {80, 8000..8999}"),
        ("tcp.port in {80 443 8000..8080}", "proto = tcp and port in {80, 443, 8000..8080}"),
        ("bytes in {1 kB 2 kB}", "bytes in {1 kB, 2 kB}"),
        ("service in ('http', \"dns\")", "service in {http, dns}"),
        ("user = 'it\\'s \"me\"'", "user = \"it's \\\"me\\\"\""),
        ("it's", "\"it's\""),
        ("ip.addr eq 10.0.0.1 and tcp.port ne 80", "ip = 10.0.0.1 and proto = tcp and port != 80"),
        ("bytes GT 1 kB and bytes le 2 kB", "bytes > 1 kB and bytes <= 2 kB"),
        ("le monde", "\"le\" and \"monde\""),
        ("name not contains git", "has name and not name contains git"),
        ("not name not ends \".com\"", "not (has name and not name ends \".com\")"),
        (
            "name !~ git and name not ~ x and name not matches y",
            "has name and not name ~ git and has name and not name ~ x and has name and not name ~ y",
        ),
        ("ip.proto == 17 or ip.proto in {6, 253}", "proto = udp or proto in {tcp, \"253\"}"),
        ("ipv6 and not ip", "ip = ::/0 and not ip = 0.0.0.0/0"),
        ("eth.src == 02:00:00:00:00:0a", "src.mac = 02:00:00:00:00:0a"),
        ("start > 2026-11-22 10:00", "start > 2026-11-22T10:00:59.999999"),
        ("start in 2026-11-22 10:00..2026-11-22 11:00:30.5", "start in 2026-11-22T10:00:00.000000..2026-11-22T11:00:30.599999"),
        ("vlan = 7.0", "vlan = 7"),
        ("port and dns", "\"port\" and service = dns"),
        ("dns port", "service = dns and \"port\""),
        ("echo dns", "echo = true and service = dns"),
        ("localhost:8080", "\"localhost:8080\""),
        ("\"name:x\" and 02:00:00:00:00:0a", "\"name:x\" and \"02:00:00:00:00:0a\""),
        ("has tls.sni", "has tls.sni"),
        ("tls.sni", "has tls.sni"),
        ("echo", "echo = true"),
        ("rate >= 8 Mbit/s", "rate >= 1 MB/s"),
        ("ip.addr == 10.1.2.3/8", "ip = 10.0.0.0/8"),
        ("ip.src == 10.0.0.1 && ip.dst != 10.0.0.2", "src.ip = 10.0.0.1 and dst.ip != 10.0.0.2"),
        ("tcp.port == 443", "proto = tcp and port = 443"),
        ("udp.dstport in {53, 5353}", "proto = udp and dst.port in {53, 5353}"),
        ("tls.handshake.extensions_server_name contains \"x\"", "tls.sni contains x"),
        ("tls.handshake.extensions_server_name", "has tls.sni"),
        ("tcp", "proto = tcp"),
        ("!dns || UDP", "not service = dns or proto = udp"),
        ("a b or c", "\"a\" and \"b\" or \"c\""),
        ("a (b or c)", "\"a\" and (\"b\" or \"c\")"),
        ("not (a and b) or not not c", "not (\"a\" and \"b\") or not not \"c\""),
        ("\"dns\" and \"a \\\"b\\\" \\d\"", "\"dns\" and \"a \\\"b\\\" \\\\d\""),
        ("10.0.0.1:443", "ip = 10.0.0.1 and port = 443"),
        ("[::1]:53", "ip = ::1 and port = 53"),
        ("192.168.0.0/16", "ip = 192.168.0.0/16"),
        ("10.0.0", "\"10.0.0\""),
        ("mac = 02-00-00-00-00-0A", "mac = 02:00:00:00:00:0a"),
        ("start > 2026-11-22", "start > 2026-11-22T23:59:59.999999"),
        ("start = 2026-11-22T10:00", "start in 2026-11-22T10:00:00.000000..2026-11-22T10:00:59.999999"),
        ("cpu > 50 %", "cpu > 50"),
        ("net in 10.0.0.0/8", "net in 10.0.0.0/8"),
        ("München", "\"München\""),
        ("dns | sum bytes by service, src.ip | top 10", "service = dns | sum bytes by service, src.ip | top 10"),
        ("| by service", "| by service"),
        ("| count", "| count"),
        ("| sum bytes, count, sum bytes by port, service, port", "| sum bytes, count by port, service"),
        ("| columns port, ip, port", "| columns port, ip"),
        ("| by service | sort by count", "| by service | sort count desc"),
        (
            "| sum bytes, count, mean duration by process | sort count asc | columns process, sum bytes",
            "| sum bytes, count, mean duration by process | sort count asc | columns process, sum bytes",
        ),
        ("dns | sort bytes | top 3 | columns src.ip, bytes", "service = dns | sort bytes desc | top 3 | columns src.ip, bytes"),
    ] {
        let printed = plain(text);
        assert_eq!(printed, means, "{text}");
        assert_eq!(plain(&printed), printed, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, at, why) in [
        ("contry = FR", 0..6, "no column is called contry; did you mean one of country"),
        ("bytes > many", 8..12, "bytes takes a size"),
        ("bytes ~ x", 0..5, "it takes =, !=, in, not in, <, <=, >, >="),
        ("port in 9..8", 8..12, "from the less to the more"),
        ("ip = 10.0.0", 5..11, "an address or a network"),
        ("(dns", 4..4, "expected )"),
        ("dns)", 3..4, "none is open"),
        ("service in http, dns", 15..16, "several values stand between { and }"),
        ("dns and", 7..7, "a column, a word, has, not or ("),
        ("name =", 6..6, "a value"),
        ("name in {", 9..9, "a value"),
        ("name in {a", 10..10, "}"),
        ("name in {}", 9..10, "expected values between { and }"),
        ("name in (a", 10..10, "expected )"),
        ("name = 'open", 7..12, "not closed"),
        ("port 443", 5..8, "expected a comparison behind port: =, !=, in"),
        ("tls.sni github.com", 8..18, "to look for the word put it into \"quotes\""),
        ("tcp.port 80", 9..11, "expected a comparison behind tcp.port"),
        ("name is null", 5..7, "expected a comparison behind name"),
        ("service like \"%x%\"", 8..12, "contains, begins, ends, ~"),
        ("dns name:github", 4..15, "expected a comparison, such as name = github"),
        ("tcp.port:443", 0..12, "such as tcp.port = 443"),
        ("port in 80-90", 8..13, "a range is written 80..90"),
        ("port not contains 4", 0..4, "which contains cannot ask of"),
        ("name not = x", 9..10, "expected a column"),
        ("bytes gt", 8..8, "expected a value"),
        ("vlan = 7.5", 7..10, "a whole number"),
        ("| avg bytes", 2..5, "did you mean mean?"),
        ("| count by port limit 5", 16..21, "expected a comma, | or the end"),
        ("| sum(bytes)", 5..6, "as in sum bytes"),
        ("| sum bytes group", 12..17, "expected a comma, by, | or the end"),
        ("| by port | sort port down", 22..26, "expected asc, desc, | or the end"),
        ("| top 3 rows", 8..12, "expected | or the end"),
        ("| sum flows by port", 6..11, "no flow has flows"),
        ("| count by peers", 11..16, "no flow has peers"),
        ("\"open", 0..5, "not closed"),
        ("a & b", 2..3, "& means nothing here"),
        ("process ~ \"(\"", 10..13, "no regular expression: unclosed group"),
        ("process ~ \"(a{1000}){1000}\"", 10..27, "too much memory"),
        ("in {a}", 0..2, "a column or a word before in"),
        ("\"name\" = x", 0..6, "without quotes"),
        ("x | sum service by port", 8..15, "which has no sum"),
        ("| bytes", 2..7, "expected sum, count"),
        ("| top 0", 6..7, "from 1 on"),
        ("| by service | sort bytes.sent", 20..30, "neither grouped by nor summed"),
        ("| top 3 | top 4", 10..13, "a second time"),
        ("| sort bytes | sum bytes", 15..18, "right behind the filter"),
        ("start = yesterday", 8..17, "start takes a point in time"),
        ("age < 5 MB", 6..10, "a length of time"),
        ("echo = perhaps", 7..14, "true or false"),
        ("bytes < {1, 2}", 9..13, "one value behind <"),
        ("bytes > 1..2", 8..12, "a range stands behind in"),
    ] {
        let error = Query::parse(text, &schema()).unwrap_err();
        assert!(error.at == at && error.to_string().contains(why), "{text}: {:?} {error}", error.at);
    }
}

#[test]
fn too_much_is_refused_at_once() {
    let bombs = [
        "a ".repeat(1 << 19),
        format!("name = \"{}\"", "x".repeat(1 << 20)),
        format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
        "(".repeat(10_000),
        "! ".repeat(10_000),
        "not ".repeat(10_000),
        "a ".repeat(1_000),
        format!("port in {{{}}}", "1, ".repeat(5_000)),
        format!("process ~ {{{}}}", "a ".repeat(33)),
        format!("| {}count", "distinct src.ip, ".repeat(32)),
        format!("| by {}port", "port, ".repeat(32)),
        format!("process ~ \"{}\"", "(".repeat(900)),
        format!("process ~ \"{}\"", "a".repeat(5_000)),
    ];
    for bomb in bombs {
        let error = Query::parse(&bomb, &schema()).unwrap_err();
        assert!(error.caret(&bomb).len() < 1_000, "{error}");
    }
    let deep = format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert!(Query::parse(&deep, &schema()).is_ok());
}

/// Any value of a type, as a query can hold it.
pub(super) fn values(of: ValueType) -> BoxedStrategy<Value> {
    match of {
        ValueType::Text => "[a-zA-Z0-9 .\"\\\\()|é-]{0,8}".prop_map(|s| Value::Text(s.into())).boxed(),
        ValueType::Symbol => "[a-z]{1,3}|and|FR|1 MB|a\\.\\.b".prop_map(|s| Value::Symbol(s.into())).boxed(),
        ValueType::Integer => any::<u64>().prop_map(Value::Integer).boxed(),
        ValueType::Bytes => any::<u64>().prop_map(Value::Bytes).boxed(),
        ValueType::Rate => any::<u32>().prop_map(|n| Value::Rate(n.into())).boxed(),
        ValueType::Port => any::<u16>().prop_map(Value::Port).boxed(),
        ValueType::Ip => any::<std::net::IpAddr>().prop_map(Value::Ip).boxed(),
        ValueType::Net => any::<std::net::Ipv4Addr>().prop_map(|a| Value::Net(ipnet::Ipv4Net::new_assert(a, 16).trunc().into())).boxed(),
        ValueType::Duration => any::<u32>().prop_map(|n| Value::Duration(std::time::Duration::from_micros(n.into()))).boxed(),
        ValueType::Time => any::<u32>().prop_map(|n| Value::Time(crate::Time(n.into()))).boxed(),
        ValueType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ValueType::Mac => any::<[u8; 6]>().prop_map(Value::Mac).boxed(),
    }
}

/// Any filter, with values that `of` gives.
pub(super) fn exprs(schema: Arc<Schema>, of: fn(&Schema, FieldId) -> BoxedStrategy<Value>) -> BoxedStrategy<Expr> {
    let fields: Vec<FieldId> = schema.fields().map(|(id, _)| id).collect();
    let field = proptest::sample::select(fields);
    let compared = schema.clone();
    let compare = (field.clone(), proptest::sample::select(Op::ALL.to_vec())).prop_flat_map(move |(id, op)| {
        let schema = compared.clone();
        let value_type = schema.field(id).unwrap().value_type;
        let op = if op.takes(value_type) { op } else { Op::Is };
        let words = move |pattern: &str| if value_type == ValueType::Text { Value::text(pattern) } else { Value::symbol(pattern) };
        let pattern = proptest::sample::select(vec!["a.*e$", "^cur", "Ü", "^$", "[0-9]+", "\\.", "(?-i)C"]).prop_map(words);
        let value = if op == Op::Matches { pattern.boxed() } else { of(&schema, id) };
        proptest::collection::vec(value, 1..4).prop_map(move |values| {
            let of = schema.field(id).unwrap().value_type;
            let values: Vec<Literal> = match (&values[..], op) {
                ([a, b, ..], Op::In | Op::NotIn) if crate::query::resolve::is_range(a, b) => vec![Literal::Range(a.clone(), b.clone())],
                ([_, _, ..], Op::In | Op::NotIn | Op::Begins | Op::Ends | Op::Contains | Op::Matches) => {
                    values.into_iter().map(Literal::One).collect()
                }
                _ => values.into_iter().take(1).map(Literal::One).collect(),
            };
            let check = super::check::Check::new(of, op, &values).unwrap();
            Expr::compare(id, op, values, check)
        })
    });
    let leaf = prop_oneof![
        4 => compare,
        1 => field.prop_map(Expr::Has),
        1 => "[a-z0-9.é\"\\\\ ]{1,5}".prop_map(|text| Expr::word(&text)),
    ];
    let tree = leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::and),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::or),
            inner.prop_map(|expr| Expr::Not(expr.into())),
        ]
    });
    tree.boxed()
}

fn any_value(schema: &Schema, id: FieldId) -> BoxedStrategy<Value> {
    values(schema.field(id).unwrap().value_type)
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_itself(filter in exprs(schema(), any_value)) {
        let query = Query { schema: schema(), filter: Some(filter), ..Query::default() };
        let printed = query.to_string();
        let read = Query::parse(&printed, &schema());
        prop_assert!(read.as_ref() == Ok(&query), "{}", printed);
    }

    #[test]
    fn a_whole_query_that_is_printed_reads_as_itself(
        filter in proptest::option::of(exprs(schema(), any_value)),
        figures in proptest::option::of(proptest::collection::vec((0..schema().fields().count(), proptest::sample::select(How::ALL.to_vec())), 0..4)),
        by in proptest::collection::vec(0..schema().fields().count(), 0..4),
        (sort, descending, top) in (proptest::option::of(0..9_usize), any::<bool>(), proptest::option::of(1..usize::MAX)),
        columns in proptest::collection::vec(0..9_usize, 0..4),
    ) {
        let schema = schema();
        let fields: Vec<(FieldId, &Field)> = schema.fields().collect();
        let of_flows = |at: &usize| Some(fields[*at]).filter(|(_, field)| field.is_of(Table::Flows));
        let figure = |(at, how): &(usize, How)| {
            let (id, field) = of_flows(at)?;
            let is_summed = field.value_type.is_number() && (*how != How::Sum || field.value_type != ValueType::Time);
            (!matches!(how, How::Sum | How::Mean) || is_summed).then_some(Figure { how: *how, field: Some(id).filter(|_| *how != How::Count) })
        };
        let by: Vec<FieldId> = by.iter().filter_map(of_flows).map(|(id, _)| id).collect();
        let aggregate = figures.map(|figures| Aggregate::new(figures.iter().filter_map(figure).collect(), by.clone()));
        let aggregate = aggregate.filter(|aggregate| !by.is_empty() || !aggregate.asked().is_empty());
        // What can be sorted by, and shown.
        let known: Vec<By> = match &aggregate {
            Some(aggregate) => aggregate.by.iter().map(|id| By::Field(*id)).chain((0..aggregate.figures(&schema).len()).map(By::Figure)).collect(),
            None => fields.iter().map(|(id, _)| By::Field(*id)).collect(),
        };
        let sort = sort.map(|at| Sort { by: known[at % known.len()], descending });
        let columns = super::aggregate::each_once(columns.iter().map(|at| known[at % known.len()]).collect());
        let query = Query { schema: schema.clone(), filter, aggregate, sort, top, columns };
        let printed = query.to_string();
        let read = Query::parse(&printed, &schema);
        prop_assert!(read.as_ref() == Ok(&query), "{}", printed);
    }

    #[test]
    fn no_text_is_too_much(text in "([a-z]{1,4}|[0-9.]{1,5}|bytes|src.ip|[(){}=<>!~,|\"& ]|and|or|not|in|\\.\\.|é|sum|by|top){0,30}") {
        match Query::parse(&text, &schema()) {
            Ok(query) => prop_assert_eq!(Query::parse(&query.to_string(), &schema()), Ok(query)),
            Err(error) => {
                prop_assert!(error.at.start <= error.at.end && text.get(error.at.clone()).is_some(), "{:?} of {:?}", error, text);
                let _caret = error.caret(&text);
            }
        }
    }

    #[test]
    fn a_literal_is_one_word(value in prop_oneof![values(ValueType::Text), values(ValueType::Symbol)]) {
        let text = format!("name = {}", literal(&value));
        let read = Query::parse(&text, &schema()).map(|query| query.to_string());
        prop_assert_eq!(read, Ok(text));
    }
}
