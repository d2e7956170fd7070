//! The Admin GraphQL endpoint: each document is validated against Shopify's schema, costed, then executed over the state.

mod access;
mod agreement;
mod cancel;
mod catalog;
mod charge;
mod company;
mod connection;
mod customer;
mod customer_acts;
mod document;
mod fulfillment;
mod fulfillment_acts;
mod idempotency;
mod inventory_acts;
mod line;
mod metafields;
mod metafields_set;
mod money;
mod mutation;
mod node;
mod order;
mod query;
mod refund;
mod refund_acts;
mod returns;
mod shop;
mod subscription_input;
mod subscriptions;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::Operation;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Name, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cost::Costing;
use super::order::Order;
use super::settings::CustomerData;
use super::state::{Lag, State};
use super::{Inner, lock};

/// Shopify's Admin schema 2026-10; its first lines name its origin. Only the text is shared with the product.
const SDL: &str = include_str!("../../../../schemas/shopify-admin.graphql");

struct Vendor {
    schema: Valid<Schema>,
    implementers: HashMap<Name, Implementers>,
}

static VENDOR: LazyLock<Vendor> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the schema is part of the program")]
    let schema = Schema::parse_and_validate(SDL, "shopify-admin.graphql").expect("a valid schema");
    let implementers = schema.implementers_map();
    Vendor {
        schema,
        implementers,
    }
});

/// The body of a GraphQL request.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    query: String,
    #[serde(default)]
    variables: Option<serde_json::Map<String, Value>>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

/// A request that may run: valid, with coerced variables and a known cost.
pub(crate) struct Prepared {
    document: Arc<Valid<ExecutableDocument>>,
    operation: apollo_compiler::Node<Operation>,
    variables: Valid<JsonMap>,
    pub(crate) name: String,
    pub(crate) root_fields: Vec<String>,
    pub(crate) is_mutation: bool,
    pub(crate) requested_cost: u32,
}

impl Request {
    pub(crate) fn variables(&self) -> Value {
        self.variables.clone().map_or(Value::Null, Value::Object)
    }

    /// The operation's name as the client gave it, valid or not.
    pub(crate) fn name(&self) -> String {
        self.operation_name.clone().unwrap_or_default()
    }

    /// Validates and costs the request; the error is the answer's `errors`.
    pub(crate) fn prepare(&self) -> Result<Prepared, Vec<Value>> {
        let schema = &VENDOR.schema;
        let document = document::document(&self.query)?;
        let operation = document
            .operations
            .get(self.operation_name.as_deref())
            .map_err(|error| vec![json!({ "message": error.message().to_string() })])?
            .clone();
        let given = JsonValue::from(self.variables());
        let given = given.as_object().cloned().unwrap_or_default();
        let variables = coerce_variable_values(schema, &operation, &given).map_err(|error| {
            let message = error.message().to_string();
            vec![json!({
                "message": message,
                "locations": error.to_graphql_error(&document.sources).locations.iter()
                    .map(|at| json!({ "line": at.line, "column": at.column })).collect::<Vec<_>>(),
                "extensions": { "value": self.variables(), "problems": [{ "path": [], "explanation": message }] },
            })]
        })?;
        let costing = Costing {
            document: &document,
            variables: &variables,
        };
        let requested_cost = costing.requested(&operation);
        let root_fields = operation
            .root_fields(&document)
            .map(|field| field.name.to_string())
            .collect();
        Ok(Prepared {
            name: operation
                .name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            root_fields,
            is_mutation: operation.is_mutation(),
            requested_cost,
            operation,
            variables,
            document,
        })
    }
}

/// A fault of the document in Shopify's shape. An undefined field also makes its parent look empty; that is not said.
fn diagnostics(invalid: &DiagnosticList) -> Vec<Value> {
    let all: Vec<_> = invalid.iter().map(|error| error.to_json()).collect();
    let undefined = all
        .iter()
        .any(|error| undefined_field(&error.message).is_some());
    all.into_iter()
        .filter(|error| !(undefined && error.message.contains("must have a subselection set")))
        .map(|error| {
            let at: Vec<_> = error.locations.iter().map(|at| json!({ "line": at.line, "column": at.column })).collect();
            match undefined_field(&error.message) {
                Some((type_name, field)) => json!({
                    "message": format!("Field '{field}' doesn't exist on type '{type_name}'"),
                    "locations": at,
                    "extensions": { "code": "undefinedField", "typeName": type_name, "fieldName": field },
                }),
                None => json!({ "message": error.message, "locations": at, "extensions": { "code": "invalid" } }),
            }
        })
        .collect()
}

/// Type and field, if this is what the message complains of.
fn undefined_field(message: &str) -> Option<(&str, &str)> {
    let rest = message.strip_prefix("type `")?;
    let (type_name, rest) = rest.split_once("` does not have a field `")?;
    Some((type_name, rest.trim_end_matches('`')))
}

