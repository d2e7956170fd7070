//! Runs one SELECT: from, join, where, group, select, distinct, order.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a subset of SQL is run; whatever else the parser knows is refused as unsupported"
)]

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, Value,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::cell::Cell;
use super::eval::{Env, Joined, Scope};
use super::join::from;
use super::{Fault, function};
use crate::netsuite::state::State;

/// A result row: names as selected, in order.
pub(crate) type Output = Vec<(String, Cell)>;

/// Runs a query.
///
/// # Errors
///
/// [`Fault`], in NetSuite's words.
pub(crate) fn run(state: &State, text: &str, parameters: &[Cell]) -> Result<Vec<Output>, Fault> {
    let (text, marks) = numbered(text);
    if marks != parameters.len() {
        return Err(Fault::Unsupported);
    }
    let mut statements =
        Parser::parse_sql(&GenericDialect {}, &text).map_err(|_| Fault::Unsupported)?;
    let (Some(Statement::Query(query)), true) = (statements.pop(), statements.is_empty()) else {
        return Err(Fault::Unsupported);
    };
    let select = plain(&query)?;
    let mut env = Env {
        state,
        scopes: Vec::new(),
        parameters,
    };
    let mut rows = from(&mut env, select)?;
    if let Some(condition) = &select.selection {
        rows = kept(&env, rows, condition)?;
    }
    let columns = columns(&env, select)?;
    let mut output = if grouped(select, &columns) {
        groups(&env, select, &columns, &query, rows)?
    } else {
        each(&env, &columns, &query, rows)?
    };
    if select.distinct.is_some() {
        let mut seen = BTreeSet::new();
        output.retain(|(_, row)| {
            seen.insert(row.iter().map(|(_, cell)| cell.key()).collect::<Vec<_>>())
        });
    }
    order(&query, &mut output)?;
    let mut output: Vec<Output> = output.into_iter().map(|(_, row)| row).collect();
    if let Some(most) = fetched(&env, &query)? {
        output.truncate(most);
    }
    Ok(output)
}

/// `?` outside of text as `$1`, `$2`, …, and how many.
fn numbered(text: &str) -> (String, usize) {
    let (mut out, mut marks, mut quoted) = (String::new(), 0, false);
    for letter in text.chars() {
        if letter == '\'' {
            quoted = !quoted;
        }
        if letter == '?' && !quoted {
            marks += 1;
            out.push_str(&format!("${marks}"));
        } else {
            out.push(letter);
        }
    }
    (out, marks)
}

/// The SELECT, when the query has nothing around it that is not imitated.
fn plain(query: &Query) -> Result<&Select, Fault> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(Fault::Unsupported);
    };
    let bare = query.with.is_none()
        && query.limit_clause.is_none()
        && select.having.is_none()
        && select.top.is_none();
    let distinct = matches!(select.distinct, None | Some(Distinct::Distinct));
    if bare && distinct {
        Ok(select)
    } else {
        Err(Fault::Unsupported)
    }
}

fn fetched(env: &Env<'_>, query: &Query) -> Result<Option<usize>, Fault> {
    let Some(quantity) = query
        .fetch
        .as_ref()
        .and_then(|fetch| fetch.quantity.as_ref())
    else {
        return Ok(None);
    };
    let number = env.value(&Vec::new(), quantity)?.as_number()?;
    Ok(number.and_then(|number| usize::try_from(number).ok()))
}

fn kept<'a>(
    env: &Env<'a>,
    rows: Vec<Joined<'a>>,
    condition: &Expr,
) -> Result<Vec<Joined<'a>>, Fault> {
    // Names are checked even when there is no row.
    env.truth(&vec![None; env.scopes.len()], condition)?;
    let mut kept = Vec::new();
    for row in rows {
        if env.truth(&row, condition)? == Some(true) {
            kept.push(row);
        }
    }
    Ok(kept)
}

/// The selected expressions with their names.
fn columns(env: &Env<'_>, select: &Select) -> Result<Vec<(String, Expr)>, Fault> {
    let mut columns = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                columns.push((default_name(expr, columns.len()), expr.clone()))
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                columns.push((alias.value.clone(), expr.clone()))
            }
            SelectItem::Wildcard(_) => columns.extend(env.scopes.iter().flat_map(all_columns)),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                let alias = name.to_string().to_lowercase();
                columns.extend(
                    env.scopes
                        .iter()
                        .filter(|scope| scope.alias == alias)
                        .flat_map(all_columns),
                );
            }
            _ => return Err(Fault::Unsupported),
        }
    }
    Ok(columns)
}

fn all_columns(scope: &Scope) -> Vec<(String, Expr)> {
    let column = |name: &&str| {
        let parts = vec![scope.alias.as_str().into(), (*name).into()];
        ((*name).to_owned(), Expr::CompoundIdentifier(parts))
    };
    scope.table.columns().iter().map(column).collect()
}

