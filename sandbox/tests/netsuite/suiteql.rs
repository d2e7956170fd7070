//! SuiteQL: forms, values, errors.

use reqwest::Method;
use sandbox::netsuite::SeedItem;
use serde_json::{Value, json};

use crate::world::World;

const PATH: &str = "/services/rest/query/v1/suiteql";

#[tokio::test]
async fn every_value_is_a_string_keys_are_lower_case_and_null_is_absent() {
    let world = World::start().await;
    let rows = world
        .rows(
            "SELECT id, itemid AS itemId, upccode, isinactive FROM item WHERE itemid = ?",
            &["MUG"],
        )
        .await;
    assert_eq!(
        rows,
        [json!({ "links": [], "id": world.mug.to_string(), "itemid": "MUG", "isinactive": "F" })]
    );
}

#[tokio::test]
async fn text_is_compared_to_the_letter() {
    let world = World::start().await;
    world.account.seed_item(SeedItem::new("007"));
    world.account.seed_item(SeedItem::new(" PAD "));
    let found = async |sku: &str| {
        world
            .rows("SELECT itemid FROM item WHERE itemid IN (?)", &[sku])
            .await
            .len()
    };
    assert_eq!(found("mug").await, 0);
    assert_eq!(found("MUG").await, 1);
    assert_eq!(found("7").await, 0);
    assert_eq!(found("007").await, 1);
    assert_eq!(found("PAD").await, 0);
    assert_eq!(found(" PAD ").await, 1);
    assert_eq!(
        world
            .rows("SELECT id FROM item WHERE LOWER(itemid) = ?", &["mug"])
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn the_queries_of_the_facts_run() {
    let world = World::start().await;
    let mut order = world.order();
    order["externalId"] = json!("so-us-1");
    let id = world.post("salesOrder", &order).await.id();
    let customer = world
        .rows("SELECT id,entityid,email,companyname,firstname,lastname,isperson,isinactive,subsidiary,externalid FROM customer WHERE LOWER(email)=?", &["ada@example.com"])
        .await;
    assert_eq!(customer[0]["isperson"], "T");
    let rows = world.rows("SELECT id,tranid,externalid,status FROM transaction WHERE recordtype='salesorder' AND externalid IN (?,?)", &["so-us-1", "so-us-2"]).await;
    assert_eq!(
        (&rows[0]["id"], &rows[0]["status"]),
        (&json!(id.to_string()), &json!("B"))
    );
    let stock = "SELECT a.item,a.location,a.quantityavailable,a.quantityonhand,a.quantitycommitted FROM aggregateitemlocation a \
                 WHERE (a.item>? OR (a.item=? AND a.location>?)) ORDER BY a.item,a.location";
    let mug = world.mug.to_string();
    let rows = world.rows(stock, &[&mug, &mug, "5"]).await;
    assert_eq!(
        rows[0],
        json!({ "links": [], "item": mug, "location": "6", "quantityavailable": "98", "quantityonhand": "100", "quantitycommitted": "2" })
    );
    let delta = "SELECT item,location,quantityavailable,TO_CHAR(lastquantityavailablechange,'YYYY-MM-DD HH24:MI:SS TZH:TZM') AS changed \
                 FROM inventoryitemlocations WHERE lastquantityavailablechange >= TO_TIMESTAMP_TZ(?,'YYYY-MM-DD HH24:MI:SS TZH:TZM')";
    assert_eq!(
        world
            .rows(delta, &["2000-01-01 00:00:00 +00:00"])
            .await
            .len(),
        3
    );
    assert_eq!(
        world
            .rows(delta, &["2100-01-01 00:00:00 +00:00"])
            .await
            .len(),
        0
    );
}

#[tokio::test]
async fn times_are_the_users_and_raw_dates_have_the_users_format() {
    let world = World::start().await;
    world
        .account
        .configure(|settings| settings.time_zone = "Asia/Tokyo".into());
    let mut order = world.order();
    order["tranDate"] = json!("2026-11-05");
    world.post("salesOrder", &order).await;
    let sql = "SELECT trandate, TO_CHAR(trandate,'YYYY-MM-DD') AS day, TO_CHAR(createddate,'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM') AS at FROM transaction";
    let rows = world.rows(sql, &[]).await;
    assert_eq!(
        (&rows[0]["trandate"], &rows[0]["day"]),
        (&json!("11/5/2026"), &json!("2026-11-05"))
    );
    assert!(
        rows[0]["at"].as_str().unwrap().ends_with("+09:00"),
        "{}",
        rows[0]["at"]
    );
    assert_eq!(
        world
            .rows(
                "SELECT id FROM transaction WHERE trandate = TO_DATE(?, 'YYYY-MM-DD')",
                &["2026-11-05"]
            )
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn sales_lines_are_negative_and_the_head_of_an_order_is_positive() {
    let world = World::start().await;
    let id = world
        .post("salesOrder", &world.order())
        .await
        .id()
        .to_string();
    let sql = "SELECT t.foreigntotal, l.quantity, l.netamount, l.createdfrom FROM transaction t \
               JOIN transactionline l ON l.transaction = t.id WHERE t.id = ? AND l.mainline = 'F' AND l.taxline = 'F'";
    let rows = world.rows(sql, &[&id]).await;
    assert_eq!(
        rows,
        [json!({ "links": [], "foreigntotal": "25", "quantity": "-2", "netamount": "-25" })]
    );
}

#[tokio::test]
async fn groups_distinct_order_and_left_joins_work() {
    let world = World::start().await;
    for _ in 0..2 {
        world.post("salesOrder", &world.order()).await;
    }
    let sql = "SELECT t.type, COUNT(*) AS n, SUM(t.foreigntotal) AS total, MAX(t.id) FROM transaction t GROUP BY t.type ORDER BY n DESC";
    let rows = world.rows(sql, &[]).await;
    assert_eq!(
        (&rows[0]["n"], &rows[0]["total"]),
        (&json!("2"), &json!("50"))
    );
    let sql = "SELECT DISTINCT c.entityid, d.tranid FROM customer c LEFT JOIN transaction d ON d.entity = c.id AND d.type = 'CustDep'";
    assert_eq!(
        world.rows(sql, &[]).await,
        [json!({ "links": [], "entityid": "Ada Example" })]
    );
    assert_eq!(
        world
            .query(
                "SELECT type, tranid, COUNT(*) FROM transaction GROUP BY type",
                &[]
            )
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn pages_are_of_the_limit_and_the_offset_is_a_multiple_of_it() {
    let world = World::start().await;
    let page = async |query: &str| {
        let body = json!({ "q": "SELECT id FROM item ORDER BY id" });
        world
            .try_call_with(
                Method::POST,
                &format!("{PATH}?{query}"),
                &body,
                &[("prefer", "transient")],
            )
            .await
            .unwrap()
    };
    let first = page("limit=3&offset=0").await.body;
    assert_eq!(
        (&first["count"], &first["hasMore"], &first["totalResults"]),
        (&json!(3), &json!(true), &json!(4))
    );
    let second = page("limit=3&offset=3").await.body;
    assert_eq!(
        (&second["count"], &second["hasMore"], &second["offset"]),
        (&json!(1), &json!(false), &json!(3))
    );
    for bad in ["limit=1001", "limit=3&offset=2", "limit=0"] {
        assert_eq!(page(bad).await.code(), "INVALID_PARAMETER", "{bad}");
    }
}

#[tokio::test]
async fn a_query_needs_prefer_transient_and_binds_no_null() {
    let world = World::start().await;
    let body = json!({ "q": "SELECT id FROM item" });
    assert_eq!(
        world
            .try_call(Method::POST, PATH, &body)
            .await
            .unwrap()
            .status,
        400
    );
    let body = json!({ "q": "SELECT id FROM item WHERE itemid = ?", "params": [Value::Null] });
    let reply = world
        .try_call_with(Method::POST, PATH, &body, &[("prefer", "transient")])
        .await
        .unwrap();
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn faults_have_netsuites_words() {
    let world = World::start().await;
    let detail = async |sql: &str| {
        let reply = world.query(sql, &[]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (400, "INVALID_PARAMETER"),
            "{sql}"
        );
        assert_eq!(reply.body["o:errorDetails"][0]["o:errorQueryParam"], "q");
        reply.detail().to_owned()
    };
    assert_eq!(
        detail("SELECT subsidiary FROM transaction").await,
        "Invalid search query. Detailed unprocessed description follows. Search error occurred: Unknown identifier 'subsidiary'. Available identifiers are: {transaction=transaction}."
    );
    assert!(
        detail("SELECT id FROM salesorder")
            .await
            .ends_with("Invalid search type: salesorder.")
    );
    assert!(
        detail("SELECT FROM WHERE")
            .await
            .ends_with("Invalid or unsupported search.")
    );
    assert!(
        detail("SELECT id FROM item LIMIT 5")
            .await
            .ends_with("Invalid or unsupported search.")
    );
    for name in ["createdfrom", "trackingnumbers", "shipstatus"] {
        assert!(
            detail(&format!("SELECT {name} FROM transaction"))
                .await
                .contains("Unknown identifier"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn functions_do_what_oracles_do() {
    let world = World::start().await;
    world.post("salesOrder", &world.order()).await;
    let one = async |expression: &str| {
        let rows = world
            .rows(&format!("SELECT {expression} AS x FROM transaction t"), &[])
            .await;
        rows[0]["x"].as_str().map(str::to_owned)
    };
    for (expression, expected) in [
        (
            "BUILTIN.DF(t.status)",
            Some("Sales Order : Pending Fulfillment"),
        ),
        ("BUILTIN.DF(t.entity)", Some("Ada Example")),
        ("BUILTIN.DF(t.currency)", Some("USD")),
        ("NVL(t.memo, 'none')", Some("none")),
        ("UPPER(t.type) || '-' || t.status", Some("SALESORD-B")),
        ("SUBSTR(t.type, 1, 5)", Some("Sales")),
        ("SUBSTR(t.type, -3)", Some("Ord")),
        (
            "CASE WHEN t.foreigntotal > 20 THEN 'big' ELSE 'small' END",
            Some("big"),
        ),
        ("ROUND(t.foreigntotal / 3, 2)", Some("8.33")),
        ("COALESCE(NULL, t.memo)", None),
        (
            "TO_CHAR(TO_DATE('2026-11-24','YYYY-MM-DD') + 1, 'YYYY-MM-DD')",
            Some("2026-11-25"),
        ),
    ] {
        assert_eq!(one(expression).await.as_deref(), expected, "{expression}");
    }
}

#[tokio::test]
async fn conditions_know_unknown() {
    let world = World::start().await;
    world.post("salesOrder", &world.order()).await;
    for (condition, count) in [
        ("memo IS NULL", 1),
        ("memo = ''", 0),
        ("memo <> 'x'", 0),
        ("NOT (memo = 'x')", 0),
        ("memo = 'x' OR status = 'B'", 1),
        ("status IN ('A','B') AND type NOT IN ('CustInvc')", 1),
        ("tranid LIKE 'SO%' AND tranid NOT LIKE 'so%'", 1),
        ("foreigntotal BETWEEN 25 AND 26", 1),
        ("trandate >= SYSDATE - 3", 1),
    ] {
        let rows = world
            .rows(
                &format!("SELECT id FROM transaction WHERE {condition}"),
                &[],
            )
            .await;
        assert_eq!(rows.len(), count, "{condition}");
    }
}

#[tokio::test]
async fn the_lists_of_the_set_up_can_be_asked_for() {
    let world = World::start().await;
    for (sql, name) in [
        (
            "SELECT id, symbol AS name FROM currency WHERE symbol = 'JPY'",
            "JPY",
        ),
        ("SELECT id, name FROM subsidiary WHERE id = 2", "Web Stores"),
        (
            "SELECT id, name FROM location WHERE subsidiary = 2 AND id = 6",
            "Main Warehouse",
        ),
        (
            "SELECT id, name FROM department WHERE id = '3'",
            "E-Commerce",
        ),
    ] {
        assert_eq!(world.rows(sql, &[]).await[0]["name"], name);
    }
}
