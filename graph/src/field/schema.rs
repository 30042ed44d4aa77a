//! Fields and their names.

use arcstr::ArcStr;
use hashbrown::HashMap;

use super::fixed::FIXED;
use crate::{ColumnId, Registry, Rule, Table, ValueType};

/// A field; an index into its [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(super) u16);

impl FieldId {
    /// Its place among the fields, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is asked of a row. Of a flow everything can be asked but what only sums have; what a process has is asked of those that have its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is explained by the help of its field")]
pub enum What {
    Ip,
    Port,
    Name,
    Label,
    Service,
    Family,
    Proto,
    Rate,
    RateSent,
    RateReceived,
    Bytes,
    BytesSent,
    BytesReceived,
    Packets,
    PacketsSent,
    PacketsReceived,
    State,
    Age,
    Idle,
    Duration,
    Start,
    End,
    SeenBy,
    Process,
    Pid,
    User,
    Parent,
    Container,
    Command,
    Exe,
    Cpu,
    Memory,
    Earlier,
    Group,
    Flows,
    Peers,
    /// A registered column.
    Tag(ColumnId),
}

/// Of which end of a flow something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// Of none: of the flow.
    Whole,
    /// Of both: who began it first.
    Either,
    /// Of who began it.
    Src,
    /// Of who answered.
    Dst,
}

/// Of what a field is asked, and of which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// What.
    pub what: What,
    /// Of which end.
    pub end: End,
}

/// One thing that can be asked of rows.
///
/// ```
/// use graph::{Registry, Schema, Table, ValueType};
///
/// let schema = Schema::new(&Registry::default());
/// let id = schema.find("ip.src").unwrap();
/// let field = schema.field(id).unwrap();
/// assert_eq!((&*field.name, field.value_type, field.is_of(Table::Hosts)), ("src.ip", ValueType::Ip, false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Lower-case words joined by dots; stable.
    pub name: ArcStr,
    /// Other names for it.
    pub also: Vec<ArcStr>,
    /// What stands above it in a table.
    pub title: ArcStr,
    /// What its values are, or each of them.
    pub value_type: ValueType,
    /// Whether a row can have several.
    pub many: bool,
    /// What many of its values come to.
    pub rule: Rule,
    /// One line of help.
    pub help: ArcStr,
    /// What is asked.
    pub asked: Asked,
    /// Which tables' rows have it themselves.
    pub of: &'static [Table],
    /// The registered column that it is, or whose tags correct it.
    pub tag: Option<ColumnId>,
}

impl Field {
    /// Whether the rows of a table have it themselves; else it is asked of their flows.
    pub fn is_of(&self, table: Table) -> bool {
        self.of.contains(&table)
    }

    /// In what it is counted; empty where it counts nothing.
    pub const fn unit(&self) -> &'static str {
        match self.asked.what {
            What::Cpu => "%",
            _ => self.value_type.unit(),
        }
    }

    /// Whether its values are words.
    pub const fn is_text(&self) -> bool {
        matches!(self.value_type, ValueType::Text | ValueType::Symbol)
    }

    /// Its name without the end that it is of.
    pub fn base(&self) -> &str {
        let end = ENDS.iter().find(|(prefix, end)| !prefix.is_empty() && *end == self.asked.end);
        end.and_then(|(prefix, _)| self.name.strip_prefix(prefix)).unwrap_or(&self.name)
    }

    /// Whether it was registered: a source or a computation fills it.
    pub const fn is_registered(&self) -> bool {
        matches!(self.asked.what, What::Tag(_))
    }
}

/// Every field, by name and in order: what every row has, then the registered columns. A column that has the name of a field which needs no
/// registration is that field: what is said in it holds.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    fields: Vec<Field>,
    by_name: HashMap<ArcStr, FieldId>,
}

impl Schema {
    /// The fields of a model with these columns.
    pub fn new(registry: &Registry) -> Schema {
        let mut schema = Schema::default();
        for fixed in FIXED {
            for (prefix, end) in fixed.ends() {
                schema.add(fixed.field(prefix, *end));
            }
        }
        for (id, column) in registry.columns() {
            let ends: &[(&str, End)] = if column.endpoint { &ENDS } else { &[("", End::Whole)] };
            for (prefix, end) in ends {
                let name: ArcStr = format!("{prefix}{}", column.name).into();
                if let Some(fixed) = schema.find(&name).and_then(|at| schema.fields.get_mut(at.index())) {
                    fixed.tag = Some(id);
                    continue;
                }
                let of: &[Table] = match end {
                    End::Either => &[Table::Flows, Table::Hosts],
                    _ => &[Table::Flows],
                };
                schema.add(Field {
                    also: column.also.iter().filter_map(|also| also_named(also, *end, prefix)).collect(),
                    title: name.clone(),
                    name,
                    value_type: column.value_type,
                    many: column.many || *end == End::Either,
                    rule: column.rule,
                    help: help(column.help, *end).into(),
                    asked: Asked { what: What::Tag(id), end: *end },
                    of,
                    tag: Some(id),
                });
            }
        }
        schema
    }

