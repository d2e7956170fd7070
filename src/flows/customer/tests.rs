//! The comparison of both sides: who wins, what is written, and that nothing is written twice.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::links::Last;
use super::merge::{self, Merged};
use super::names;
use crate::config::store::{CustomerDirection, Customers, FieldOwners, Owner};
use crate::link::InternalId;
use crate::netsuite::address::Address;
use crate::netsuite::customers::{Customer as Record, Line};
use crate::shopify::customer::{Customer, Saved};
use crate::shopify::order;

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn street(name: &str) -> order::Address {
    order::Address {
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        address1: text(name),
        city: text("Paris"),
        zip: text("75001"),
        country_code: text("FR"),
        ..order::Address::default()
    }
}

fn customer() -> Customer {
    Customer {
        id: 77,
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        name: "Ada Lovelace".to_owned(),
        email: text("ada@example.com"),
        phone: text("+33142000000"),
        note: None,
        tax_exempt: false,
        updated_at: at(100),
        addresses: vec![Saved {
            id: 1,
            address: street("1 Rue A"),
        }],
        default_address: Some(1),
    }
}

fn line(key: &str, street: &str, is_default: bool) -> Line {
    Line {
        key: key.to_owned(),
        label: None,
        default_billing: is_default,
        default_shipping: is_default,
        address: Address {
            addressee: text("Ada Lovelace"),
            addr1: text(street),
            city: text("Paris"),
            zip: text("75001"),
            country: text("FR"),
            ..Address::default()
        },
    }
}

fn record() -> Record {
    Record {
        id: InternalId("1004".to_owned()),
        external_id: text("cust-us-77"),
        is_person: true,
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        company_name: None,
        email: text("Ada@Example.com"),
        phone: text("0033 1 42 00 00 00"),
        inactive: false,
        subsidiary: text("2"),
        modified: Some(at(50)),
        addresses: vec![line("11", "1 Rue A", true)],
    }
}

fn settings(direction: CustomerDirection, owner: Option<Owner>) -> Customers {
    Customers {
        direction,
        fields: FieldOwners {
            name: owner,
            email: owner,
            phone: owner,
            addresses: owner,
        },
        ..Customers::default()
    }
}

fn merged(customer: &Customer, record: &Record, last: &Last, settings: &Customers) -> Merged {
    merge::merge(customer, record, last, settings)
}

#[test]
fn what_says_the_same_in_another_spelling_is_equal() {
    for direction in [
        CustomerDirection::ShopifyToNetsuite,
        CustomerDirection::NetsuiteToShopify,
        CustomerDirection::Both,
    ] {
        let merged = merged(
            &customer(),
            &record(),
            &Last::default(),
            &settings(direction, None),
        );
        assert!(merged.is_empty(), "{merged:?}");
    }
}

#[test]
fn the_owner_of_a_field_wins_whoever_changed_it() {
    let (mut shopify, mut netsuite) = (customer(), record());
    shopify.email = text("new@example.com");
    netsuite.phone = text("+33142999999");
    let both = |owner| {
        let settings = settings(CustomerDirection::Both, Some(owner));
        merged(&shopify, &netsuite, &Last::default(), &settings)
    };
    let by_shopify = both(Owner::Shopify);
    assert_eq!(by_shopify.to_netsuite["email"], "new@example.com");
    assert_eq!(by_shopify.to_netsuite["phone"], "+33142000000");
    assert!(by_shopify.to_shopify.is_empty());
    let by_netsuite = both(Owner::Netsuite);
    assert!(by_netsuite.to_netsuite.is_empty());
    assert_eq!(by_netsuite.to_shopify.email, text("Ada@Example.com"));
    assert_eq!(by_netsuite.to_shopify.phone, text("+33142999999"));
}

#[test]
fn the_newest_is_the_side_that_changed_and_else_the_later_one() {
    let settings = settings(CustomerDirection::Both, Some(Owner::Newest));
    let last =
        merged(&customer(), &record(), &Last::default(), &settings).remembered(&Last::default());
    let mut changed = record();
    changed.email = text("later@example.com");
    // NetSuite's clock is behind, and it is still the only one that changed.
    let one = merged(&customer(), &changed, &last, &settings);
    assert_eq!(one.to_shopify.email, text("later@example.com"));
    assert!(one.to_netsuite.is_empty());
    let mut other = customer();
    other.email = text("other@example.com");
    let conflict = merged(&other, &changed, &last, &settings);
    assert_eq!(conflict.to_netsuite["email"], "other@example.com");
    changed.modified = Some(at(1000));
    let conflict = merged(&other, &changed, &last, &settings);
    assert_eq!(conflict.to_shopify.email, text("later@example.com"));
}

