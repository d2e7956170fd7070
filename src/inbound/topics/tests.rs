//! The table: topic and body → document, priority.

use proptest::prelude::*;

use super::*;
use crate::event::{Document, Priority};

fn us() -> Signer {
    Signer {
        name: "us".to_owned(),
        domain: "acme-us.myshopify.com".to_owned(),
        secrets: Vec::new(),
    }
}

/// `order/us/1 0`: the document and its priority, or `-`.
fn read_as(topic: &str, body: &str) -> String {
    match named(&us(), topic, body.as_bytes()) {
        Some(named) => format!("{} {}", named.document, named.priority.as_i16()),
        None => "-".to_owned(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_topic_names_its_document() {
    let merged = r#"{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/77","admin_graphql_api_customer_deleted_id":"gid://shopify/Customer/78"}"#;
    let table = [
        ("orders/create", r#"{"id":1}"#, "order/us/1 1"),
        ("orders/updated", r#"{"id":1}"#, "order/us/1 1"),
        ("orders/paid", r#"{"id":1}"#, "order/us/1 1"),
        ("orders/fulfilled", r#"{"id":1}"#, "order/us/1 1"),
        ("orders/delete", r#"{"id":1}"#, "order/us/1 1"),
        ("orders/cancelled", r#"{"id":1}"#, "order/us/1 0"),
        (
            "orders/edited",
            r#"{"order_edit":{"id":2,"order_id":1}}"#,
            "order/us/1 1",
        ),
        (
            "companies/update",
            r#"{"admin_graphql_api_id":"gid://shopify/Company/5","updated_at":"2026-11-24T10:00:00Z"}"#,
            "customer/us/company-5 3",
        ),
        (
            "company_locations/delete",
            r#"{"admin_graphql_api_id":"gid://shopify/CompanyLocation/7","company":{"admin_graphql_api_id":"gid://shopify/Company/5"}}"#,
            "customer/us/company-5 3",
        ),
        ("companies/update", r#"{"id":5}"#, "-"),
        ("refunds/create", r#"{"id":2,"order_id":1}"#, "order/us/1 0"),
        (
            "order_transactions/create",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        (
            "tender_transactions/create",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        (
            "fulfillments/create",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        (
            "fulfillments/update",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        (
            "fulfillment_events/create",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        (
            "disputes/create",
            r#"{"id":2,"order_id":1}"#,
            "order/us/1 1",
        ),
        ("disputes/update", r#"{"id":2,"order_id":null}"#, "-"),
        (
            "returns/request",
            r#"{"id":2,"order":{"id":1}}"#,
            "order/us/1 1",
        ),
        (
            "returns/decline",
            r#"{"id":2,"order":{"id":1},"decline":{}}"#,
            "order/us/1 1",
        ),
        (
            "returns/close",
            r#"{"id":2,"order_id":1,"status":"closed"}"#,
            "order/us/1 1",
        ),
        (
            "returns/update",
            r#"{"admin_graphql_api_id":"gid://shopify/Return/2"}"#,
            "return/us/2 1",
        ),
        ("returns/process", r#"{"id":2}"#, "return/us/2 1"),
        ("returns/process", "{}", "-"),
        ("customers/create", r#"{"id":77}"#, "customer/us/77 3"),
        ("customers/disable", r#"{"id":77}"#, "customer/us/77 3"),
        ("customers/delete", r#"{"id":77}"#, "customer/us/77 3"),
        ("customers/merge", merged, "customer/us/77 3"),
        (
            "inventory_levels/update",
            r#"{"inventory_item_id":5,"location_id":6}"#,
            "item/us/5 4",
        ),
        ("products/update", r#"{"id":8}"#, "product/us/8 4"),
        (
            "bulk_operations/finish",
            r#"{"admin_graphql_api_id":"gid://shopify/BulkOperation/1"}"#,
            "shop/us/shop 1",
        ),
        ("app/uninstalled", r#"{"id":1}"#, "shop/us/shop 1"),
        ("app/scopes_update", r#"{"id":1}"#, "shop/us/shop 1"),
        ("shop/update", r#"{"id":1}"#, "shop/us/shop 1"),
    ];
    for (topic, body, expected) in table {
        assert_eq!(read_as(topic, body), expected, "{topic} {body}");
    }
}

#[test]
fn what_is_not_understood_names_nothing() {
    let table = [
        ("orders/create", ""),
        ("orders/create", "null"),
        ("orders/create", "[1]"),
        ("orders/create", r#"{"id":1"#),
        ("orders/create", r#"{"id":1} {"id":2}"#),
        ("orders/create", r#"{"id":-1}"#),
        ("orders/create", r#"{"id":1.5}"#),
        ("orders/create", r#"{"id":"1"}"#),
        ("orders/create", r#"{"id":18446744073709551616}"#),
        ("orders/create", r#"{"name":"1"}"#),
        ("orders/edited", r#"{"id":1}"#),
        ("refunds/create", r#"{"id":1}"#),
        (
            "customers/merge",
            r#"{"admin_graphql_api_customer_kept_id":"gid://shopify/Order/1"}"#,
        ),
        (
            "customers/merge",
            r#"{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/"}"#,
        ),
        ("shop/update", "[]"),
        ("themes/publish", r#"{"id":1}"#),
        ("orders", r#"{"id":1}"#),
        ("", r#"{"id":1}"#),
    ];
    for (topic, body) in table {
        assert_eq!(read_as(topic, body), "-", "{topic} {body}");
    }
}

#[test]
fn an_act_of_privacy_is_believed_only_in_its_own_signed_shape() {
    let request = r#"{"shop_id":1,"shop_domain":"acme-us.myshopify.com","customer":{"id":7,"email":null},"orders_requested":[1],"data_request":{"id":9}}"#;
    let redact = r#"{"shop_id":1,"shop_domain":"acme-us.myshopify.com","customer":{"id":7,"email":null},"orders_to_redact":[1]}"#;
    let shop = r#"{"shop_id":1,"shop_domain":"Acme-US.myshopify.com"}"#;
    let elsewhere = r#"{"shop_id":1,"shop_domain":"other.myshopify.com"}"#;
    let order = r#"{"id":1,"shop_domain":"acme-us.myshopify.com"}"#;
    let table = [
        (
            "customers/data_request",
            request,
            "privacy/us/data_request-9 1",
        ),
        ("customers/redact", redact, "privacy/us/customer_redact-7 1"),
        ("shop/redact", shop, "privacy/us/shop_redact 1"),
        // The header is not signed: it cannot make one act into another.
        ("shop/redact", redact, "-"),
        ("shop/redact", request, "-"),
        ("shop/redact", order, "-"),
        ("shop/redact", elsewhere, "-"),
        ("customers/redact", shop, "-"),
        ("customers/redact", request, "-"),
        ("customers/data_request", redact, "-"),
        ("orders/create", redact, "-"),
        ("customers/update", redact, "-"),
    ];
    for (topic, body, expected) in table {
        assert_eq!(read_as(topic, body), expected, "{topic} {body}");
    }
}

#[test]
fn only_a_documents_own_time_is_its_version() {
    let version = |topic, body: &str| {
        let named = named(&us(), topic, body.as_bytes());
        named
            .and_then(|named| named.version)
            .map(|version| version.to_rfc3339())
    };
    let offset = r#"{"id":1,"updated_at":"2026-11-24T09:00:00-05:00"}"#;
    assert_eq!(
        version("orders/updated", offset).as_deref(),
        Some("2026-11-24T14:00:00+00:00")
    );
    for (topic, body) in [
        ("orders/updated", r#"{"id":1,"updated_at":null}"#),
        ("orders/updated", r#"{"id":1,"updated_at":5}"#),
        ("orders/updated", r#"{"id":1,"updated_at":"yesterday"}"#),
        ("orders/updated", r#"{"id":1}"#),
        // A shipment's time is not its order's: the order may never reach it.
        (
            "fulfillments/update",
            r#"{"order_id":1,"updated_at":"2026-11-24T09:00:00-05:00"}"#,
        ),
    ] {
        assert_eq!(version(topic, body), None, "{topic} {body}");
        assert_eq!(read_as(topic, body), "order/us/1 1", "{topic} {body}");
    }
}

#[test]
fn text_that_is_not_needed_is_not_looked_at() {
    let body = r#"{"note":"a\u0000 \ud800","id":9007199254740993,"deep":[[{"id":2}]]}"#;
    assert_eq!(
        read_as("orders/create", body),
        "order/us/9007199254740993 1"
    );
    let invalid = [br#"{"note":""#.as_slice(), &[0xff, 0xfe], br#"","id":3}"#].concat();
    let named = named(&us(), "orders/create", &invalid);
    assert_eq!(
        named.map(|named| named.document.to_string()).as_deref(),
        Some("order/us/3")
    );
}

proptest! {
    #[test]
    fn every_64_bit_id_is_kept_to_the_digit(id: u64) {
        let expected = Document::new(Kind::Order, "us", id);
        let body = format!(r#"{{"id":{id}}}"#);
        let named = named(&us(), "orders/create", body.as_bytes());
        prop_assert_eq!(named.map(|named| (named.document, named.priority)), Some((expected, Priority::Order)));
    }

    #[test]
    fn no_bytes_make_the_door_panic(topic in "[a-z_]{0,12}/[a-z_]{0,12}", body: Vec<u8>) {
        let named = named(&us(), &topic, &body);
        // Random bytes are no JSON object with an id.
        prop_assert_eq!(named, None);
    }
}
