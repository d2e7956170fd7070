//! The NetSuite side in `suitescript/`: what its scripts really do, and the fields it declares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sandbox::netsuite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::Database;
use crate::door::{CALLBACKS, Door};
use crate::taxes::{EXACT, included, legacy, plain, rich, taxed};
use crate::world::{Change, World};

/// The request that the callback script made.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    /// Runs the script in node, where N/crypto is node's own.
    pub(crate) fn of(secret: &str, event: &str, record: &str, id: &str, seconds_ago: u32) -> Self {
        // An administrator pastes what follows `whsec_` into the API secret.
        let pasted = secret.strip_prefix("whsec_").unwrap();
        let output = Command::new("node")
            .arg(root().join("suitescript/netsuite/send.js"))
            .args([pasted, event, record, id, &seconds_ago.to_string()])
            .output()
            .unwrap_or_else(|error| panic!("node, which script/test installs: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What the service answers.
    async fn post(&self, door: &Door) -> u16 {
        let path = self
            .url
            .strip_prefix("https://waybill.example.com")
            .unwrap();
        let own = |name: &str| name.starts_with("webhook-");
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(headers.len(), 3);
        door.post(path, &headers, self.body.as_bytes()).await.status
    }

    /// The same request with one byte of the body or of a signed header changed, each in turn.
    fn forgeries(&self) -> Vec<Self> {
        let body = flipped(&self.body).into_iter().map(|body| Self {
            body,
            ..self.clone()
        });
        let names = self.headers.keys().filter(|n| n.starts_with("webhook-"));
        let headers = names.flat_map(|name| {
            flipped(&self.headers[name]).into_iter().map(|value| {
                let mut forged = self.clone();
                forged.headers.insert(name.clone(), value);
                forged
            })
        });
        body.chain(headers).collect()
    }
}

/// `text` with the lowest bit of one byte turned, for each byte.
fn flipped(text: &str) -> Vec<String> {
    let flip = |place: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[place] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    (0..text.len()).map(flip).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
async fn the_scripts_signature_is_accepted_and_names_the_document() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let saves = [
        ("CREATE", "itemfulfillment"),
        ("SHIP", "itemfulfillment"),
        ("XEDIT", "salesorder"),
        ("APPROVE", "returnauthorization"),
        ("EDIT", "itemreceipt"),
        ("DELETE", "customer"),
    ];
    for (event, record) in saves {
        let request = Request::of(CALLBACKS[0], event, record, "881", 0);
        assert_eq!(request.post(&door).await, 200, "{event} {record}");
    }
    assert_eq!(
        database
            .texts("select concat_ws('|', topic, document) from event order by id")
            .await,
        [
            "itemFulfillment/create|fulfillment/netsuite/881",
            "itemFulfillment/update|fulfillment/netsuite/881",
            "salesOrder/update|order/netsuite/881",
            "returnAuthorization/update|return/netsuite/881",
            "itemReceipt/update|receipt/netsuite/881",
            "customer/delete|customer/netsuite/881",
        ]
    );
    door.close().await;
}

#[tokio::test]
async fn each_changed_byte_of_what_the_script_sends_is_refused() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let request = Request::of(CALLBACKS[0], "CREATE", "itemfulfillment", "881", 0);
    let forgeries = request.forgeries();
    assert!(forgeries.len() > 120, "{}", forgeries.len());
    for forged in forgeries {
        assert_eq!(forged.post(&door).await, 401, "{forged:?}");
    }
    assert_eq!(database.number("select count(*) from event").await, 0);
    assert_eq!(request.post(&door).await, 200);
    door.close().await;
}

#[tokio::test]
async fn what_the_script_signed_long_ago_or_under_another_secret_is_refused() {
    let database = Database::new().await;
    let door = Door::open(&database).await;
    let late = Request::of(CALLBACKS[0], "EDIT", "salesorder", "5", 310);
    assert_eq!(late.post(&door).await, 401);
    let other = Request::of("whsec_b3RoZXItc2VjcmV0", "EDIT", "salesorder", "5", 0);
    assert_eq!(other.post(&door).await, 401);
    let while_rotating = Request::of(CALLBACKS[1], "EDIT", "salesorder", "5", 0);
    assert_eq!(while_rotating.post(&door).await, 200);
    door.close().await;
}

const RATES: &[(&str, &str)] = &[
    (EXACT, "strategy = \"legacy_rate\"\ntolerance = \"0.05\""),
    ("code = \"11\"\ntype = \"3\"", "code = \"9\""),
    ("code = \"9\"\ntype = \"1\"", "code = \"9\""),
];

/// The tax that the script leaves a sales order with, where each line is taxed and where the document is.
fn mended(order: &Transaction) -> Value {
    let lines = order.lines.iter().map(|line| {
        json!({"amount": line.amount.to_string(), "item_type": line.item_type, "fields": line.fields})
    });
    let order = json!({"fields": order.fields, "lines": lines.collect::<Vec<_>>()});
    let mut node = Command::new("node")
        .arg(root().join("suitescript/netsuite/mend.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    input.write_all(order.to_string().as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors} {order}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn from_what_the_service_writes_the_legacy_script_makes_shopifys_tax_to_the_cent() {
    for orders in ["", "discounts = \"per_order\""] {
        let change = Change {
            orders,
            ..taxed(RATES, legacy)
        };
        let world = World::with(change).await;
        for order in [plain(), included(), rich()] {
            let order = world.shop.place_order(order);
            world.drain().await;
            let tax = format!("{:.2}", order.totals.tax.shop);
            let booked = world.sales_order(order.id);
            assert_eq!(mended(&booked), json!({"line": tax, "document": tax}));
        }
    }
}

#[test]
fn every_custom_field_that_the_service_or_the_twin_names_is_declared() {
    let mut named = BTreeSet::new();
    for folder in ["src", "sandbox/src", "tests/it", "examples"] {
        fields_named_in(&root().join(folder), &mut named);
    }
    assert!(named.contains("custcol_waybill_line"), "{named:?}");
    let absent: Vec<&String> = named
        .iter()
        .filter(|name| {
            !root()
                .join(format!("suitescript/src/Objects/{name}.xml"))
                .exists()
        })
        .collect();
    assert!(
        absent.is_empty(),
        "suitescript/src/Objects lacks {absent:?}"
    );
}

#[test]
fn the_readme_gives_the_role_every_record_that_is_called() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| Transactions: ") || line.starts_with("| Lists: "))
        .collect();
    let mut called = 0;
    for entry in fs::read_dir(root().join("src/netsuite")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(path).unwrap_or_default();
        for rest in text.split("const RECORD: &str = \"").skip(1) {
            let record = rest.split('"').next().unwrap();
            let row = rows.iter().any(|row| row.contains(&format!("`{record}`")));
            assert!(row, "README.md, the role: {record}");
            called += 1;
        }
    }
    assert!(called > 3, "{called}");
}

fn fields_named_in(path: &Path, named: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            fields_named_in(&entry.unwrap().path(), named);
        }
        return;
    }
    let Ok(text) = fs::read_to_string(path) else {
        return;
    };
    for prefix in ["custbody_waybill_", "custcol_waybill_"] {
        for rest in text.split(prefix).skip(1) {
            let name = |c: char| c.is_ascii_lowercase() || c == '_';
            let own: String = rest.chars().take_while(|c| name(*c)).collect();
            if !own.is_empty() {
                named.insert(format!("{prefix}{own}"));
            }
        }
    }
}
