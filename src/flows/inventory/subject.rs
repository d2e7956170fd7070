//! Which NetSuite item a document is about.

use super::Failed;
use crate::event::{Document, NETSUITE};
use crate::flows::Context;
use crate::journal::Journal;
use crate::link;

/// The NetSuite item a document is about. A shop's document names an inventory item.
pub(super) async fn item(
    context: &Context,
    document: &Document,
    journal: &Journal,
) -> Result<Option<String>, Failed> {
    let Some(shop) = context.shops.get(&document.owner) else {
        return Ok(Some(document.id.clone()));
    };
    let store = &shop.store.name;
    let linked = link::items_of(&context.pool, store, std::slice::from_ref(&document.id)).await?;
    if let Some(item) = linked.get(&document.id) {
        return Ok(Some(item.clone()));
    }
    let location = shop.store.locations.keys().find_map(|id| id.parse().ok());
    let (Some(location), Ok(id)) = (location, document.id.parse()) else {
        return Ok(None);
    };
    let found = shop.client.inventory(journal, location, &[id]).await;
    let found = found.map_err(|error| Failed::of(store, error))?;
    let Some(sku) = found.get(&id).map(|shelf| shelf.sku.as_str()) else {
        return Ok(None);
    };
    let field = &shop.store.orders.sku_field;
    let items = context.netsuite.items_by_sku(journal, field, &[sku]).await;
    let items = items.map_err(|error| Failed::of(NETSUITE, error))?;
    let items = items.get(sku).map_or(&[][..], Vec::as_slice);
    Ok(items
        .iter()
        .find(|item| !item.inactive)
        .map(|item| item.id.0.clone()))
}
