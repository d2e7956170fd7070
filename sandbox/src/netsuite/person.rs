//! What people do in the NetSuite user interface, and what other integrations bring in.
//!
//! The same rules hold as for the record service, but `source` is empty, numbers may be chosen, and no call
//! is counted.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::Refusal;
use super::callback::Change;
use super::document::{self, Fields};
use super::intake::{Intake, UnknownNames};
use super::kind::{Class, Kind};
use super::record::limits::default_limit;
use super::record::write::{self, Origin};
use super::record::{effects, transform};
use super::schema;
use super::state::{Record, State, now};

/// An item to have from the start.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeedItem {
    /// A wished id; a free one is taken otherwise.
    #[serde(default)]
    pub id: Option<u64>,
    /// The SKU, byte for byte: case, leading zeros and blanks count.
    pub item_id: String,
    #[serde(default = "inventory_item")]
    pub kind: Kind,
    #[serde(default)]
    pub external_id: Option<String>,
    #[serde(default)]
    pub upc: Option<String>,
    #[serde(default)]
    pub display_name: Option<String>,
    /// The base price; without it a line must bring its rate.
    #[serde(default)]
    pub price: Option<Decimal>,
    /// Of a discount item: `-10%` or `-5.00`.
    #[serde(default)]
    pub rate: Option<String>,
    #[serde(default)]
    pub inactive: bool,
    #[serde(default = "yes")]
    pub taxable: bool,
    /// Location id and quantity on hand.
    #[serde(default)]
    pub stock: Vec<(String, Decimal)>,
    /// Of a kit: item id and quantity each.
    #[serde(default)]
    pub members: Vec<(u64, Decimal)>,
    /// Custom fields.
    #[serde(default)]
    pub fields: Fields,
}

fn inventory_item() -> Kind {
    Kind::InventoryItem
}

fn yes() -> bool {
    true
}

impl SeedItem {
    /// An inventory item without stock.
    pub fn new(item_id: &str) -> Self {
        SeedItem::of(Kind::InventoryItem, item_id)
    }

    /// An item of another type: a discount, an other charge, a kit.
    pub fn of(kind: Kind, item_id: &str) -> Self {
        SeedItem {
            id: None,
            item_id: item_id.into(),
            kind,
            external_id: None,
            upc: None,
            display_name: None,
            price: None,
            rate: None,
            inactive: false,
            taxable: true,
            stock: Vec::new(),
            members: Vec::new(),
            fields: Fields::new(),
        }
    }

    #[must_use]
    pub fn with_id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    #[must_use]
    pub fn with_stock(mut self, location: &str, on_hand: u32) -> Self {
        self.stock.push((location.into(), on_hand.into()));
        self
    }

    #[must_use]
    pub fn with_price(mut self, price: Decimal) -> Self {
        self.price = Some(price);
        self
    }

    #[must_use]
    pub fn not_taxable(mut self) -> Self {
        self.taxable = false;
        self
    }
}

pub(crate) fn seed_item(state: &mut State, seed: SeedItem) -> u64 {
    let id = state.seed_id(Class::Item, seed.id);
    let mut fields = seed.fields;
    fields.insert("itemId".into(), json!(seed.item_id));
    fields.insert("isInactive".into(), json!(seed.inactive));
    fields.insert("isTaxable".into(), json!(seed.taxable));
    let texts = [
        ("externalId", seed.external_id),
        ("upcCode", seed.upc),
        ("displayName", seed.display_name),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            fields.insert(name.into(), json!(text));
        }
    }
    if let Some(rate) = seed.rate {
        fields.insert("rate".into(), json!(rate));
    }
    if let Some(price) = seed.price {
        document::set_decimal(&mut fields, "price", price);
    }
    let member = |(item, quantity): &(u64, Decimal)| json!({ "item": { "id": item.to_string() }, "quantity": document::number(*quantity) });
    fields.insert("member".into(), seed.members.iter().map(member).collect());
    state.put(Record {
        id,
        kind: seed.kind,
        fields,
        created: now(),
        modified: now(),
        last_line: 0,
        source: "",
    });
    for (location, on_hand) in seed.stock {
        state.stock.set_on_hand(&(id, location), on_hand);
    }
    id
}

