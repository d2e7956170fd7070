//! `[[store.field]]`: extra fields by an expression over the order.

use minijinja::value::{Serde, Value as Term};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};
use serde::Serialize;
use serde_json::{Map, Value};

use super::text::fit;
use crate::config::Store;
use crate::config::store::Field;
use crate::problem::{Code, Problem};
use crate::shopify::customer::Customer;
use crate::shopify::order::{Line, Order, Transaction};

/// What one expression may cost: a hundred times what a long one takes.
const FUEL: u64 = 50_000;

/// Fields whose value is the mapping's: an expression there would break identity or money.
const RESERVED: [&str; 9] = [
    "externalId",
    "entity",
    "customer",
    "salesOrder",
    "currency",
    "subsidiary",
    "item",
    "taxDetails",
    "custcol_waybill_line",
];

/// Sets every configured field of `record` on `body`.
///
/// An expression that reads `line`, or a field named `custcol…`, is set on the lines that were
/// sold; `lines` names the Shopify line of each line of the body. An expression that gives none
/// leaves the field alone.
///
/// # Errors
///
/// `field_expression`, naming the field, when an expression is wrong, costs too much, or reads what
/// the order does not have.
pub(super) fn apply(
    record: &str,
    body: &mut Value,
    order: &Order,
    store: &Store,
    lines: Option<&[Option<&Line>]>,
) -> Result<(), Problem> {
    let scope = Scope::new(order, store);
    for field in fields(record, store) {
        allowed(field, store)?;
        if !is_of_line(field) {
            set(body, field, scope.value(&field.field, &field.value, &[])?);
            continue;
        }
        let rows = body
            .pointer_mut("/item/items")
            .and_then(Value::as_array_mut);
        for (row, line) in rows.into_iter().flatten().zip(lines.unwrap_or_default()) {
            if let Some(line) = line {
                let extra = [("line", Term::from(Serde(line)))];
                set(row, field, scope.value(&field.field, &field.value, &extra)?);
            }
        }
    }
    Ok(())
}

/// The same for a deposit, whose expressions may also read `transaction`.
pub(super) fn apply_to_deposit(
    body: &mut Value,
    order: &Order,
    store: &Store,
    transaction: &Transaction,
) -> Result<(), Problem> {
    let scope = Scope::new(order, store);
    for field in fields(crate::netsuite::customer_deposit::RECORD, store) {
        allowed(field, store)?;
        let extra = [("transaction", Term::from(Serde(transaction)))];
        set(
            body,
            field,
            scope.value(&field.field, &field.value, &extra)?,
        );
    }
    Ok(())
}

/// The fields of the header alone: what a later pass compares and may write again.
pub(super) fn header(
    record: &str,
    order: &Order,
    store: &Store,
) -> Result<Map<String, Value>, Problem> {
    let mut body = Value::Object(Map::new());
    let scope = Scope::new(order, store);
    for field in fields(record, store).filter(|field| !is_of_line(field)) {
        set(
            &mut body,
            field,
            scope.value(&field.field, &field.value, &[])?,
        );
    }
    match body {
        Value::Object(map) => Ok(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Ok(Map::new())
        }
    }
}

/// One expression of another setting, as text: `[store.orders] adopt`, `[store.customers] entity_id`.
pub(super) fn text(
    setting: &str,
    expression: &str,
    order: &Order,
    store: &Store,
) -> Result<String, Problem> {
    Scope::new(order, store).text(setting, expression)
}

/// The fields of a customer that no order stands behind: expressions may read `customer` and `store`.
pub(super) fn apply_to_customer(
    record: &str,
    body: &mut Value,
    customer: &Customer,
    store: &Store,
) -> Result<(), Problem> {
    let scope = Scope::of_customer(customer, store);
    for field in fields(record, store) {
        allowed(field, store)?;
        set(body, field, scope.value(&field.field, &field.value, &[])?);
    }
    Ok(())
}

