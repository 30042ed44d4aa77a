//! Columns: registered before the first event, and frozen then.

use hashbrown::HashMap;

use super::{Value, ValueType};

/// A registered column; an index into its [`Registry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(u16);

impl ColumnId {
    /// Its place among the columns, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What many values of a column come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Their sum.
    Sum,
    /// The smallest.
    Least,
    /// The largest.
    Greatest,
    /// How many different ones there are; where there is one, that one.
    Distinct,
}

impl Rule {
    /// What suits most columns of a type.
    const fn of(value_type: ValueType) -> Rule {
        match value_type {
            ValueType::Bytes | ValueType::Rate => Rule::Sum,
            ValueType::Duration | ValueType::Time => Rule::Greatest,
            _ => Rule::Distinct,
        }
    }

    /// One lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Sum => "sum",
            Rule::Least => "least",
            Rule::Greatest => "greatest",
            Rule::Distinct => "distinct",
        }
    }
}

/// What the values of a column mean to those that compute: they know no column by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// What the client called the server when it began: the server name of TLS or QUIC.
    ServerName,
    /// What the client called the server in a request: the host of HTTP.
    RequestedHost,
    /// What the client asked a name server for.
    Question,
    /// The domain that somebody registered, of the server's name.
    Domain,
    /// What the two ends speak, by its short lower-case name.
    Protocol,
    /// Something worth a second look: where there is a value, rows and nodes have a quiet sign. It is what the value says, and no alarm.
    Sign,
}

/// What a column is.
///
/// ```
/// use graph::{Column, RegistryBuilder, ValueType};
///
/// let mut columns = RegistryBuilder::default();
/// let sni = columns.register(Column::new("tls.sni", ValueType::Text, "the server's name, as the client asked for it"))?;
/// let country = columns.register(Column::new("country", ValueType::Symbol, "where an address is registered").endpoint())?;
/// let registry = columns.freeze();
/// assert_eq!(registry.find("tls.sni"), Some(sni));
/// assert!(registry.column(country).is_some_and(|column| column.endpoint));
/// # Ok::<(), graph::RegistryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Lower-case words joined by dots, as in `tunnel.kind`. For endpoint columns without `src.` and `dst.`.
    pub name: &'static str,
    /// What its values are, or, where it has many, each of them.
    pub value_type: ValueType,
    /// Whether its values are lists.
    pub many: bool,
    /// Whether each end of a flow has its own value: `src.NAME` and `dst.NAME`.
    pub endpoint: bool,
    /// What many of its values come to.
    pub rule: Rule,
    /// What its values mean, where somebody computes with that.
    pub meaning: Option<Meaning>,
    /// One line for the user.
    pub help: &'static str,
    /// Other names by which queries find it, such as those of other programs; for endpoint columns without `src.` and `dst.`, or one for
    /// either end and for each, as in `eth.addr|eth.src|eth.dst`.
    pub also: &'static [&'static str],
    /// Who fills it, for the user; said when it is registered.
    pub filled_by: &'static str,
}

impl Column {
    /// A column of one value a flow, aggregated as suits most of its type.
    pub const fn new(name: &'static str, value_type: ValueType, help: &'static str) -> Column {
        Column { name, value_type, many: false, endpoint: false, rule: Rule::of(value_type), meaning: None, help, also: &[], filled_by: "" }
    }

    /// Each end of a flow has its own.
    pub const fn endpoint(self) -> Column {
        Column { endpoint: true, ..self }
    }

    /// Its values are lists.
    pub const fn many(self) -> Column {
        Column { many: true, ..self }
    }

    /// Many of its values come to something else than suits most.
    pub const fn comes_to(self, rule: Rule) -> Column {
        Column { rule, ..self }
    }

    /// Its values mean that to those that compute.
    pub const fn means(self, meaning: Meaning) -> Column {
        Column { meaning: Some(meaning), ..self }
    }

