//! Setting stock through the API: all or nothing, with a key, and only from the quantity the caller expects.

use apollo_compiler::resolvers::{FieldError, ResolveInfo};
use apollo_compiler::response::{JsonMap, JsonValue};

use super::super::catalog::{Level, StockWrite};
use super::super::lock;
use super::super::state::{Notice, State};
use super::super::time::{now, utc};
use super::catalog::{ItemNode, LocationNode, VariantNode};
use super::idempotency::Key;
use super::mutation::{Mutation, input, objects_in};
use super::node::{Record, Resolved, global, number_of, object, refused, user_error_of};

/// Quantities one call may set.
const LIMIT: usize = 250;
const HIGHEST: i64 = 1_000_000_000;

const REASONS: [&str; 16] = [
    "correction",
    "cycle_count_available",
    "damaged",
    "movement_canceled",
    "movement_created",
    "movement_received",
    "movement_updated",
    "other",
    "promotion",
    "quality_control",
    "received",
    "reservation_created",
    "reservation_deleted",
    "reservation_updated",
    "restock",
    "shrinkage",
];

/// One entry that can be carried out.
struct Entry {
    variant: u64,
    item: u64,
    location: u64,
    level: Level,
    quantity: i64,
    delta: i64,
}

struct Wrong {
    path: Vec<String>,
    code: &'static str,
    message: &'static str,
}

impl<'a> Mutation<'a> {
    pub(super) fn set_quantities(&self, info: &ResolveInfo<'_>) -> Resolved<'a> {
        let key = match self.ctx.idempotency(info)? {
            Key::New(key) => Some(key),
            Key::Repeated(_) => None,
            Key::Mismatch => {
                let wrong = Wrong {
                    path: vec!["input".into()],
                    code: "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
                    message: "The same idempotency key was used with different parameters.",
                };
                return object(refusal(&[wrong]));
            }
        };
        let input = input(info, "input");
        let entries = objects_in(&input, "quantities");
        if entries.len() > LIMIT {
            return Err(refused(format!(
                "The input array size of {} is greater than the maximum allowed of {LIMIT}.",
                entries.len()
            )));
        }
        // Compared and set while nothing else moves.
        let mut state = lock(&self.ctx.shop.state);
        let entries = match read(&state, &input, &entries, key.is_some())? {
            Err(wrongs) => return object(refusal(&wrongs)),
            Ok(entries) => entries,
        };
        let notices = match &key {
            Some(_) => self.set(&mut state, &input, &entries),
            None => Vec::new(),
        };
        drop(state);
        if let Some(key) = key {
            self.ctx.remember(key, info);
        }
        self.tell(&notices);
        object(self.group(&input, &entries))
    }

    fn set(&self, state: &mut State, input: &JsonMap, entries: &[Entry]) -> Vec<Notice> {
        let notices = set(state, input, entries);
        let witness = lock(&self.ctx.shop.witness);
        for entry in entries.iter().filter(|_| witness.is_some()) {
            let Some(variant) = state.variants.get(&entry.variant) else {
                continue;
            };
            let after = variant.levels.get(&entry.location).copied();
            let write = StockWrite {
                sku: variant.sku.clone(),
                location: entry.location,
                before: entry.level,
                after: after.unwrap_or_default(),
            };
            witness.iter().for_each(|witness| witness(&write));
        }
        notices
    }

    /// An unchanged quantity makes no change, and no change at all makes no group.
    fn group(&self, input: &JsonMap, entries: &[Entry]) -> Record<'a> {
        let ctx = self.ctx;
        let name = text(input, "name").to_owned();
        let changes: Vec<Record<'a>> = entries
            .iter()
            .filter(|entry| entry.delta != 0)
            .map(|entry| {
                let item = VariantNode::of_item(ctx, entry.item);
                Record::new("InventoryChange")
                    .leaf("name", name.as_str())
                    .leaf("delta", entry.delta)
                    .leaf("quantityAfterChange", entry.quantity)
                    .object(
                        "item",
                        item.map(|node| ItemNode {
                            ctx,
                            variant: node.variant,
                        }),
                    )
                    .object("location", LocationNode::find(ctx, entry.location))
            })
            .collect();
        let id = global("InventoryAdjustmentGroup", lock(&ctx.shop.state).ids.take());
        let group = Record::new("InventoryAdjustmentGroup")
            .leaf("id", id)
            .leaf("createdAt", utc(now()))
            .leaf("reason", text(input, "reason"))
            .leaf(
                "referenceDocumentUri",
                input
                    .get("referenceDocumentUri")
                    .cloned()
                    .unwrap_or_default(),
            );
        let made = (!changes.is_empty()).then(|| group.records("changes", changes));
        Record::new("InventorySetQuantitiesPayload")
            .object("inventoryAdjustmentGroup", made)
            .records("userErrors", Vec::new())
    }
}

fn text<'v>(input: &'v JsonMap, key: &str) -> &'v str {
    input
        .get(key)
        .and_then(JsonValue::as_str)
        .unwrap_or_default()
}

fn refusal<'a>(wrongs: &[Wrong]) -> Record<'a> {
    let errors = wrongs.iter().map(|wrong| {
        let path: Vec<&str> = wrong.path.iter().map(String::as_str).collect();
        user_error_of("InventorySetQuantitiesUserError", &path)
            .leaf("message", wrong.message)
            .leaf("code", wrong.code)
    });
    Record::new("InventorySetQuantitiesPayload")
        .leaf("inventoryAdjustmentGroup", JsonValue::Null)
        .records("userErrors", errors.collect())
}

