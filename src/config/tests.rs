use std::path::Path;

use super::*;

const EXAMPLE: &str = include_str!("../../waybill.example.toml");
const KEY: &str = "tests/fixtures/keys/netsuite-ec.pem";

/// The least that works.
const LEAST: &str = r#"
[netsuite]
account = "1234567"
client_id = { env = "ID" }
certificate_id = "c"
private_key = { file = "KEY" }

[[store]]
name = "us"
domain = "acme-us.myshopify.com"
client_id = { env = "ID" }
client_secrets = [{ env = "SECRET" }]
time_zone = "America/New_York"
tax.strategy = "suitetax_override"
"#;

fn environment() -> Environment {
    [
        ("ID", "the-id"),
        ("SECRET", "hush"),
        ("EMPTY", ""),
        ("CALLBACK", "whsec_aHVzaC1odXNo"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn read(text: &str) -> Result<Config, Error> {
    let text = text.replace("KEY", KEY);
    parse(&text, Path::new("waybill.toml"), &environment())
}

/// The least configuration, for other modules' tests to change.
pub(crate) fn sample() -> Config {
    read(LEAST).unwrap()
}

/// What is said about the least configuration with `new` for `old`, and `more` at the end of the store.
fn said(old: &str, new: &str) -> String {
    assert!(LEAST.contains(old), "{old}");
    read(&LEAST.replacen(old, new, 1)).unwrap_err().to_string()
}

fn said_of_store(more: &str) -> String {
    read(&format!("{LEAST}{more}\n")).unwrap_err().to_string()
}

fn said_of_top(more: &str) -> String {
    read(&format!("{more}\n{LEAST}")).unwrap_err().to_string()
}

#[test]
fn the_least_configuration_is_enough() {
    let config = read(LEAST).unwrap();

    assert_eq!(config.timing.give_up_after.as_secs(), 75 * 3600);
    assert_eq!(
        config.netsuite.base_url(),
        "https://1234567.suitetalk.api.netsuite.com"
    );
    assert_eq!(config.stores[0].base_url(), "https://acme-us.myshopify.com");
}

#[test]
fn one_call_at_once_leaves_none_to_reserve() {
    let config = read(&LEAST.replace("certificate_id", "concurrency = 1\ncertificate_id")).unwrap();
    assert_eq!(config.netsuite.reserved_for_live, 0);
}

#[test]
fn the_example_reads_whole() {
    let names = EXAMPLE.split("env = \"").skip(1);
    let names = names.filter_map(|rest| rest.split('"').next());
    let value = |name: &str| match name {
        "NETSUITE_CALLBACK_SECRET" => "whsec_aHVzaC1odXNo",
        _ => "a value",
    };
    let environment = names
        .map(|name| (name.to_owned(), value(name).to_owned()))
        .collect();
    let text = EXAMPLE.replace("/run/secrets/netsuite.pem", KEY);

    let config = parse(&text, Path::new("waybill.example.toml"), &environment).unwrap();

    let store = &config.stores[0];
    assert_eq!(
        store.orders.since.unwrap().to_rfc3339(),
        "2026-11-01T00:00:00+00:00"
    );
    assert_eq!(store.shipping.default.as_deref(), Some("601"));
    assert_eq!(store.fields[0].field, "custbody_gift_note");
    assert!(config.netsuite.is_trial());
}

#[test]
fn every_setting_that_the_example_offers_in_a_comment_is_one() {
    let key = |line: &str| line.split_once(" = ").map(|(key, _)| key.trim().to_owned());
    let offered = |line: &&str| key(line).is_some_and(|key| !key.contains(' '));
    let line = |line| match str::strip_prefix(line, "# ").filter(offered) {
        Some(setting) => setting,
        None => line,
    };
    let text: Vec<&str> = EXAMPLE.lines().map(line).collect();

    let error = read(&text.join("\n")).unwrap_err();

    let unreadable: Vec<_> = error
        .mistakes()
        .iter()
        .filter(|mistake| {
            !mistake.what.contains("not set") && !mistake.what.contains("cannot be read")
        })
        .collect();
    assert!(unreadable.is_empty(), "{unreadable:?}");
}

/// A setting that cannot be found in the example does not exist for its users.
#[test]
fn every_setting_is_in_the_example() {
    let tables = "public operator netsuite sweeps timing store.orders store.tax store.items store.billing \
        store.inventory store.fulfillments store.returns store.customers";
    let lists = [
        "[[store]]",
        "[[store.tax.map]]",
        "[[store.field]]",
        "[store.payments.default]",
    ];
    let tables = tables.split_whitespace().map(|name| format!("[{name}]"));
    let mut absent = Vec::new();
    for table in tables.chain(lists.map(str::to_owned)) {
        let error =
            read(&EXAMPLE.replacen(&table, &format!("{table}\nzzzzzzzz = 1"), 1)).unwrap_err();
        let unknown = error
            .mistakes()
            .iter()
            .find(|it| it.key.ends_with("zzzzzzzz"));
        let unknown = &unknown.expect(&table).what;
        let (_, known) = unknown.split_once("known here are ").expect(unknown);
        let keys = known.split(", ").filter(|key| !EXAMPLE.contains(key));
        absent.extend(keys.map(|key| format!("{table} {key}")));
    }
    assert!(absent.is_empty(), "waybill.example.toml: add {absent:?}");
}

#[test]
fn a_free_shipping_method_and_a_tender_are_keys_of_the_shop() {
    let config = read(&format!(
        "{LEAST}[store.shipping]\nas = \"line\"\n\"Express 24h\" = \"602\"\n[store.items]\ntender.gift_card = \"9\"\n"
    ))
    .unwrap();

    let store = &config.stores[0];
    assert_eq!(store.shipping.form, store::ShippingForm::Line);
    assert_eq!(store.shipping.methods["Express 24h"], "602");
    assert_eq!(store.items.tender["gift_card"], "9");
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_the_nearest() {
    assert_eq!(
        said("time_zone", "time_zne"),
        "waybill.toml:13:1: store[0].time_zne: unknown key `time_zne`: did you mean `time_zone`?\n\
         waybill.toml:8:1: store[0]: the key `time_zone` is missing"
    );
    assert_eq!(
        said_of_store("[store.orders]\nwen = \"paid\"\npeticoat = 1"),
        "waybill.toml:16:1: store[0].orders.wen: unknown key `wen`: did you mean `when`?\n\
         waybill.toml:17:1: store[0].orders.peticoat: unknown key `peticoat`: known here are \
         when, since, adopt, record, status, location, price_level, form, department, class, sales_channel, \
         commit, hold_if_risk, closed_period, terms, sku_field, discounts, \
         cancel_in_shopify, cancel_notifies_customer, channel"
    );
}

#[test]
fn a_wrong_value_is_named_with_what_was_expected() {
    for (more, what) in [
        (
            "[store.orders]\nwhen = \"authorised\"",
            "16:8: store[0].orders.when: `authorised` is not one of placed, authorized, paid, fulfilled: did you mean `authorized`?",
        ),
        (
            "[store.orders]\nprice_level = -1",
            "16:15: store[0].orders.price_level: expected a text: write \"-1\", in quotes",
        ),
        (
            "[store.orders]\nsince = 2026-11-01",
            "16:9: store[0].orders.since: expected a time with its zone: 2026-11-01T00:00:00Z",
        ),
        (
            "[[store.tax.map]]\ncode = \"1\"\ntype = \"2\"\nrate = 0.05",
            "18:8: store[0].tax.map[0].rate: expected an exact decimal, in quotes: \"0.05\"",
        ),
        (
            "[store.shipping]\nas = \"heder\"",
            "16:6: store[0].shipping.as: `heder` is not one of header, line: did you mean `header`?",
        ),
        (
            "[store.inventory]\nbuffer = -2",
            "16:10: store[0].inventory.buffer: expected u32",
        ),
    ] {
        assert_eq!(said_of_store(more), format!("waybill.toml:{what}"));
    }
    assert_eq!(
        said("America/New_York", "America/New_Yrok"),
        "waybill.toml:13:13: store[0].time_zone: `America/New_Yrok` is no time zone: did you mean `America/New_York`?"
    );
}

#[test]
fn what_is_no_toml_is_shown_where_it_stops() {
    assert_eq!(
        said("account = ", "account "),
        "waybill.toml:3:9: key with no value, expected `=`"
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    for (old, new) in [
        (
            "client_id = { env = \"ID\" }\ncert",
            "client_id = \"shpss_1234\"\ncert",
        ),
        ("[{ env = \"SECRET\" }]", "[\"shpss_1234\"]"),
        ("[{ env = \"SECRET\" }]", "\"shpss_1234\""),
        ("[{ env = \"SECRET\" }]", "[12345678]"),
        ("[{ env = \"SECRET\" }]", "[{ shpss_1234 = \"\" }]"),
        ("[{ env = \"SECRET\" }]", "[{ value = \"shpss_1234\" }]"),
        (
            "[{ env = \"SECRET\" }]",
            "[{ env = \"SECRET\", file = \"shpss_1234\" }]",
        ),
    ] {
        let said = said(old, new);
        assert!(!said.contains("1234\""), "{said}");
        assert!(!said.contains("shpss"), "{said}");
        assert!(!said.contains("12345678"), "{said}");
        let how = "a secret is named, not written: { env = \"NAME\" } or { file = \"PATH\" }";
        assert!(
            said.contains(how) || said.ends_with("expected a sequence"),
            "{said}"
        );
    }
}

#[test]
fn secrets_that_cannot_be_read_are_all_named() {
    let text = LEAST
        .replacen("env = \"ID\"", "env = \"NOWHERE\"", 1)
        .replacen("env = \"SECRET\"", "env = \"EMPTY\"", 1);

    let said = parse(&text, Path::new("waybill.toml"), &environment())
        .unwrap_err()
        .to_string();

    assert_eq!(
        said,
        "waybill.toml:4:13: netsuite.client_id: the environment variable NOWHERE is not set\n\
         waybill.toml:6:15: netsuite.private_key: the file KEY cannot be read: No such file or directory (os error 2)\n\
         waybill.toml:12:19: store[0].client_secrets[0]: the secret it names is empty"
    );
}

#[test]
fn a_secret_never_prints() {
    let config = read(LEAST).unwrap();
    assert!(!format!("{config:?}").contains("hush"));
}

/// A replacement in the least configuration, and what is then said.
const IMPOSSIBLE: &[(&str, &str, &str)] = &[
    (
        "name = \"us\"",
        "name = \"US store\"",
        "9:1: store[0].name: expected lower-case letters, digits and `-`: it goes into external ids",
    ),
    (
        "name = \"us\"",
        "name = \"netsuite\"",
        "9:1: store[0].name: `netsuite` is the owner of NetSuite's documents",
    ),
    (
        "acme-us.myshopify.com",
        "shop.acme.com",
        "10:1: store[0].domain: expected the shop's permanent domain, in lower case: acme-us.myshopify.com",
    ),
    (
        "[{ env = \"SECRET\" }]",
        "[]",
        "12:1: store[0].client_secrets: at least one is needed: webhooks are verified with it",
    ),
    (
        "\"suitetax_override\"",
        "\"tax_line\"",
        "8:1: store[0].items.tax: needed by the tax strategy tax_line: the NetSuite item that carries the tax",
    ),
    (
        "\"suitetax_override\"",
        "\"suitetax_override\"\ntax.tolerance = \"0.01\"",
        "15:5: store[0].tax.tolerance: is for the strategies native and legacy_rate; this one is exact",
    ),
    (
        "account = \"1234567\"",
        "account = \"1234567\"\nconcurrency = 0",
        "4:1: netsuite.concurrency: must be at least 1",
    ),
    (
        "account = \"1234567\"",
        "account = \"1234567\"\nreserved_for_live = 3",
        "4:1: netsuite.reserved_for_live: must be lower than concurrency (3), or backfills never run",
    ),
    (
        "account = \"1234567\"",
        "account = \"1234567\"\nurl = \"https://1234567-sb1.suitetalk.api.netsuite.com\"",
        "4:1: netsuite.url: is the address of account 1234567-sb1, not of 1234567; if that is meant, set allow_mixed = true",
    ),
    (
        "account = \"1234567\"",
        "account = \"1234567\"\ncallback_secrets = [{ env = \"SECRET\" }]",
        "4:21: netsuite.callback_secrets[0]: the secret it names must be whsec_ and base64",
    ),
    (
        "{ file = \"KEY\" }",
        "{ env = \"SECRET\" }",
        "6:1: netsuite.private_key: the secret it names must be a private key in PEM form: RSA, or EC as PKCS#8 (BEGIN PRIVATE KEY)",
    ),
];

#[test]
fn what_cannot_work_is_refused_with_the_key_and_the_reason() {
    for (old, new, what) in IMPOSSIBLE {
        assert_eq!(said(old, new), format!("waybill.toml:{what}"));
    }
}

#[test]
fn what_cannot_work_in_a_store_or_in_timing_is_refused() {
    for (more, what) in [
        (
            "[store.locations]\n1 = [\"6\"]\n2 = [\"7\", \"6\"]",
            "17:1: store[0].locations.2: NetSuite location 6 is already shown by Shopify location 1: the same unit would be sold twice",
        ),
        (
            "[store.fulfillments.carriers]\n601 = \"Ups\"",
            "16:1: store[0].fulfillments.carriers.601: Shopify knows no carrier `Ups` and cannot tell where its numbers lead: correct the spelling, or give it an entry in tracking_urls",
        ),
        (
            "[store.fulfillments.tracking_urls]\nX = \"https://x.example/\"",
            "16:1: store[0].fulfillments.tracking_urls.X: expected an address in which {number} stands for the tracking number",
        ),
        (
            "[[store.field]]\nrecord = \"salesOrder\"\nfield = \"memo\"\nvalue = \"order.note |\"",
            "18:1: store[0].field[0].value: not a Jinja expression: unexpected end of input, expected identifier",
        ),
        (
            "[store.payments.manual]\nundeposited = true\naccount = \"1\"",
            "16:1: store[0].payments.manual.undeposited: give either this or an account, not both",
        ),
        (
            "[store.payments.manual]\naccounts.EURO = \"1\"",
            "16:10: store[0].payments.manual.accounts.EURO: expected a currency's three letters: EUR",
        ),
        (
            "[timing]\nlease = \"300ms\"\npoll = \"200ms\"",
            "17:1: timing.poll: must be at most a third of lease",
        ),
        (
            "[operator]\nlisten = \"0.0.0.0:8081\"",
            "16:1: operator.listen: without [operator] tokens this listener must be on a loopback address: 127.0.0.1:8081",
        ),
        (
            "[[store]]\nname = \"us\"\ndomain = \"acme-us.myshopify.com\"\nclient_id = { env = \"ID\" }\n\
             client_secrets = [{ env = \"SECRET\" }]\ntime_zone = \"UTC\"\ntax.strategy = \"native\"",
            "16:1: store[1].name: two stores are called `us`\n\
             waybill.toml:17:1: store[1].domain: two stores have the domain acme-us.myshopify.com",
        ),
    ] {
        assert_eq!(said_of_store(more), format!("waybill.toml:{what}"));
    }
    assert_eq!(
        said_of_top("store = []\n[public]\nlisten = \"8080\"")
            .lines()
            .count(),
        1
    );
}

#[test]
fn a_file_that_is_not_there_says_how_to_begin() {
    let error = load(Some(Path::new("no/such/waybill.toml"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no configuration at no/such/waybill.toml: copy waybill.example.toml there, or name a file with --config or WAYBILL_CONFIG"
    );
}
