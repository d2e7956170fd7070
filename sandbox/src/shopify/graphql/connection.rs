//! Cursor paging: `first`/`after`, `last`/`before`, `reverse`, with edges, nodes and page info.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::node::{Borrowed, Record, Resolved, absent, leaf, list, object, refused};

/// Shopify's limit for one page.
const PAGE: usize = 250;

/// Answers a connection over `items`, making nodes only for the page.
pub(super) fn page<'a, T: 'a, N: ObjectValue + 'a>(
    info: &ResolveInfo<'_>,
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    node: impl Fn(T) -> N,
) -> Resolved<'a> {
    let field = info.field_name();
    if super::node::flag(info, "reverse") {
        items.reverse();
    }
    let (first, last) = (size(info, "first")?, size(info, "last")?);
    if first.is_none() && last.is_none() {
        return Err(refused(format!(
            "you must provide one of first or last (on {field})"
        )));
    }
    let position = |name: &str| match super::node::argument(info, name) {
        None => Ok(None),
        Some(cursor) => {
            let invalid = || {
                refused(format!(
                    "Invalid cursor for current pagination sort. (on {field})"
                ))
            };
            let wanted = STANDARD.decode(cursor).map_err(|_| invalid())?;
            let found = items.iter().position(|item| key(item).as_bytes() == wanted);
            found.map(Some).ok_or_else(invalid)
        }
    };
    let mut start = position("after")?.map_or(0, |index| index + 1);
    let mut end = position("before")?.unwrap_or(items.len());
    if let Some(first) = first {
        end = end.min(start + first);
    }
    if let Some(last) = last {
        start = start.max(end.saturating_sub(last));
    }
    let (has_previous, has_next) = (start > 0, end < items.len());
    let page: Vec<T> = items.drain(start.min(end)..end).collect();
    let cursors: Vec<String> = page.iter().map(|item| cursor(&key(item))).collect();
    let nodes: Vec<Box<dyn ObjectValue + 'a>> = page
        .into_iter()
        .map(|item| -> Box<dyn ObjectValue + 'a> { Box::new(node(item)) })
        .collect();
    object(Connection {
        type_name: info.field_definition().ty.inner_named_type().to_string(),
        cursors,
        nodes,
        has_next,
        has_previous,
    })
}

/// A page of nothing.
pub(super) fn empty<'a>(info: &ResolveInfo<'_>) -> Resolved<'a> {
    page(
        info,
        Vec::new(),
        |_: &String| String::new(),
        |_| Record::new(""),
    )
}

fn size(info: &ResolveInfo<'_>, name: &str) -> Result<Option<usize>, FieldError> {
    let Some(value) = info.arguments().get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let value = value.as_u64().and_then(|value| usize::try_from(value).ok());
    match value.filter(|value| *value <= PAGE) {
        Some(value) => Ok(Some(value)),
        None => Err(refused(format!("{name} must be between 0 and {PAGE}"))),
    }
}

fn cursor(key: &str) -> String {
    STANDARD.encode(key)
}

struct Connection<'a> {
    type_name: String,
    cursors: Vec<String>,
    nodes: Vec<Box<dyn ObjectValue + 'a>>,
    has_next: bool,
    has_previous: bool,
}

impl ObjectValue for Connection<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        match info.field_name() {
            "nodes" => list(self.nodes.iter().map(|node| Borrowed(node.as_ref()))),
            "edges" => {
                let type_name = self.type_name.replace("Connection", "Edge");
                let edges = self.cursors.iter().zip(&self.nodes);
                list(edges.map(move |(cursor, node)| Edge {
                    type_name: type_name.clone(),
                    cursor,
                    node: node.as_ref(),
                }))
            }
            "pageInfo" => object(
                Record::new("PageInfo")
                    .leaf("hasNextPage", self.has_next)
                    .leaf("hasPreviousPage", self.has_previous)
                    .leaf("startCursor", self.cursors.first().cloned())
                    .leaf("endCursor", self.cursors.last().cloned()),
            ),
            _ => absent(info, &self.type_name),
        }
    }
}

struct Edge<'a> {
    type_name: String,
    cursor: &'a str,
    node: &'a dyn ObjectValue,
}

impl ObjectValue for Edge<'_> {
    fn type_name(&self) -> &str {
        &self.type_name
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        match info.field_name() {
            "cursor" => leaf(self.cursor),
            "node" => Ok(ResolvedValue::Object(Box::new(Borrowed(self.node)))),
            _ => absent(info, &self.type_name),
        }
    }
}
