//! Evaluates expressions for one row, with Oracle's three-valued logic.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a subset of SQL is evaluated; whatever else the parser knows is refused as unsupported"
)]

use std::cmp::Ordering;

use rust_decimal::Decimal;
use sqlparser::ast::{BinaryOperator, Expr, Ident, InTarget, UnaryOperator, Value, ValueWithSpan};

use super::Fault;
use super::cell::Cell;
use super::column;
use super::function;
use super::tables::{Row, Table};
use crate::netsuite::state::State;

/// A table of the FROM clause under its alias.
pub(crate) struct Scope {
    pub(crate) alias: String,
    pub(crate) name: String,
    pub(crate) table: Table,
}

/// One joined row: a part per table, `None` where a left join found nothing.
pub(crate) type Joined<'a> = Vec<Option<Row<'a>>>;

/// What expressions are evaluated against.
pub(crate) struct Env<'a> {
    pub(crate) state: &'a State,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) parameters: &'a [Cell],
}

impl<'a> Env<'a> {
    /// The table and column a name means.
    ///
    /// # Errors
    ///
    /// A name that no table in scope has, or that two have.
    pub(crate) fn find(&self, parts: &[Ident]) -> Result<(usize, String), Fault> {
        let names: Vec<String> = parts.iter().map(|part| part.value.to_lowercase()).collect();
        let unknown = || {
            let scope = self
                .scopes
                .iter()
                .map(|scope| (scope.alias.clone(), scope.name.clone()));
            Fault::UnknownIdentifier(names.join("."), scope.collect())
        };
        let has = |scope: &Scope, column: &str| scope.table.has(self.state, column);
        match names.as_slice() {
            [column] => {
                let mut found = self
                    .scopes
                    .iter()
                    .enumerate()
                    .filter(|(_, scope)| has(scope, column));
                match (found.next(), found.next()) {
                    (Some((at, _)), None) => Ok((at, column.clone())),
                    (Some(_), Some(_)) => Err(Fault::Unsupported),
                    (None, _) => Err(unknown()),
                }
            }
            [alias, column] => {
                let at = self
                    .scopes
                    .iter()
                    .position(|scope| scope.alias == *alias && has(scope, column));
                at.map(|at| (at, column.clone())).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }

    pub(crate) fn column(&self, row: &Joined<'a>, at: usize, column: &str) -> Cell {
        let scope = self.scopes.get(at);
        let part = row.get(at).and_then(Option::as_ref);
        scope.zip(part).map_or(Cell::Null, |(scope, part)| {
            column::cell(self.state, scope.table, part, column)
        })
    }

    /// What `BUILTIN.DF` shows for a column.
    pub(crate) fn display(&self, row: &Joined<'a>, expr: &Expr) -> Result<Cell, Fault> {
        let (at, name) = match expr {
            Expr::Identifier(name) => self.find(std::slice::from_ref(name))?,
            Expr::CompoundIdentifier(parts) => self.find(parts)?,
            _ => return Err(Fault::Unsupported),
        };
        let scope = self.scopes.get(at);
        let part = row.get(at).and_then(Option::as_ref);
        Ok(scope.zip(part).map_or(Cell::Null, |(scope, part)| {
            column::display(self.state, scope.table, part, &name)
        }))
    }

    /// The value of an expression.
    ///
    /// # Errors
    ///
    /// Unknown names, and what this twin does not evaluate.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(crate) fn value(&self, row: &Joined<'a>, expr: &Expr) -> Result<Cell, Fault> {
        match expr {
            Expr::Identifier(name) if name.value.eq_ignore_ascii_case("sysdate") => {
                Ok(function::local_now(self.state))
            }
            Expr::Identifier(name) => {
                let (at, column) = self.find(std::slice::from_ref(name))?;
                Ok(self.column(row, at, &column))
            }
            Expr::CompoundIdentifier(parts) => {
                let (at, column) = self.find(parts)?;
                Ok(self.column(row, at, &column))
            }
            Expr::Value(value) => self.literal(value),
            Expr::Nested(inner) => self.value(row, inner),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => Ok(self
                .value(row, expr)?
                .as_number()?
                .map_or(Cell::Null, |number| Cell::Number(-number))),
            Expr::BinaryOp { left, op, right } => {
                arithmetic(&self.value(row, left)?, op, &self.value(row, right)?)
            }
            Expr::Function(call) => function::call(self, row, call),
            Expr::Trim {
                expr,
                trim_what: None,
                trim_characters: None,
                ..
            } => Ok(self
                .value(row, expr)?
                .as_text()
                .map_or(Cell::Null, |text| Cell::text(text.trim()))),
            Expr::Substring {
                expr,
                substring_from: Some(from),
                substring_for,
                ..
            } => {
                let count = substring_for
                    .as_ref()
                    .map(|count| self.value(row, count))
                    .transpose()?;
                function::substring(
                    &self.value(row, expr)?,
                    &self.value(row, from)?,
                    count.as_ref(),
                )
            }
            Expr::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => {
                for when in conditions {
                    if self.truth(row, &when.condition)? == Some(true) {
                        return self.value(row, &when.result);
                    }
                }
                else_result
                    .as_ref()
                    .map_or(Ok(Cell::Null), |other| self.value(row, other))
            }
            _ => Err(Fault::Unsupported),
        }
    }

    fn literal(&self, value: &ValueWithSpan) -> Result<Cell, Fault> {
        match &value.value {
            Value::Number(text, _) => text
                .parse()
                .map(Cell::Number)
                .map_err(|_| Fault::Unsupported),
            Value::SingleQuotedString(text) => Ok(Cell::text(text)),
            Value::Null => Ok(Cell::Null),
            Value::Placeholder(name) => {
                let number: Option<usize> = name
                    .strip_prefix('$')
                    .and_then(|number| number.parse().ok());
                let at = number.and_then(|number| number.checked_sub(1));
                at.and_then(|at| self.parameters.get(at))
                    .cloned()
                    .ok_or(Fault::Unsupported)
            }
            _ => Err(Fault::Unsupported),
        }
    }

    /// The truth of a condition; `None` is unknown.
    ///
    /// # Errors
    ///
    /// As [`Env::value`].
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of condition")]
    pub(crate) fn truth(&self, row: &Joined<'a>, expr: &Expr) -> Result<Option<bool>, Fault> {
        let not = |truth: Option<bool>, negated: bool| truth.map(|truth| truth != negated);
        match expr {
            Expr::Nested(inner) => self.truth(row, inner),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => Ok(self.truth(row, expr)?.map(|truth| !truth)),
            Expr::IsNull(inner) => Ok(Some(self.value(row, inner)?.is_null())),
            Expr::IsNotNull(inner) => Ok(Some(!self.value(row, inner)?.is_null())),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => match self.truth(row, left)? {
                Some(false) => Ok(Some(false)),
                Some(true) => self.truth(row, right),
                None => Ok(self.truth(row, right)?.filter(|right| !right)),
            },
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Or,
                right,
            } => match self.truth(row, left)? {
                Some(true) => Ok(Some(true)),
                Some(false) => self.truth(row, right),
                None => Ok(self.truth(row, right)?.filter(|right| *right)),
            },
            Expr::BinaryOp { left, op, right } => {
                let ordering = self.value(row, left)?.compare(&self.value(row, right)?)?;
                let holds = holds(op).ok_or(Fault::Unsupported)?;
                Ok(ordering.map(holds))
            }
            Expr::In {
                expr,
                target: InTarget::List(list),
                negated,
                global: false,
            } => {
                let truth = self.is_in(row, expr, list)?;
                Ok(not(truth, *negated))
            }
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => {
                let value = self.value(row, expr)?;
                let low = value.compare(&self.value(row, low)?)?;
                let high = value.compare(&self.value(row, high)?)?;
                let truth = low.zip(high).map(|(low, high)| low.is_ge() && high.is_le());
                Ok(not(truth, *negated))
            }
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => {
                let text = self.value(row, expr)?.as_text();
                let pattern = self.value(row, pattern)?.as_text();
                Ok(not(
                    text.zip(pattern)
                        .map(|(text, pattern)| like(&text, &pattern)),
                    *negated,
                ))
            }
            _ => Err(Fault::Unsupported),
        }
    }