    fn add(&mut self, field: Field) {
        let Ok(id) = u16::try_from(self.fields.len()).map(FieldId) else { return };
        for name in std::iter::once(&field.name).chain(&field.also) {
            self.by_name.entry(name.clone()).or_insert(id);
        }
        self.fields.push(field);
    }

    /// The field of that id.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(id.index())
    }

    /// Every field, in order.
    pub fn fields(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        self.fields.iter().zip(0..).map(|(field, at)| (FieldId(at), field))
    }

    /// The field of that name, in any letter case, or of which it is another name.
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.by_name.get(name).or_else(|| self.by_name.get(&*name.to_ascii_lowercase())).copied()
    }

    /// The field that asks for this.
    pub fn of(&self, what: What, end: End) -> Option<FieldId> {
        self.fields().find(|(_, field)| field.asked == Asked { what, end }).map(|(id, _)| id)
    }

    /// The names that are the nearest to one that is none, nearest first; at most three.
    pub fn nearest(&self, name: &str) -> Vec<ArcStr> {
        let name = name.to_lowercase();
        let far = |other: &str| {
            let part = other.contains(&*name) && name.len() > 2;
            if part { 0.9 } else { strsim::jaro_winkler(other, &name) }
        };
        let mut near: Vec<(f64, ArcStr)> = Vec::new();
        for field in &self.fields {
            let best = std::iter::once(&field.name).chain(&field.also).map(|other| far(other)).fold(0.0, f64::max);
            near.push((best, field.name.clone()));
        }
        near.retain(|(near, _)| *near > 0.8);
        near.sort_by(|(x, a), (y, b)| y.total_cmp(x).then_with(|| a.len().cmp(&b.len())).then_with(|| a.cmp(b)));
        near.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

/// The prefixes of what each end has.
pub(super) const ENDS: [(&str, End); 3] = [("", End::Either), ("src.", End::Src), ("dst.", End::Dst)];

/// Another name of one end's field: those of either, of the source and of the destination, between bars; else one that has the same prefixes.
pub(super) fn also_named(also: &str, end: End, prefix: &str) -> Option<ArcStr> {
    let mut ends = also.split('|');
    let either = ends.next()?;
    let named = match (end, ends.next(), ends.next()) {
        (_, None, _) => return Some(format!("{prefix}{also}").into()),
        (End::Whole | End::Either, ..) => Some(either),
        (End::Src, src, _) => src,
        (End::Dst, _, dst) => dst,
    };
    named.filter(|named| !named.is_empty()).map(Into::into)
}

/// The help of one end's field.
pub(super) fn help(help: &str, end: End) -> String {
    match end {
        End::Whole => help.to_owned(),
        End::Either => format!("{help}: of either end"),
        End::Src => format!("{help}: of who began it"),
        End::Dst => format!("{help}: of who answered"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, RegistryBuilder};

    #[test]
    fn names_are_unique_and_the_nearest_are_offered() {
        let mut columns = RegistryBuilder::default();
        columns.register(Column::new("country", ValueType::Symbol, "where").endpoint().also(&["geoip.country"])).unwrap();
        let schema = Schema::new(&columns.freeze());
        let mut names: Vec<&str> = schema.fields().flat_map(|(_, f)| std::iter::once(&f.name).chain(&f.also)).map(|n| &**n).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "a name is one field's");
        let name = |name: &str| schema.find(name).and_then(|id| schema.field(id)).map(|field| field.name.to_string());
        assert_eq!(name("src.geoip.country").as_deref(), Some("src.country"));
        assert_eq!(name("bytes_fwd").as_deref(), Some("bytes.sent"));
        assert_eq!(name("SRC.IP").as_deref(), Some("src.ip"));
        let near = |name: &str| schema.nearest(name).first().map(ToString::to_string);
        assert_eq!(near("contry").as_deref(), Some("country"));
        assert_eq!(near("srcip").as_deref(), Some("src.ip"));
        assert_eq!(near("zzzz"), None);
        assert_eq!(near("frame.len"), None, "what has nothing of it is not meant");
    }

    #[test]
    fn every_field_explains_itself() {
        for (_, field) in Schema::new(&Registry::default()).fields() {
            assert!(!field.help.is_empty() && !field.title.is_empty() && !field.of.is_empty(), "{field:?}");
        }
    }
}
