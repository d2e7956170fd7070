//! The FROM clause: tables and joins, looked up by an equality where the condition has one.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a subset of SQL is run; whatever else the parser knows is refused as unsupported"
)]

use std::collections::BTreeMap;

use sqlparser::ast::{BinaryOperator, Expr, JoinConstraint, JoinOperator, Select, TableFactor};

use super::Fault;
use super::eval::{Env, Joined, Scope};
use super::tables::{Row, Table};

fn scope(factor: &TableFactor) -> Result<Scope, Fault> {
    let TableFactor::Table { name, alias, .. } = factor else {
        return Err(Fault::Unsupported);
    };
    let name = name.to_string();
    let table = Table::named(&name).ok_or_else(|| Fault::UnknownTable(name.clone()))?;
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
        rows = joined(env, rows, scope(&item.relation)?, None, false)?;
        for join in &item.joins {
            let (on, left) = match &join.join_operator {
                JoinOperator::Join(on) | JoinOperator::Inner(on) => (on, false),
                JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => (on, true),
                _ => return Err(Fault::Unsupported),
            };
            let JoinConstraint::On(on) = on else {
                return Err(Fault::Unsupported);
            };
            rows = joined(env, rows, scope(&join.relation)?, Some(on), left)?;
        }
    }
    Ok(rows)
}

fn joined<'a>(
    env: &mut Env<'a>,
    rows: Vec<Joined<'a>>,
    scope: Scope,
    on: Option<&Expr>,
    left: bool,
) -> Result<Vec<Joined<'a>>, Fault> {
    let new = scope.table.rows(env.state);
    let at = env.scopes.len();
    env.scopes.push(scope);
    let pair = on.and_then(|on| equal_pair(env, on, at));
    let index = pair
        .as_ref()
        .map(|(column, _)| index(env, at, column, &new));
    let all: Vec<usize> = (0..new.len()).collect();
    let mut out = Vec::new();
    for row in rows {
        let candidates = match (&index, &pair) {
            (Some(index), Some((_, other))) => {
                let mut probe = row.clone();
                probe.push(None);
                index
                    .get(&env.value(&probe, other)?.key())
                    .map_or(&[][..], Vec::as_slice)
            }
            (_, _) => all.as_slice(),
        };
        let before = out.len();
        for candidate in candidates.iter().filter_map(|at| new.get(*at)) {
            let mut wider = row.clone();
            wider.push(Some(candidate.clone()));
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