/// What running a request gave.
pub(crate) struct Answer {
    pub(crate) data: Value,
    pub(crate) errors: Vec<Value>,
    pub(crate) actual_cost: u32,
}

impl Prepared {
    /// Executes the request. A mutation changes the shop even if nobody will ever see the answer.
    pub(crate) fn run(&self, shop: &Arc<Inner>, user_errors: Option<Vec<String>>) -> Answer {
        let ctx = Ctx {
            shop: shop.clone(),
            user_errors,
            variables: self.variables.clone().into_inner(),
            kept: OnceCell::new(),
            seen: RefCell::default(),
        };
        let root: Box<dyn apollo_compiler::resolvers::ObjectValue> = if self.is_mutation {
            Box::new(mutation::Mutation { ctx: &ctx })
        } else {
            Box::new(query::Query { ctx: &ctx })
        };
        let executed = Execution::new(&VENDOR.schema, &self.document)
            .operation(&self.operation)
            .implementers_map(&VENDOR.implementers)
            .coerced_variable_values(&self.variables)
            .enable_schema_introspection(true)
            .execute_sync(&*root);
        let response = match executed {
            Ok(response) => response,
            Err(error) => {
                return Answer {
                    data: Value::Null,
                    errors: vec![json!({ "message": error.message().to_string() })],
                    actual_cost: 0,
                };
            }
        };
        let data = match response.data {
            Some(data) => plain(&JsonValue::Object(data)),
            None => Value::Null,
        };
        let errors = response.errors.iter().map(field_error).collect();
        let costing = Costing {
            document: &self.document,
            variables: &self.variables,
        };
        let actual_cost = costing.actual(&self.operation, &data);
        Answer {
            data,
            errors,
            actual_cost,
        }
    }
}

fn field_error(error: &apollo_compiler::response::GraphQLError) -> Value {
    let message = error.message.trim_start_matches("resolver error: ");
    let locations: Vec<_> = error
        .locations
        .iter()
        .map(|at| json!({ "line": at.line, "column": at.column }))
        .collect();
    let path: Vec<_> = error
        .path
        .iter()
        .map(|segment| match segment {
            apollo_compiler::response::ResponseDataPathSegment::Field(name) => json!(name.as_str()),
            apollo_compiler::response::ResponseDataPathSegment::ListIndex(index) => json!(index),
        })
        .collect();
    let mut error = json!({ "message": message, "locations": locations, "path": path });
    if message.starts_with(access::DENIED) {
        error["extensions"] = json!({ "code": "ACCESS_DENIED" });
    }
    error
}

/// From the executor's JSON to ours.
fn plain(value: &JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(flag) => Value::Bool(*flag),
        JsonValue::Number(number) => Value::Number(number.clone()),
        JsonValue::String(text) => Value::String(text.as_str().to_owned()),
        JsonValue::Array(items) => items.iter().map(plain).collect(),
        JsonValue::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (key.as_str().to_owned(), plain(value)))
                .collect(),
        ),
    }
}

/// What resolvers look things up in, for the length of one request.
pub(super) struct Ctx {
    shop: Arc<Inner>,
    user_errors: Option<Vec<String>>,
    variables: JsonMap,
    kept: OnceCell<Box<Kept>>,
    /// Orders this request read while they lag; one request is one read.
    seen: RefCell<BTreeMap<u64, Option<Lag>>>,
}

/// An order kept as long as the request, and the next one.
struct Kept {
    order: Arc<Order>,
    next: OnceCell<Box<Kept>>,
}

impl Ctx {
    /// Keeps an order for as long as the request runs, so that nodes of its parts can point into it.
    fn keep(&self, order: Arc<Order>) -> &Order {
        let mut place = &self.kept;
        while let Some(kept) = place.get() {
            place = &kept.next;
        }
        let next = OnceCell::new();
        &place.get_or_init(|| Box::new(Kept { order, next })).order
    }

    /// The order that has such a part.
    fn order_with(&self, has: impl Fn(&Order) -> bool) -> Option<&Order> {
        let id = self.state(|state| {
            state
                .orders
                .values()
                .find(|order| has(order))
                .map(|order| order.id)
        })?;
        Some(self.keep(self.order(id)?))
    }

    /// A field that tells who somebody is, as far as the app may know.
    fn person<'v>(&self, value: Option<&'v str>) -> Option<&'v str> {
        let full = self.state(|state| state.settings.customer_data == CustomerData::Full);
        value.filter(|_| full)
    }

    /// Looks something up. The lock is not held while fields are resolved.
    fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.shop.state))
    }

    /// The order as an API read shows it now, which may be behind.
    fn order(&self, id: u64) -> Option<Arc<Order>> {
        let mut state = lock(&self.shop.state);
        let lag = *self
            .seen
            .borrow_mut()
            .entry(id)
            .or_insert_with(|| state.lag_once(id));
        match lag {
            Some(lag) => state.lagging(id, lag),
            None => state.orders.get(&id).cloned(),
        }
    }
}