/// Creates a record as a person would.
///
/// # Errors
///
/// The refusal the user interface would show.
pub(crate) fn create(state: &mut State, kind: Kind, body: &Value) -> Result<u64, Refusal> {
    let fields = intake(state, kind, body)?;
    as_person(state, |state| {
        write::create(state, kind, fields, Origin::default())
    })
}

/// Changes a record as a person would; sublists named in `replace` lose the lines that are not sent.
///
/// # Errors
///
/// As [`create`].
pub(crate) fn edit(
    state: &mut State,
    kind: Kind,
    id: u64,
    body: &Value,
    replace: &[String],
) -> Result<(), Refusal> {
    let fields = intake(state, kind, body)?;
    as_person(state, |state| {
        write::update(state, kind, id, fields, replace)
    })
}

/// Makes one document from another as a person would: ship an order, bill it, credit an invoice.
///
/// # Errors
///
/// As [`create`].
pub(crate) fn make(
    state: &mut State,
    from: Kind,
    id: u64,
    to: Kind,
    body: &Value,
) -> Result<u64, Refusal> {
    let source = state
        .get(from, id)
        .cloned()
        .ok_or_else(Refusal::no_record)?;
    let fields = intake(state, to, body)?;
    as_person(state, |state| {
        let made = transform::transform(state, &source, to, fields)?;
        state.set_source(to, made, "");
        Ok(made)
    })
}

/// Deletes a record as a person would.
///
/// # Errors
///
/// As [`create`].
pub(crate) fn delete(state: &mut State, kind: Kind, id: u64) -> Result<(), Refusal> {
    write::delete(state, kind, id)
}

/// Cancels an order: its status is C, its stock is free.
///
/// # Errors
///
/// 404 when there is no such order.
pub(crate) fn cancel(state: &mut State, order: u64) -> Result<(), Refusal> {
    let mut record = state
        .get(Kind::SalesOrder, order)
        .cloned()
        .ok_or_else(Refusal::no_record)?;
    record.fields.insert("#cancelled".into(), json!(true));
    record.modified = now();
    effects::commit(state, record);
    state.saved(Kind::SalesOrder, order, Change::Update);
    Ok(())
}

/// Makes a customer or an item inactive, or active again.
///
/// # Errors
///
/// 404 when there is no such record.
pub(crate) fn set_inactive(
    state: &mut State,
    kind: Kind,
    id: u64,
    inactive: bool,
) -> Result<(), Refusal> {
    let mut record = state
        .get(kind, id)
        .cloned()
        .ok_or_else(Refusal::no_record)?;
    record.fields.insert("isInactive".into(), json!(inactive));
    record.modified = now();
    state.put(record);
    state.saved(kind, id, Change::Update);
    Ok(())
}

fn intake(state: &State, kind: Kind, body: &Value) -> Result<Fields, Refusal> {
    let schema = schema::of(kind).ok_or_else(Refusal::method)?;
    let empty = Fields::new();
    let settings = &state.settings;
    let limit = |name: &str| {
        settings
            .text_limits
            .get(name)
            .copied()
            .or_else(|| default_limit(name))
    };
    let mut check = Intake {
        unknown: UnknownNames::Error,
        custom_fields: &settings.custom_fields,
        limit: &limit,
        absent: &[],
        warnings: Vec::new(),
    };
    schema.intake(body.as_object().unwrap_or(&empty), &mut check)
}

/// A person may choose numbers.
fn as_person<T>(
    state: &mut State,
    act: impl FnOnce(&mut State) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let kept = std::mem::replace(&mut state.settings.allow_number_override, true);
    let done = act(state);
    state.settings.allow_number_override = kept;
    done
}
