//! SuiteQL: `POST /services/rest/query/v1/suiteql`.
//!
//! A general subset of SELECT over the tables of `tables.rs`; sub-queries, unions, LIMIT, window functions
//! and right or full joins are refused, though NetSuite knows some of them.

mod cell;
mod column;
mod eval;
mod function;
mod join;
mod line;
mod query;
mod rows;
mod tables;
mod time_format;

use serde_json::{Map, Value, json};

use self::cell::Cell;
use super::answer::{Answer, Refusal};
use super::request::Request;
use super::state::State;

pub(crate) const PATH: &str = "/services/rest/query/v1/suiteql";
const LARGEST_PAGE: usize = 1000;
const MOST_ROWS: usize = 100_000;

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A name that no table in scope has; with the aliases in scope.
    UnknownIdentifier(String, Vec<(String, String)>),
    UnknownTable(String),
    Unsupported,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let cause = match fault {
            Fault::UnknownIdentifier(name, scope) => {
                let scope: Vec<String> = scope
                    .iter()
                    .map(|(alias, table)| format!("{alias}={table}"))
                    .collect();
                format!(
                    "Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{{}}}.",
                    scope.join(", ")
                )
            }
            Fault::UnknownTable(name) => format!("Invalid search type: {name}."),
            Fault::Unsupported => "Invalid or unsupported search.".into(),
        };
        Refusal::parameter(
            format!("Invalid search query. Detailed unprocessed description follows. {cause}"),
            "q",
        )
    }
}

/// Answers one page of a query.
///
/// # Errors
///
/// 400 for a missing `Prefer`, a bad page, a null parameter, or a query NetSuite would not run.
pub(crate) fn answer(state: &State, request: &Request) -> Result<Answer, Refusal> {
    if request.method != "POST" {
        return Err(Refusal::method());
    }
    let prefer = request.header("prefer").unwrap_or_default();
    if !prefer
        .split(',')
        .any(|wish| wish.trim().eq_ignore_ascii_case("transient"))
    {
        let detail = "The required request header 'Prefer' is missing or has an invalid value. The valid value is: transient.";
        return Err(Refusal::header(detail, "Prefer"));
    }
    let (limit, offset) = page(request)?;
    let (text, parameters) = asked(request)?;
    let rows = query::run(state, &text, &parameters)?;
    if rows.len() > MOST_ROWS {
        return Err(Refusal::parameter(
            "The query has more than 100000 rows.",
            "q",
        ));
    }
    let items: Vec<Value> = rows
        .iter()
        .skip(offset)
        .take(limit)
        .map(|row| shown(row))
        .collect();
    let body = json!({
        "links": links(request, limit, offset, rows.len()),
        "count": items.len(),
        "hasMore": offset + items.len() < rows.len(),
        "items": items,
        "offset": offset,
        "totalResults": rows.len(),
    });
    Ok(Answer::resource("collection", &body))
}

fn page(request: &Request) -> Result<(usize, usize), Refusal> {
    let number = |name: &'static str, default: usize| match request.query(name) {
        Some(text) => text.parse().map_err(|_| {
            Refusal::parameter(format!("Invalid value for the parameter {name}"), name)
        }),
        None => Ok(default),
    };
    let (limit, offset) = (number("limit", LARGEST_PAGE)?, number("offset", 0)?);
    if limit == 0 || limit > LARGEST_PAGE {
        return Err(Refusal::parameter(
            "The limit must be between 1 and 1000.",
            "limit",
        ));
    }
    if offset % limit != 0 {
        return Err(Refusal::parameter(
            "The offset must be divisible by the limit.",
            "offset",
        ));
    }
    Ok((limit, offset))
}

fn asked(request: &Request) -> Result<(String, Vec<Cell>), Refusal> {
    let body = request
        .body
        .as_object()
        .ok_or_else(|| Refusal::request("The body must be an object."))?;
    if let Some(name) = body
        .keys()
        .find(|name| !matches!(name.as_str(), "q" | "params"))
    {
        return Err(Refusal::unknown_field(name, name));
    }
    let text = body
        .get("q")
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::parameter("The query is missing.", "q"))?;
    let parameters = body
        .get("params")
        .map_or(Some(&[][..]), |list| list.as_array().map(Vec::as_slice));
    let bound = |value: &Value| match (value.as_str(), value.as_number()) {
        (Some(text), _) => Ok(Cell::text(text)),
        (None, Some(_)) => Ok(super::document::as_decimal(value).map_or(Cell::Null, Cell::Number)),
        (None, None) => Err(Refusal::parameter(
            "Invalid query parameter. Null and nested values cannot be bound.",
            "params",
        )),
    };
    let parameters = parameters
        .ok_or_else(|| Refusal::parameter("The parameters must be an array.", "params"))?;
    Ok((
        text.into(),
        parameters.iter().map(bound).collect::<Result<_, _>>()?,
    ))
}

/// Lower-case keys, every value a string, NULL left out.
fn shown(row: &[(String, Cell)]) -> Value {
    let mut item = Map::new();
    item.insert("links".into(), json!([]));
    for (name, cell) in row {
        if let Some(text) = cell.printed() {
            item.insert(name.to_lowercase(), json!(text));
        }
    }
    Value::Object(item)
}

fn links(request: &Request, limit: usize, offset: usize, total: usize) -> Value {
    let href = |offset: usize| format!("{}{PATH}?limit={limit}&offset={offset}", request.origin);
    let mut links = vec![json!({ "rel": "self", "href": href(offset) })];
    if offset + limit < total {
        links.push(json!({ "rel": "next", "href": href(offset + limit) }));
    }
    Value::Array(links)
}