type Read = Result<Vec<Entry>, Vec<Wrong>>;

fn read(
    state: &State,
    input: &JsonMap,
    entries: &[JsonMap],
    compare: bool,
) -> Result<Read, FieldError> {
    let name = text(input, "name");
    let mut wrongs: Vec<Wrong> = head_wrongs(name, text(input, "reason")).collect();
    let mut read: Vec<Entry> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        if !entry.contains_key("changeFromQuantity") {
            let message =
                "The `changeFromQuantity` argument is required; pass null to skip the comparison.";
            return Err(refused(message));
        }
        let held = |it: &Entry| {
            if name == "on_hand" {
                it.level.on_hand
            } else {
                it.level.available()
            }
        };
        let checked = find(state, entry)?.and_then(|mut found| {
            found.delta = found.quantity - held(&found);
            let twice = read
                .iter()
                .any(|it| it.item == found.item && it.location == found.location);
            match mistake(entry, &found, name, held(&found), compare, twice) {
                Some(wrong) => Err(wrong),
                None => Ok(found),
            }
        });
        match checked {
            Ok(found) => read.push(found),
            Err((field, code, message)) => wrongs.push(Wrong {
                path: ["input", "quantities", &index.to_string(), field]
                    .map(str::to_owned)
                    .to_vec(),
                code,
                message,
            }),
        }
    }
    Ok(if wrongs.is_empty() {
        Ok(read)
    } else {
        Err(wrongs)
    })
}

fn head_wrongs(name: &str, reason: &str) -> impl Iterator<Item = Wrong> {
    let wrong = |field: &str, code, message| Wrong {
        path: vec!["input".into(), field.into()],
        code,
        message,
    };
    let message = "The quantity name must be either 'available' or 'on_hand'.";
    let name =
        (name != "available" && name != "on_hand").then(|| wrong("name", "INVALID_NAME", message));
    let message = "The specified reason is invalid.";
    let reason = (!REASONS.contains(&reason)).then(|| wrong("reason", "INVALID_REASON", message));
    name.into_iter().chain(reason)
}

/// Field, code and message of what is wrong with one entry.
type Mistake = (&'static str, &'static str, &'static str);

/// The item and the location an entry names, with the stock there.
fn find(state: &State, entry: &JsonMap) -> Result<Result<Entry, Mistake>, FieldError> {
    let item = number_of("InventoryItem", text(entry, "inventoryItemId"))?;
    let location = number_of("Location", text(entry, "locationId"))?;
    let mut variants = state.variants.values();
    let Some(variant) = variants.find(|variant| Some(variant.inventory_item) == item) else {
        let message = "The specified inventory item could not be found.";
        return Ok(Err(("inventoryItemId", "INVALID_INVENTORY_ITEM", message)));
    };
    if variant.bundle {
        let message = "The specified inventory item is not allowed to be adjusted via API.";
        return Ok(Err((
            "inventoryItemId",
            "NON_MUTABLE_INVENTORY_ITEM",
            message,
        )));
    }
    let Some(location) = state.locations.iter().find(|it| Some(it.id) == location) else {
        let message = "The specified location could not be found.";
        return Ok(Err(("locationId", "INVALID_LOCATION", message)));
    };
    Ok(Ok(Entry {
        variant: variant.id,
        item: variant.inventory_item,
        location: location.id,
        level: variant
            .levels
            .get(&location.id)
            .copied()
            .unwrap_or_default(),
        quantity: entry
            .get("quantity")
            .and_then(JsonValue::as_i64)
            .unwrap_or(0),
        delta: 0,
    }))
}

fn mistake(
    entry: &JsonMap,
    found: &Entry,
    name: &str,
    held: i64,
    compare: bool,
    twice: bool,
) -> Option<Mistake> {
    if twice {
        let message = "The combination of inventoryItemId and locationId must be unique.";
        return Some((
            "inventoryItemId",
            "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
            message,
        ));
    }
    if found.quantity > HIGHEST {
        let message = "The quantity can't be higher than 1,000,000,000.";
        return Some(("quantity", "INVALID_QUANTITY_TOO_HIGH", message));
    }
    if found.quantity < -HIGHEST {
        let message = "The quantity can't be lower than -1,000,000,000.";
        return Some(("quantity", "INVALID_QUANTITY_TOO_LOW", message));
    }
    if found.quantity < 0 && name == "on_hand" {
        return Some((
            "quantity",
            "INVALID_QUANTITY_NEGATIVE",
            "The quantity can't be negative.",
        ));
    }
    let expected = entry
        .get("changeFromQuantity")
        .and_then(JsonValue::as_i64)?;
    let message = "The changeFromQuantity argument no longer matches the persisted quantity.";
    (compare && expected != held).then_some((
        "changeFromQuantity",
        "CHANGE_FROM_QUANTITY_STALE",
        message,
    ))
}

fn set(state: &mut State, input: &JsonMap, entries: &[Entry]) -> Vec<Notice> {
    let on_hand = text(input, "name") == "on_hand";
    for entry in entries {
        if let Some(variant) = state.variants.get_mut(&entry.variant) {
            let level = variant.levels.entry(entry.location).or_default();
            level.on_hand = if on_hand {
                entry.quantity
            } else {
                entry.quantity + level.committed
            };
        }
    }
    let changed = entries.iter().filter(|entry| entry.delta != 0);
    changed
        .filter_map(|entry| state.stock_notice(entry.variant, entry.location))
        .collect()
}