/// As [`text`], for a customer that no order stands behind.
pub(super) fn text_of_customer(
    setting: &str,
    expression: &str,
    customer: &Customer,
    store: &Store,
) -> Result<String, Problem> {
    Scope::of_customer(customer, store).text(setting, expression)
}

/// What an expression can read.
struct Scope<'a> {
    store: &'a Store,
    environment: Environment<'a>,
    order: Term,
    customer: Term,
}

/// The part of a store's settings that expressions may read: no secret is among it.
#[derive(Serialize)]
struct Shop<'a> {
    name: &'a str,
    domain: &'a str,
    subsidiary: Option<&'a str>,
    time_zone: &'a str,
}

impl<'a> Scope<'a> {
    fn new(order: &Order, store: &'a Store) -> Self {
        let (order, customer) = (Serde(order), Serde(&order.customer));
        Self::over(store, Term::from(order), Term::from(customer))
    }

    fn of_customer(customer: &Customer, store: &'a Store) -> Self {
        Self::over(store, Term::UNDEFINED, Term::from(Serde(customer)))
    }

    fn over(store: &'a Store, order: Term, customer: Term) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("truncate", truncate);
        Self {
            store,
            environment,
            order,
            customer,
        }
    }

    fn text(&self, setting: &str, expression: &str) -> Result<String, Problem> {
        match self.value(setting, expression, &[])? {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_) | Value::Null) | None => {
                Err(problem(setting, &self.store.name, "it gives no text"))
            }
        }
    }

    fn value(
        &self,
        name: &str,
        expression: &str,
        extra: &[(&str, Term)],
    ) -> Result<Option<Value>, Problem> {
        let failed = |error| problem(name, &self.store.name, &words(&error));
        let shop = Shop {
            name: &self.store.name,
            domain: &self.store.domain,
            subsidiary: self.store.subsidiary.as_deref(),
            time_zone: self.store.time_zone.name(),
        };
        let extra = Term::from_pairs(extra.iter().cloned());
        let scope = context! {
            order => self.order.clone(),
            customer => self.customer.clone(),
            store => Term::from(Serde(&shop)),
            ..extra
        };
        let compiled = self
            .environment
            .compile_expression(expression)
            .map_err(failed)?;
        let value = compiled.eval(scope).map_err(failed)?;
        // An undefined value at the top is returned, not raised.
        if value.is_undefined() {
            return Err(problem(
                name,
                &self.store.name,
                "it reads something the order does not have",
            ));
        }
        if value.is_none() {
            return Ok(None);
        }
        match serde_json::to_value(&value) {
            Ok(
                json @ (Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Object(_)),
            ) => Ok(Some(json)),
            Ok(Value::Array(_) | Value::Null) | Err(_) => Err(problem(
                name,
                &self.store.name,
                "it gives neither a text, a number, a truth value nor { id = … }",
            )),
        }
    }
}

fn fields<'a>(record: &str, store: &'a Store) -> impl Iterator<Item = &'a Field> {
    store
        .fields
        .iter()
        .filter(move |field| field.record == record)
}

/// What is wrong with an expression. An error about values may quote them, and a name or an address
/// has no place in a problem: only errors about the expression itself are given in full.
fn words(error: &minijinja::Error) -> String {
    let about_code = [
        ErrorKind::SyntaxError,
        ErrorKind::UnknownFilter,
        ErrorKind::UnknownTest,
        ErrorKind::UnknownFunction,
        ErrorKind::UnknownMethod,
        ErrorKind::TooManyArguments,
        ErrorKind::MissingArgument,
    ];
    let detail = error
        .detail()
        .filter(|_| about_code.contains(&error.kind()));
    detail.map_or_else(
        || error.kind().to_string(),
        |detail| format!("{}: {detail}", error.kind()),
    )
}

fn allowed(field: &Field, store: &Store) -> Result<(), Problem> {
    if RESERVED.contains(&field.field.as_str()) {
        return Err(problem(
            &field.field,
            &store.name,
            "the field is waybill's own",
        ));
    }
    Ok(())
}