#[test]
fn no_address_is_added_that_is_there_and_a_changed_one_keeps_its_line() {
    let settings = settings(CustomerDirection::ShopifyToNetsuite, None);
    let first = merged(&customer(), &record(), &Last::default(), &settings);
    assert!(first.is_empty());
    let last = first.remembered(&Last::default());

    let mut moved = customer();
    moved.addresses[0].address = street("2 Rue B");
    moved.addresses.push(Saved {
        id: 2,
        address: street("3 Rue C"),
    });
    moved.default_address = Some(2);
    let merged = merged(&moved, &record(), &last, &settings);
    let items = merged.to_netsuite["addressBook"]["items"]
        .as_array()
        .unwrap();
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[0]["id"], json!(11));
    assert_eq!(items[0]["addressBookAddress"]["addr1"], "2 Rue B");
    assert_eq!(items[0]["defaultShipping"], json!(false));
    assert_eq!(items[1]["addressBookAddress"]["addr1"], "3 Rue C");
    assert_eq!(items[1]["label"], "3 Rue C, Paris");
    assert_eq!(items[1]["defaultShipping"], json!(true));

    // Once NetSuite shows it with its line, there is nothing to write.
    let mut after = record();
    after.addresses = vec![line("11", "2 Rue B", false), line("12", "3 Rue C", true)];
    let again = merge::merge(&moved, &after, &merged.remembered(&last), &settings);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_line_of_netsuite_becomes_a_saved_address_once() {
    let settings = settings(CustomerDirection::NetsuiteToShopify, None);
    let mut netsuite = record();
    netsuite.addresses.push(line("12", "9 Rue Z", false));
    let merged = merged(&customer(), &netsuite, &Last::default(), &settings);
    assert_eq!(merged.addresses.len(), 1);
    let owed = &merged.addresses[0];
    assert_eq!((owed.saved, owed.is_default), (None, false));
    assert_eq!(owed.address, street("9 Rue Z"));
    let mut shopify = customer();
    shopify.addresses.push(Saved {
        id: 2,
        address: owed.address.clone(),
    });
    let again = merge::merge(&shopify, &netsuite, &Last::default(), &settings);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn what_is_absent_erases_nothing_and_a_person_stays_a_person() {
    let settings = settings(CustomerDirection::ShopifyToNetsuite, None);
    let mut bare = customer();
    (bare.first_name, bare.last_name) = (None, None);
    (bare.email, bare.phone) = (None, None);
    bare.addresses.clear();
    assert!(merged(&bare, &record(), &Last::default(), &settings).is_empty());

    let mut one_name = customer();
    (one_name.first_name, one_name.last_name) = (text("Cher"), None);
    let person = merged(&one_name, &record(), &Last::default(), &settings);
    assert_eq!(person.to_netsuite["lastName"], "Cher");
    assert!(!person.to_netsuite.contains_key("companyName"));
    let company = Record {
        is_person: false,
        first_name: None,
        last_name: None,
        company_name: text("Analytical Engines"),
        ..record()
    };
    let renamed = merged(&customer(), &company, &Last::default(), &settings);
    assert_eq!(renamed.to_netsuite["companyName"], "Ada Lovelace");
    assert_eq!(names::new(&one_name).company, text("Cher"));
}

#[test]
fn a_local_phone_number_is_not_sent_to_shopify() {
    let settings = settings(CustomerDirection::NetsuiteToShopify, None);
    let local = Record {
        phone: text("(555) 010-0199"),
        ..record()
    };
    assert!(merged(&customer(), &local, &Last::default(), &settings).is_empty());
}

#[test]
fn of_a_record_just_made_each_side_s_first_change_is_its_own() {
    let settings = settings(CustomerDirection::Both, None);
    let last = merge::as_created(&customer());
    let mut shopify = customer();
    shopify.email = text("new@example.com");
    shopify.addresses[0].address = street("2 Rue B");
    let netsuite = Record {
        phone: text("+33142999999"),
        modified: Some(at(1000)),
        email: text("ada@example.com"),
        ..record()
    };
    let netsuite = Record {
        addresses: vec![line("11", "1 Rue A", true)],
        ..netsuite
    };
    let merged = merged(&shopify, &netsuite, &last, &settings);
    assert_eq!(merged.to_netsuite["email"], "new@example.com");
    let lines = &merged.to_netsuite["addressBook"]["items"];
    assert_eq!(lines[0]["id"], json!(11), "{lines}");
    assert_eq!(lines[0]["addressBookAddress"]["addr1"], "2 Rue B");
    assert_eq!(merged.to_shopify.phone, text("+33142999999"));
    assert_eq!(merged.to_shopify.email, None);
}

#[test]
fn what_was_never_on_both_sides_is_removed_from_none() {
    for owner in [Owner::Shopify, Owner::Netsuite, Owner::Newest] {
        let settings = settings(CustomerDirection::Both, Some(owner));
        let mut netsuite = record();
        netsuite.addresses.push(line("12", "9 Rue Z", false));
        let last = merge::agreed(&customer(), &netsuite, &Last::default());
        let mut shopify = customer();
        shopify.email = text("new@example.com");
        let merged = merged(&shopify, &netsuite, &last, &settings);
        assert!(merged.addresses.is_empty(), "{merged:?}");
        assert!(!merged.replaces_book);
        assert!(!merged.to_netsuite.contains_key("addressBook"));
    }
}

#[test]
fn a_removed_address_goes_or_comes_back_by_its_owner() {
    let two = || {
        let mut two = customer();
        two.addresses.push(Saved {
            id: 2,
            address: street("3 Rue C"),
        });
        two
    };
    let mut both = record();
    both.addresses.push(line("12", "3 Rue C", false));
    let last = merge::agreed(&two(), &both, &Last::default());
    for (owner, goes) in [
        (Owner::Shopify, true),
        (Owner::Newest, true),
        (Owner::Netsuite, false),
    ] {
        let settings = settings(CustomerDirection::Both, Some(owner));
        let here = merge::merge(&customer(), &both, &last, &settings);
        assert_eq!(here.replaces_book, goes, "{owner:?}");
        assert_eq!(here.addresses.len(), usize::from(!goes));
        let there = merge::merge(&two(), &record(), &last, &settings);
        assert_eq!(
            there.removed,
            if owner == Owner::Shopify {
                vec![]
            } else {
                vec![2]
            }
        );
        assert_eq!(
            there.to_netsuite.contains_key("addressBook"),
            owner == Owner::Shopify
        );
    }
    // As well while nobody has read the record that was made.
    let unread = merge::as_created(&two());
    let newest = settings(CustomerDirection::Both, Some(Owner::Newest));
    let here = merge::merge(&customer(), &both, &unread, &newest);
    assert!(here.replaces_book && here.addresses.is_empty(), "{here:?}");
    let there = merge::merge(&two(), &record(), &unread, &newest);
    assert_eq!(there.removed, [2]);
    // An address that goods go to stays in the shop.
    let settings = settings(CustomerDirection::NetsuiteToShopify, None);
    let mut none = record();
    none.addresses.clear();
    let kept = merge::merge(&two(), &none, &last, &settings);
    assert_eq!(kept.removed, [2]);
}

#[test]
fn an_emptied_field_is_emptied_only_where_it_was_filled_before() {
    let settings = settings(CustomerDirection::ShopifyToNetsuite, None);
    let last = merge::agreed(&customer(), &record(), &Last::default());
    let mut bare = customer();
    (bare.email, bare.phone) = (None, None);
    let emptied = merged(&bare, &record(), &last, &settings);
    assert_eq!(emptied.to_netsuite["email"], json!(null));
    assert_eq!(emptied.to_netsuite["phone"], json!(null));
    assert_eq!(emptied.record.phone, None);
    // NetSuite fills in what the shop never had: it stays.
    let mut without = record();
    without.phone = None;
    let mut phoneless = customer();
    phoneless.phone = None;
    let last = merge::agreed(&phoneless, &without, &Last::default());
    assert!(merged(&phoneless, &record(), &last, &settings).is_empty());
}

#[test]
fn lengths_are_counted_in_characters() {
    let settings = settings(CustomerDirection::ShopifyToNetsuite, None);
    let mut long = customer();
    long.last_name = Some("é".repeat(40));
    long.email = Some(format!("{}@example.com", "é".repeat(242)));
    let merged = merged(&long, &record(), &Last::default(), &settings);
    assert_eq!(merged.to_netsuite["lastName"], "é".repeat(32));
    assert_eq!(merged.to_netsuite["email"], long.email.unwrap());
    let company = Customer {
        first_name: None,
        last_name: Some("漢".repeat(100)),
        ..customer()
    };
    assert_eq!(names::new(&company).company, Some("漢".repeat(83)));
}
