//! Every operation we send is valid in the Admin schema, and none may be asked to pay more than Shopify allows.

use apollo_compiler::executable::{Field, Operation, OperationType, Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};

/// Shopify refuses a query that may cost more.
const MOST_POINTS: u64 = 1000;

const MUTATION: u64 = 10;

fn schema() -> Valid<Schema> {
    let text = include_str!("../../schemas/shopify-admin.graphql");
    Schema::parse_and_validate(text, "shopify-admin.graphql").expect("the schema is valid")
}

fn operations() -> Vec<String> {
    [
        super::orders::operations(),
        super::order_agreements::operations(),
        super::order_cancel::operations(),
        super::order_refunds::operations(),
        super::order_returns::operations(),
        super::order_versions::operations(),
        super::order_locations::operations(),
        super::fulfillment_writes::operations(),
        super::fulfillments::operations(),
        super::metafields::operations(),
        super::inventory::operations(),
        super::on_hand::operations(),
        super::customers::operations(),
        super::companies::operations(),
        super::customer_writes::operations(),
        super::shop::operations(),
        super::subscriptions::operations(),
    ]
    .concat()
}

/// Shopify's rules: an object costs 1, a connection 2 and its entries, a mutation 10.
fn cost(operation: &Operation) -> u64 {
    let root = match operation.operation_type {
        OperationType::Mutation => MUTATION,
        OperationType::Query | OperationType::Subscription => 0,
    };
    root + of_set(&operation.selection_set)
}

fn of_set(set: &SelectionSet) -> u64 {
    set.selections.iter().map(of_selection).sum()
}

fn of_selection(selection: &Selection) -> u64 {
    match selection {
        Selection::Field(field) => of_field(field),
        Selection::InlineFragment(fragment) => of_set(&fragment.selection_set),
        Selection::FragmentSpread(_) => panic!("no operation of ours names a fragment"),
    }
}

fn of_field(field: &Field) -> u64 {
    if field.selection_set.selections.is_empty() {
        return 0;
    }
    match entries(field) {
        Some(first) => 2 + of_connection(&field.selection_set, first),
        None => 1 + of_set(&field.selection_set),
    }
}

/// Lists cost their entries as often as asked for; `pageInfo` is there once.
fn of_connection(set: &SelectionSet, first: u64) -> u64 {
    let is_list = |selection: &&Selection| match selection {
        Selection::Field(field) => field.ty().is_list(),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => false,
    };
    let (lists, once): (Vec<_>, Vec<_>) = set.selections.iter().partition(is_list);
    if lists.is_empty() {
        // A plain list with `first`: it is its own entries.
        return first * (1 + of_set(set));
    }
    let of_all =
        |selections: Vec<&Selection>| -> u64 { selections.into_iter().map(of_selection).sum() };
    first * of_all(lists) + of_all(once)
}

fn entries(field: &Field) -> Option<u64> {
    let first = field
        .arguments
        .iter()
        .find(|argument| argument.name == "first")?;
    let number = first
        .value
        .to_i32()
        .and_then(|number| number.try_into().ok());
    assert!(
        number.is_some(),
        "the number of entries is written in the query"
    );
    number
}

#[test]
fn every_operation_is_valid_in_the_admin_schema_and_affordable() {
    let schema = schema();
    for text in operations() {
        let document = ExecutableDocument::parse_and_validate(&schema, &text, "operation.graphql")
            .unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        for operation in document.operations.iter() {
            let name = operation.name.as_ref().expect("each operation has a name");
            let points = cost(operation);
            assert!(points <= MOST_POINTS, "{name} may cost {points} points");
        }
    }
}

#[test]
fn an_ordinary_order_costs_less_than_half_of_a_standard_bucket() {
    let schema = schema();
    let text = &super::orders::operations()[0];
    let document = ExecutableDocument::parse_and_validate(&schema, text, "order.graphql")
        .unwrap_or_else(|errors| panic!("{errors}"));
    let points: u64 = document
        .operations
        .iter()
        .map(|operation| cost(operation))
        .sum();
    assert!((500..=800).contains(&points), "{points} points");
}