/// Whether the field is one of the lines.
fn is_of_line(field: &Field) -> bool {
    field.field.starts_with("custcol")
        || Environment::new()
            .compile_expression(&field.value)
            .is_ok_and(|expression| expression.undeclared_variables(false).contains("line"))
}

fn set(body: &mut Value, field: &Field, value: Option<Value>) {
    if let (Value::Object(map), Some(value)) = (body, value) {
        map.insert(field.field.clone(), value);
    }
}

fn problem(name: &str, store: &str, why: &str) -> Problem {
    Problem::new(
        Code::FieldExpression,
        format!("the expression of `{name}` of store {store} failed: {why}"),
    )
    .because(format!("{store}.{name}"))
    .field(name, None, None)
}

/// The first `length` characters; a missing text stays missing.
fn truncate(text: Term, length: usize) -> Term {
    match text.as_str() {
        Some(text) => Term::from(fit(text, length)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::order::tests::sample::{order, store};
    use serde_json::json;

    fn field(name: &str, expression: &str) -> Store {
        let expression = toml::Value::String(expression.to_owned());
        store(&format!(
            "[[field]]\nrecord = \"salesOrder\"\nfield = \"{name}\"\nvalue = {expression}"
        ))
    }

    fn applied(name: &str, expression: &str) -> Result<Value, Problem> {
        let order = order("USD")
            .line("MUG", 1, "10.00")
            .with(|order| order.note = Some("a gift, wrap it 🎁🎁".to_owned()))
            .paid();
        let mut body = json!({"item": {"items": [{}, {}]}});
        let lines = [order.lines.first(), None];
        apply(
            "salesOrder",
            &mut body,
            &order,
            &field(name, expression),
            Some(&lines),
        )?;
        Ok(body)
    }

    #[test]
    fn an_expression_reads_the_order_the_customer_and_the_store() {
        let body = applied("custbody_x", "order.note | truncate(6)").unwrap();
        assert_eq!(body["custbody_x"], "a gift");
        let body = applied("custbody_x", "customer.last_name ~ ' ' ~ store.name").unwrap();
        assert_eq!(body["custbody_x"], "Example us");
        let body = applied(
            "custbody_x",
            "{'id': 3 if order.totals.total == '10.00' else 4}",
        )
        .unwrap();
        assert_eq!(body["custbody_x"], json!({"id": 3}));
    }

    #[test]
    fn a_value_that_is_missing_leaves_the_field_alone() {
        let body = applied("custbody_x", "order.po_number | truncate(300)").unwrap();
        assert_eq!(body.get("custbody_x"), None);
    }

    #[test]
    fn a_field_of_the_lines_is_set_on_the_lines_that_were_sold() {
        for (name, expression) in [("custcol_x", "line.title"), ("description", "line.title")] {
            let body = applied(name, expression).unwrap();
            assert_eq!(body["item"]["items"], json!([{name: "MUG"}, {}]));
            assert_eq!(body.get(name), None);
        }
    }

    #[test]
    fn an_expression_that_fails_names_its_field_and_quotes_no_value() {
        for expression in [
            "order.nonsense",
            "order.nonsense.more",
            "order.note | nonsense",
            "order.note + 1",
            "range(10000000) | list",
            "order.note ~",
        ] {
            let problem = applied("custbody_x", expression).unwrap_err();
            assert_eq!(problem.code, Code::FieldExpression, "{expression}");
            assert!(problem.what.contains("custbody_x"), "{}", problem.what);
            assert!(!problem.what.contains("gift"), "{}", problem.what);
        }
    }

    #[test]
    fn no_expression_can_change_who_or_how_much() {
        for name in ["entity", "externalId", "item", "custcol_waybill_line"] {
            assert!(applied(name, "'x'").is_err(), "{name}");
        }
    }
}
