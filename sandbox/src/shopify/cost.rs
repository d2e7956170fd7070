//! What a query costs, from its document before it runs and from its answer afterwards.
//!
//! Scalars and enums 0; an object 1; a connection 2 and, for each item asked for, the item's cost; a mutation 10.
//! Of fragments on different types only the dearest counts. Lists that are no connections count one item.

use std::collections::BTreeMap;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::ast::{Type, Value as Written};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use serde_json::Value;

/// The dearest single query Shopify runs on any plan.
pub(crate) const MAXIMUM: u32 = 1_000;
const MUTATION: u32 = 10;
const CONNECTION: u32 = 2;
const OBJECT: u32 = 1;

/// A document with the variables it is asked with.
pub(crate) struct Costing<'a> {
    pub(crate) document: &'a ExecutableDocument,
    pub(crate) variables: &'a JsonMap,
}

impl Costing<'_> {
    /// What is asked for: connections as large as their `first` or `last` says.
    pub(crate) fn requested(&self, operation: &Operation) -> u32 {
        self.operation(operation, None)
    }

    /// What was given: connections as large as they came back.
    pub(crate) fn actual(&self, operation: &Operation, data: &Value) -> u32 {
        self.operation(operation, Some(data))
    }

    fn operation(&self, operation: &Operation, data: Option<&Value>) -> u32 {
        let base = if operation.is_mutation() { MUTATION } else { 0 };
        base + self.selections(&operation.selection_set, data)
    }

    /// `data` is the object the selections were answered with, if they were.
    fn selections(&self, set: &SelectionSet, data: Option<&Value>) -> u32 {
        let mut sum = 0_u32;
        let mut branches: BTreeMap<&str, u32> = BTreeMap::new();
        for selection in &set.selections {
            let (condition, inner) = match selection {
                Selection::Field(field) => {
                    sum = sum.saturating_add(self.field(field, data));
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    (fragment.type_condition.as_ref(), &fragment.selection_set)
                }
                Selection::FragmentSpread(spread) => match spread.fragment_def(self.document) {
                    Some(fragment) => (Some(&fragment.selection_set.ty), &fragment.selection_set),
                    None => continue,
                },
            };
            let cost = self.selections(inner, data);
            let condition = condition.map_or(set.ty.as_str(), |name| name.as_str());
            if condition == set.ty.as_str() {
                sum = sum.saturating_add(cost);
            } else {
                let branch = branches.entry(condition).or_default();
                *branch = branch.saturating_add(cost);
            }
        }
        sum.saturating_add(branches.into_values().max().unwrap_or(0))
    }

    fn field(&self, field: &Field, data: Option<&Value>) -> u32 {
        let answered = data.map(|data| &data[field.response_key().as_str()]);
        if field.selection_set.is_empty() || answered.is_some_and(Value::is_null) {
            return 0;
        }
        let name = field.ty().inner_named_type().as_str();
        if name.ends_with("Connection") {
            return self.connection(field, answered);
        }
        if name.ends_with("Payload") {
            return self.selections(&field.selection_set, answered);
        }
        match answered.and_then(Value::as_array) {
            Some(items) => items
                .iter()
                .map(|item| OBJECT + self.selections(&field.selection_set, Some(item)))
                .max()
                .unwrap_or(0),
            None => OBJECT.saturating_add(self.selections(&field.selection_set, answered)),
        }
    }

    fn connection(&self, field: &Field, answered: Option<&Value>) -> u32 {
        let mut cost = CONNECTION;
        for inner in self.fields(&field.selection_set) {
            let key = inner.response_key().as_str();
            let is_list = matches!(inner.ty(), Type::List(_) | Type::NonNullList(_));
            if !is_list {
                cost = cost.saturating_add(self.field(inner, answered));
                continue;
            }
            match answered.and_then(|answered| answered[key].as_array()) {
                Some(items) => {
                    for item in items {
                        cost = cost.saturating_add(self.item(inner, Some(item)));
                    }
                }
                None => {
                    let size = self.size(field);
                    cost = cost.saturating_add(size.saturating_mul(self.item(inner, None)));
                }
            }
        }
        cost
    }

    /// An edge is free; the node in it, or the item of `nodes`, is an object.
    fn item(&self, list: &Field, data: Option<&Value>) -> u32 {
        if list.name == "edges" {
            self.selections(&list.selection_set, data)
        } else {
            OBJECT.saturating_add(self.selections(&list.selection_set, data))
        }
    }

    fn fields<'s>(&'s self, set: &'s SelectionSet) -> Vec<&'s Field> {
        let mut fields: Vec<&Field> = Vec::new();
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(inner) => {
                    fields.extend(self.fields(&inner.selection_set))
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document) {
                        fields.extend(self.fields(&fragment.selection_set));
                    }
                }
            }
        }
        fields
    }

    fn size(&self, field: &Field) -> u32 {
        let asked = ["first", "last"]
            .iter()
            .find_map(|name| field.specified_argument_by_name(name));
        let Some(asked) = asked else { return 0 };
        if let Written::Variable(name) = asked.as_ref() {
            let value = self
                .variables
                .get(name.as_str())
                .and_then(|value| value.as_u64());
            return value
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(0);
        }
        asked
            .to_i32()
            .and_then(|value| u32::try_from(value).ok())
            .unwrap_or(0)
    }
}