    fn is_in(&self, row: &Joined<'a>, expr: &Expr, list: &[Expr]) -> Result<Option<bool>, Fault> {
        // Oracle's limit of an IN list.
        if list.len() > 1000 {
            return Err(Fault::Unsupported);
        }
        let value = self.value(row, expr)?;
        let mut unknown = value.is_null();
        let key = value.key();
        for other in list {
            // Long lists are of ids: most are told apart without being read as numbers.
            if let Some(id) = self.plain_id(other)
                && matches!(value, Cell::Number(_))
            {
                if id == key {
                    return Ok(Some(true));
                }
                continue;
            }
            match value.compare(&self.value(row, other)?)? {
                Some(Ordering::Equal) => return Ok(Some(true)),
                Some(Ordering::Less | Ordering::Greater) => {}
                None => unknown = true,
            }
        }
        Ok((!unknown).then_some(false))
    }

    /// A parameter that is a whole number without anything before it.
    fn plain_id(&self, expr: &Expr) -> Option<&str> {
        let Expr::Value(value) = expr else {
            return None;
        };
        let Value::Placeholder(name) = &value.value else {
            return None;
        };
        let at: usize = name.strip_prefix('$')?.parse().ok()?;
        let Cell::Text(text) = self.parameters.get(at.checked_sub(1)?)? else {
            return None;
        };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (digits && !text.starts_with('0') && !text.is_empty()).then_some(text)
    }
}

