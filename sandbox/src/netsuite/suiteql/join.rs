//! The FROM clause: tables and joins, looked up by an equality where the condition has one.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a subset of SQL is run; whatever else the parser knows is refused as unsupported"
)]

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    BinaryOperator, Expr, InTarget, JoinConstraint, JoinOperator, Select, TableFactor,
};

use super::Fault;
use super::eval::{Env, Joined, Scope};
use super::tables::{Row, Table};
use crate::netsuite::state::State;

fn scope(state: &State, factor: &TableFactor) -> Result<Scope, Fault> {
    let TableFactor::Table { name, alias, .. } = factor else {
        return Err(Fault::Unsupported);
    };
    let name = name.to_string();
    let table = Table::named(&name)
        .filter(|table| table.is_known(state))
        .ok_or_else(|| Fault::UnknownTable(name.clone()))?;
    let alias = alias
        .as_ref()
        .map_or_else(|| name.clone(), |alias| alias.name.value.clone());
    Ok(Scope {
        alias: alias.to_lowercase(),
        name: name.to_lowercase(),
        table,
    })
}

/// The joined rows of the FROM clause.
///
/// # Errors
///
/// Unknown tables, and joins that are not imitated.
pub(crate) fn from<'a>(env: &mut Env<'a>, select: &Select) -> Result<Vec<Joined<'a>>, Fault> {
    let mut rows: Vec<Joined<'a>> = vec![Vec::new()];
    for item in &select.from {
        rows = if env.scopes.is_empty() {
            first(
                env,
                scope(env.state, &item.relation)?,
                select.selection.as_ref(),
            )?
        } else {
            joined(env, rows, scope(env.state, &item.relation)?, None, false)?
        };
        for join in &item.joins {
            let (on, left) = match &join.join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => (on, false),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
                _ => return Err(Fault::Unsupported),
            };
            let JoinConstraint::On(on) = on else {
                return Err(Fault::Unsupported);
            };
            rows = joined(env, rows, scope(env.state, &join.relation)?, Some(on), left)?;
        }
    }
    Ok(rows)
}

/// The rows of the first table; only those the condition asks for by key, where it does.
fn first<'a>(
    env: &mut Env<'a>,
    scope: Scope,
    condition: Option<&Expr>,
) -> Result<Vec<Joined<'a>>, Fault> {
    let table = scope.table;
    env.scopes.push(scope);
    let wanted = condition.and_then(|condition| wanted(env, condition));
    let rows = match wanted {
        None => table.rows(env.state),
        Some((column, values)) => {
            let mut rows = Vec::new();
            let mut seen = BTreeSet::new();
            for value in values {
                let cell = env.value(&Vec::new(), value)?;
                if seen.insert(cell.key()) {
                    rows.extend(table.rows_of(env.state, &column, &cell).unwrap_or_default());
                }
            }
            rows
        }
    };
    Ok(rows.into_iter().map(|row| vec![Some(row)]).collect())
}

/// A part of the condition that every row must meet: a key column and the values it may have.
fn wanted<'e>(env: &Env<'_>, condition: &'e Expr) -> Option<(String, Vec<&'e Expr>)> {
    let key = |column: &Expr| {
        let found = match column {
            Expr::Identifier(name) => env.find(std::slice::from_ref(name)).ok(),
            Expr::CompoundIdentifier(parts) => env.find(parts).ok(),
            _ => None,
        };
        let (at, column) = found?;
        let table = env.scopes.get(at)?.table;
        (at == 0 && table.is_key(&column)).then_some(column)
    };
    match condition {
        Expr::Nested(inner) => wanted(env, inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => wanted(env, left).or_else(|| wanted(env, right)),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } if matches!(**right, Expr::Value(_)) => Some((key(left)?, vec![&**right])),
        Expr::In {
            expr,
            target: InTarget::List(list),
            negated: false,
            global: false,
        } if list.iter().all(|value| matches!(value, Expr::Value(_))) => {
            Some((key(expr)?, list.iter().collect()))
        }
        _ => None,
    }
}

fn joined<'a>(
    env: &mut Env<'a>,
    rows: Vec<Joined<'a>>,
    scope: Scope,
    on: Option<&Expr>,
    left: bool,
) -> Result<Vec<Joined<'a>>, Fault> {
    let (table, at) = (scope.table, env.scopes.len());
    env.scopes.push(scope);
    let pair = on.and_then(|on| equal_pair(env, on, at));
    let keyed = pair
        .as_ref()
        .is_some_and(|(column, _)| table.is_key(column));
    let all = if keyed {
        Vec::new()
    } else {
        table.rows(env.state)
    };
    let index = pair
        .as_ref()
        .map(|(column, _)| index(env, at, column, &all));
    let mut out = Vec::new();
    for row in rows {
        let candidates: Vec<Row<'a>> = match (&index, &pair) {
            (Some(index), Some((column, other))) => {
                let mut probe = row.clone();
                probe.push(None);
                let value = env.value(&probe, other)?;
                if keyed {
                    table.rows_of(env.state, column, &value).unwrap_or_default()
                } else {
                    let places = index.get(&value.key()).map_or(&[][..], Vec::as_slice);
                    places
                        .iter()
                        .filter_map(|at| all.get(*at))
                        .cloned()
                        .collect()
                }
            }
            (_, _) => all.clone(),
        };
        let before = out.len();
        for candidate in candidates {
            let mut wider = row.clone();
            wider.push(Some(candidate));
            if on.map_or(Ok(Some(true)), |on| env.truth(&wider, on))? == Some(true) {
                out.push(wider);
            }
        }
        if left && out.len() == before {
            let mut wider = row;
            wider.push(None);
            out.push(wider);
        }
    }
    Ok(out)
}

/// A condition `new.column = expression of earlier tables`, by which the join can be looked up.
fn equal_pair(env: &Env<'_>, on: &Expr, at: usize) -> Option<(String, Expr)> {
    match on {
        Expr::Nested(inner) => equal_pair(env, inner, at),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => equal_pair(env, left, at).or_else(|| equal_pair(env, right, at)),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => {
            let column = |expr: &Expr| match expr {
                Expr::CompoundIdentifier(parts) => env.find(parts).ok(),
                _ => None,
            };
            let (one, two) = (column(left)?, column(right)?);
            match (one.0 == at, two.0 == at) {
                (true, false) => Some((one.1, right.as_ref().clone())),
                (false, true) => Some((two.1, left.as_ref().clone())),
                (_, _) => None,
            }
        }
        _ => None,
    }
}

fn index<'a>(
    env: &Env<'a>,
    at: usize,
    column: &str,
    rows: &[Row<'a>],
) -> BTreeMap<String, Vec<usize>> {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, row) in rows.iter().enumerate() {
        let mut joined: Joined<'a> = vec![None; at];
        joined.push(Some(row.clone()));
        let cell = env.column(&joined, at, column);
        if !cell.is_null() {
            index.entry(cell.key()).or_default().push(number);
        }
    }
    index
}