    /// Queries find it by these names, too.
    pub const fn also(self, also: &'static [&'static str]) -> Column {
        Column { also, ..self }
    }

    /// Every name of it, the first its own.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.iter().flat_map(|also| also.split('|')).filter(|name| !name.is_empty()))
    }

    /// Reads what its values print.
    pub fn parse(&self, text: &str) -> Option<Value> {
        if self.many { self.value_type.parse_list(text) } else { self.value_type.parse(text) }
    }

    /// Whether what is said of one may be said of the other.
    fn is_same(&self, other: &Column) -> bool {
        (self.value_type, self.many, self.endpoint, self.rule) == (other.value_type, other.many, other.endpoint, other.rule)
    }

    /// Whether a value is one of its type.
    pub fn takes(&self, value: &Value) -> bool {
        matches!(value, Value::List(_)) == self.many && value.each().iter().all(|one| one.value_type() == Some(self.value_type))
    }
}

/// The columns, before the first event.
#[derive(Clone, Debug, Default)]
pub struct RegistryBuilder {
    columns: Vec<Column>,
    filled_by: &'static str,
    /// Whether no other column can come any more.
    complete: bool,
}

/// Why a column could not be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Two columns have one name.
    #[error("two columns are named {0:?}: rename one")]
    Duplicate(&'static str),
    /// A name is not lower-case words joined by dots, or begins like an endpoint's.
    #[error("{0:?} cannot name a column: use lower-case words joined by dots, not beginning with src. or dst.")]
    Name(&'static str),
    /// Every flow or host has something of that name already, of another type.
    #[error("{0:?} is what every row has, and is not of that type: rename the column, or register what corrects it")]
    Taken(&'static str),
    /// The columns are frozen, and none of them is that.
    #[error("{0:?} came too late: register it before the model is made")]
    Late(&'static str),
    /// There are too many.
    #[error("more than {} columns", u16::MAX)]
    Full,
}

impl RegistryBuilder {
    /// Who fills the columns that are registered from now on.
    pub fn filled_by(&mut self, who: &'static str) -> &mut Self {
        self.filled_by = who;
        self
    }

    /// Adds a column. A second one of the same name is an error, and so is one that another name of it finds already.
    pub fn register(&mut self, column: Column) -> Result<ColumnId, RegistryError> {
        if self.complete {
            return self.find(&column).ok_or(RegistryError::Late(column.name));
        }
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !column.name.split('.').all(word) || column.name.starts_with("src.") || column.name.starts_with("dst.") {
            return Err(RegistryError::Name(column.name));
        }
        let known = |name| self.columns.iter().flat_map(Column::names).any(|known| known == name);
        if let Some(name) = column.names().find(|name| known(*name)) {
            return Err(RegistryError::Duplicate(name));
        }
        if let Some(name) = crate::field::taken(&column) {
            return Err(RegistryError::Taken(name));
        }
        let id = u16::try_from(self.columns.len()).map_err(|_| RegistryError::Full)?;
        self.columns.push(Column { filled_by: self.filled_by, ..column });
        Ok(ColumnId(id))
    }

    /// Adds a column, or finds the one of that name: several sources may tell of one thing, such as a server's name. The help of the first one stays.
    ///
    /// # Errors
    /// Where the other one is of another type, or belongs to another part of a flow.
    pub fn register_or_find(&mut self, column: Column) -> Result<ColumnId, RegistryError> {
        self.find(&column).map_or_else(|| self.register(column), Ok)
    }

    fn find(&self, column: &Column) -> Option<ColumnId> {
        let (_, id) = self.columns.iter().zip(0..).find(|(known, _)| known.name == column.name && known.is_same(column))?;
        Some(ColumnId(id))
    }

    /// No column comes after this.
    pub fn freeze(self) -> Registry {
        let by_name = self.columns.iter().zip(0..).map(|(c, i)| (c.name, ColumnId(i))).collect();
        Registry { columns: self.columns, by_name }
    }
}

/// The columns, for good. A model takes one when it is made.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    columns: Vec<Column>,
    by_name: HashMap<&'static str, ColumnId>,
}

impl Registry {
    /// The same columns for who registers them once more: they are found, and others are refused.
    pub fn again(&self) -> RegistryBuilder {
        RegistryBuilder { columns: self.columns.clone(), filled_by: "", complete: true }
    }

    /// The column of that id.
    pub fn column(&self, id: ColumnId) -> Option<&Column> {
        self.columns.get(id.index())
    }

    /// Every column, in the order of registration.
    pub fn columns(&self) -> impl Iterator<Item = (ColumnId, &Column)> {
        self.columns.iter().zip(0..).map(|(c, i)| (ColumnId(i), c))
    }

    /// The columns whose values mean that, in the order of registration.
    pub fn of_meaning(&self, meaning: Meaning) -> impl Iterator<Item = ColumnId> {
        self.columns().filter(move |(_, column)| column.meaning == Some(meaning)).map(|(id, _)| id)
    }

    /// The column of that name, without `src.` or `dst.`.
    pub fn find(&self, name: &str) -> Option<ColumnId> {
        self.by_name.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_is_a_start_up_error() {
        let column = |name| Column::new(name, ValueType::Integer, "");
        let mut b = RegistryBuilder::default();
        b.register(column("vlan")).unwrap();
        assert_eq!(b.register(column("vlan")), Err(RegistryError::Duplicate("vlan")));
        b.register(column("a").also(&["b|c|d"])).unwrap();
        for (also, taken) in [(["vlan"], "vlan"), (["x|y|d"], "d"), (["ip.src"], "ip.src")] {
            let of_field = taken.starts_with("ip");
            let expected = if of_field { RegistryError::Taken(taken) } else { RegistryError::Duplicate(taken) };
            let also = Vec::leak(also.to_vec());
            assert_eq!(b.register(column("e").also(also)), Err(expected), "it would be found by nobody");
        }
        assert_eq!(b.register(column("c")), Err(RegistryError::Duplicate("c")));
        assert_eq!(b.register(column("src.mac")), Err(RegistryError::Name("src.mac")));
        assert_eq!(b.register(Column::new("bytes", ValueType::Text, "")), Err(RegistryError::Taken("bytes")));
        assert_eq!(b.register(Column::new("bytes_fwd", ValueType::Bytes, "")), Err(RegistryError::Taken("bytes_fwd")));
        assert!(b.register(Column::new("service", ValueType::Symbol, "")).is_ok(), "it corrects what the port says");
        assert!(b.freeze().find("vlan").is_some());
    }

    #[test]
    fn what_several_tell_of_is_one_column_if_it_is_one_thing() {
        let mut b = RegistryBuilder::default();
        let sni = b.register(Column::new("tls.sni", ValueType::Text, "one")).unwrap();
        assert_eq!(b.register_or_find(Column::new("tls.sni", ValueType::Text, "two")), Ok(sni));
        for other in [Column::new("tls.sni", ValueType::Symbol, ""), Column::new("tls.sni", ValueType::Text, "").many()] {
            assert_eq!(b.register_or_find(other), Err(RegistryError::Duplicate("tls.sni")));
        }
        let alpn = b.register_or_find(Column::new("tls.alpn", ValueType::Text, "three")).unwrap();
        let registry = b.freeze();
        assert_eq!(registry.find("tls.alpn"), Some(alpn));
        assert_eq!(registry.column(sni).map(|column| column.help), Some("one"));
    }

    #[test]
    fn what_comes_late_is_refused_unless_it_is_there() {
        let mut b = RegistryBuilder::default();
        let vlan = b.register(Column::new("vlan", ValueType::Integer, "")).unwrap();
        let mut late = b.freeze().again();
        assert_eq!(late.register(Column::new("vlan", ValueType::Integer, "")), Ok(vlan));
        for other in [Column::new("vlan", ValueType::Text, ""), Column::new("other", ValueType::Integer, "")] {
            assert_eq!(late.register(other.clone()), Err(RegistryError::Late(other.name)));
            assert_eq!(late.register_or_find(other.clone()), Err(RegistryError::Late(other.name)));
        }
    }

    #[test]
    fn a_column_takes_its_own_type_only() {
        let names = Column::new("names", ValueType::Text, "").many();
        assert!(names.takes(&Value::list([Value::text("a")])));
        assert!(!names.takes(&Value::text("a")) && !names.takes(&Value::list([Value::Integer(1)])));
        let name = Column::new("name", ValueType::Text, "");
        assert!(name.takes(&Value::text("a")) && !name.takes(&Value::symbol("a")) && !name.takes(&Value::list([])));
    }
}
