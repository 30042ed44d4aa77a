//! Queries that are put together by clicks.

use super::check::Check;
use super::expr::{Expr, Literal, Op};
use super::{Query, resolve};
use crate::Value;
use crate::field::FieldId;

impl Query {
    /// The same, and only what has this value in a field, or has not; for no value, what has none there.
    ///
    /// ```
    /// use graph::{Query, Registry, Schema, Value};
    ///
    /// let schema = Schema::new(&Registry::default()).into();
    /// let query = Query::parse("tcp or udp", &schema)?;
    /// let service = schema.find("service").unwrap();
    /// let narrowed = query.and(service, Some(&Value::symbol("dns")), true);
    /// assert_eq!(narrowed.to_string(), "(proto = tcp or proto = udp) and not service = dns");
    /// # Ok::<(), graph::QueryError>(())
    /// ```
    pub fn and(&self, field: FieldId, value: Option<&Value>, negated: bool) -> Query {
        let Some(of) = self.schema.field(field).map(|field| field.value_type) else { return self.clone() };
        let values: Vec<Literal> = value.iter().flat_map(|value| value.each()).cloned().map(Literal::One).collect();
        let op = if values.len() == 1 { Op::Is } else { Op::In };
        let has = values.is_empty();
        let term = match Check::new(of, op, &values) {
            Some(check) if !has => Expr::compare(field, op, values, check),
            _ => Expr::Has(field),
        };
        let term = if negated != has { Expr::Not(term.into()) } else { term };
        self.and_expr(term)
    }

    /// The same, and only what has a value between these in a field.
    pub fn and_between(&self, field: FieldId, from: &Value, to: &Value) -> Query {
        let values = vec![Literal::Range(from.clone(), to.clone())];
        let check = self.schema.field(field).and_then(|field| Check::new(field.value_type, Op::In, &values));
        match check.filter(|_| resolve::is_range(from, to)) {
            Some(check) => self.and_expr(Expr::compare(field, Op::In, values, check)),
            None => self.clone(),
        }
    }

    /// Once more what is there already adds nothing.
    fn and_expr(&self, term: Expr) -> Query {
        let filter = match self.filter.clone() {
            None => term,
            Some(Expr::And(parts)) if parts.contains(&term) => return self.clone(),
            Some(filter) if filter == term => return self.clone(),
            Some(filter) => Expr::and(vec![filter, term]),
        };
        Query { filter: Some(filter), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Registry, Schema};

    #[test]
    fn clicks_make_what_could_have_been_written() {
        let schema: Arc<Schema> = Schema::new(&Registry::default()).into();
        let id = |name: &str| schema.find(name).unwrap();
        let all = Query::parse("| sum bytes by service", &schema).unwrap();
        let port = all.and(id("port"), Some(&Value::Port(443)), false);
        assert_eq!(port.to_string(), "port = 443 | sum bytes by service");
        assert_eq!(port.and(id("port"), Some(&Value::Port(443)), false), port, "twice is once");
        let names = Value::list([Value::text("a b"), Value::text("c")]);
        assert_eq!(port.and(id("name"), Some(&names), true).filter().to_string(), "port = 443 and not name in {\"a b\", c}");
        assert_eq!(port.and(id("user"), None, false).filter().to_string(), "port = 443 and not has user");
        assert_eq!(port.and(id("user"), None, true).filter().to_string(), "port = 443 and has user");
        let between = all.and_between(id("bytes"), &Value::Bytes(1), &Value::Bytes(2_000));
        assert_eq!(between.filter().to_string(), "bytes in 1..2 kB");
        for query in [port, between] {
            assert_eq!(Query::parse(&query.to_string(), &schema).as_ref(), Ok(&query));
        }
    }
}