fn holds(op: &BinaryOperator) -> Option<fn(Ordering) -> bool> {
    match op {
        BinaryOperator::Eq => Some(Ordering::is_eq),
        BinaryOperator::NotEq => Some(Ordering::is_ne),
        BinaryOperator::Lt => Some(Ordering::is_lt),
        BinaryOperator::LtEq => Some(Ordering::is_le),
        BinaryOperator::Gt => Some(Ordering::is_gt),
        BinaryOperator::GtEq => Some(Ordering::is_ge),
        _ => None,
    }
}

fn arithmetic(left: &Cell, op: &BinaryOperator, right: &Cell) -> Result<Cell, Fault> {
    if *op == BinaryOperator::StringConcat {
        let text = |cell: &Cell| cell.as_text().unwrap_or_default();
        return Ok(Cell::text(text(left) + &text(right)));
    }
    if let (Cell::Time(time), Some(days)) = (left, right.as_number().ok().flatten()) {
        // Days may be fractions: 1/24 is an hour.
        let seconds = (days * Decimal::from(86_400)).round();
        let seconds = i64::try_from(seconds).map_err(|_| Fault::Unsupported)?;
        let span = chrono::TimeDelta::seconds(seconds);
        return match op {
            BinaryOperator::Plus => Ok(Cell::Time(*time + span)),
            BinaryOperator::Minus => Ok(Cell::Time(*time - span)),
            _ => Err(Fault::Unsupported),
        };
    }
    let Some((left, right)) = left.as_number()?.zip(right.as_number()?) else {
        return Ok(Cell::Null);
    };
    let result = match op {
        BinaryOperator::Plus => left.checked_add(right),
        BinaryOperator::Minus => left.checked_sub(right),
        BinaryOperator::Multiply => left.checked_mul(right),
        BinaryOperator::Divide => left.checked_div(right),
        _ => None,
    };
    result.map(Cell::Number).ok_or(Fault::Unsupported)
}

/// `%` any text, `_` one character; case matters.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let after = rest.as_str();
            text.char_indices()
                .any(|(at, _)| text.get(at..).is_some_and(|tail| like(tail, after)))
                || like("", after)
        }
        Some(wanted) => {
            let mut letters = text.chars();
            letters
                .next()
                .is_some_and(|letter| wanted == '_' || letter == wanted)
                && like(letters.as_str(), rest.as_str())
        }
    }
}