fn default_name(expr: &Expr, at: usize) -> String {
    match expr {
        Expr::Identifier(name) => name.value.clone(),
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .map(|part| part.value.clone())
            .unwrap_or_default(),
        _ => format!("expr{}", at + 1),
    }
}

fn group_keys(select: &Select) -> &[Expr] {
    match &select.group_by {
        GroupByExpr::Expressions(keys, _) => keys,
        GroupByExpr::All(_) => &[],
    }
}

fn grouped(select: &Select, columns: &[(String, Expr)]) -> bool {
    !group_keys(select).is_empty() || columns.iter().any(|(_, expr)| function::is_aggregate(expr))
}

/// What a result row is ordered by, beside the row itself.
type Ordered = (Vec<Cell>, Output);

fn order_keys(query: &Query) -> Result<Vec<&Expr>, Fault> {
    match query.order_by.as_ref().map(|order| &order.kind) {
        None => Ok(Vec::new()),
        Some(OrderByKind::Expressions(keys)) => Ok(keys.iter().map(|key| &key.expr).collect()),
        Some(OrderByKind::All(_)) => Err(Fault::Unsupported),
    }
}

/// The selected expression an order key stands for: its alias or its number.
fn meant<'e>(key: &'e Expr, columns: &'e [(String, Expr)]) -> &'e Expr {
    let named = match key {
        Expr::Identifier(name) => columns
            .iter()
            .find(|(alias, _)| alias.eq_ignore_ascii_case(&name.value)),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number
                .parse::<usize>()
                .ok()
                .and_then(|number| columns.get(number.checked_sub(1)?)),
            _ => None,
        },
        _ => None,
    };
    named.map_or(key, |(_, expr)| expr)
}

fn each<'a>(
    env: &Env<'a>,
    columns: &[(String, Expr)],
    query: &Query,
    rows: Vec<Joined<'a>>,
) -> Result<Vec<Ordered>, Fault> {
    let keys = order_keys(query)?;
    let read = |row: &Joined<'a>| -> Result<Ordered, Fault> {
        let mut output = Vec::new();
        for (name, expr) in columns {
            output.push((name.clone(), env.value(row, expr)?));
        }
        let by = keys.iter().map(|key| env.value(row, meant(key, columns)));
        Ok((by.collect::<Result<_, _>>()?, output))
    };
    // Names are checked even when there is no row.
    read(&vec![None; env.scopes.len()])?;
    rows.iter().map(read).collect()
}

fn groups<'a>(
    env: &Env<'a>,
    select: &Select,
    columns: &[(String, Expr)],
    query: &Query,
    rows: Vec<Joined<'a>>,
) -> Result<Vec<Ordered>, Fault> {
    let keys = group_keys(select);
    let mut groups: BTreeMap<Vec<String>, Vec<Joined<'a>>> = BTreeMap::new();
    for row in rows {
        let key = keys
            .iter()
            .map(|key| Ok(env.value(&row, meant(key, columns))?.key()));
        groups
            .entry(key.collect::<Result<_, Fault>>()?)
            .or_default()
            .push(row);
    }
    if keys.is_empty() {
        groups.entry(Vec::new()).or_default();
    }
    let nothing: Joined<'a> = vec![None; env.scopes.len()];
    let value = |rows: &[Joined<'a>], expr: &Expr| match expr {
        Expr::Function(call) if function::is_aggregate(expr) => {
            function::aggregate(env, rows, call)
        }
        // What is not aggregated must be grouped by, as in Oracle.
        _ if !keys.iter().any(|key| meant(key, columns) == expr) => Err(Fault::Unsupported),
        _ => env.value(rows.first().unwrap_or(&nothing), expr),
    };
    let mut output = Vec::new();
    for rows in groups.values() {
        let cells = columns
            .iter()
            .map(|(name, expr)| Ok((name.clone(), value(rows, expr)?)));
        let by = order_keys(query)?
            .into_iter()
            .map(|key| value(rows, meant(key, columns)));
        output.push((
            by.collect::<Result<_, _>>()?,
            cells.collect::<Result<Output, Fault>>()?,
        ));
    }
    Ok(output)
}

fn order(query: &Query, rows: &mut [Ordered]) -> Result<(), Fault> {
    let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|order| &order.kind)
    else {
        return Ok(());
    };
    let descending: Vec<bool> = keys
        .iter()
        .map(|key| matches!(key.options.sort, Some(OrderBySort::Desc)))
        .collect();
    let mut fault = None;
    rows.sort_by(|(one, _), (two, _)| {
        for ((one, two), descending) in one.iter().zip(two).zip(&descending) {
            // NULL is last going up and first going down.
            let ordering = match (one.is_null(), two.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => one
                    .compare(two)
                    .unwrap_or_else(|found| {
                        fault = Some(found);
                        None
                    })
                    .unwrap_or(Ordering::Equal),
            };
            let ordering = if *descending {
                ordering.reverse()
            } else {
                ordering
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    });
    fault.map_or(Ok(()), Err)
}
