//! Locations, variants, products and stock.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use apollo_compiler::response::JsonValue;

use super::super::catalog::{Level, Location, Variant};
use super::super::money::graphql;
use super::Ctx;
use super::connection::page;
use super::node::{
    Record, Resolved, absent, gid, id_argument, int, leaf, list, nothing, object, optional, text,
    time,
};

pub(super) struct LocationNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) location: Location,
}

impl<'a> LocationNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let all = ctx.state(|state| state.locations.clone());
        let location = all.into_iter().find(|location| location.id == id)?;
        Some(Self { ctx, location })
    }
}

impl ObjectValue for LocationNode<'_> {
    fn type_name(&self) -> &'static str {
        "Location"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &self.location;
        match info.field_name() {
            "id" => gid("Location", it.id),
            "legacyResourceId" => leaf(it.id.to_string()),
            "name" => leaf(it.name.as_str()),
            "isActive" | "fulfillsOnlineOrders" | "shipsInventory" | "hasActiveInventory" => {
                leaf(it.active)
            }
            "isFulfillmentService" | "activatable" | "deletable" => leaf(false),
            "deactivatable" | "addressVerified" => leaf(true),
            "isPrimary" => leaf(
                self.ctx
                    .state(|state| state.locations.first().map(|first| first.id) == Some(it.id)),
            ),
            "hasUnfulfilledOrders" => leaf(self.ctx.state(|state| {
                let mut work = state
                    .orders
                    .values()
                    .flat_map(|order| &order.fulfillment_orders);
                work.any(|work| work.location == it.id && work.remaining() > 0)
            })),
            "createdAt" | "updatedAt" => time(Some(self.ctx.state(|state| state.opened_at))),
            "address" => {
                object(Record::new("LocationAddress").leaf("countryCode", it.country.as_str()))
            }
            "inventoryLevel" => {
                let item = id_argument(info, "inventoryItemId", "InventoryItem")?;
                optional(item.and_then(|item| LevelNode::find(self.ctx, item, it.id)))
            }
            _ => absent(info, "Location"),
        }
    }
}

pub(super) struct VariantNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) variant: Variant,
}

impl<'a> VariantNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let variant = ctx.state(|state| state.variants.get(&id).cloned())?;
        Some(Self { ctx, variant })
    }

    pub(super) fn of_item(ctx: &'a Ctx, item: u64) -> Option<Self> {
        let of = |variant: &&Variant| variant.inventory_item == item;
        let variant = ctx.state(|state| state.variants.values().find(of).cloned())?;
        Some(Self { ctx, variant })
    }

    fn available(&self) -> i64 {
        self.variant
            .levels
            .values()
            .map(|level| level.available())
            .sum()
    }
}

impl ObjectValue for VariantNode<'_> {
    fn type_name(&self) -> &'static str {
        "ProductVariant"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, it) = (self.ctx, &self.variant);
        match info.field_name() {
            "id" => gid("ProductVariant", it.id),
            "legacyResourceId" => leaf(it.id.to_string()),
            "sku" => leaf(it.sku.as_str()),
            "barcode" => text(it.barcode.as_deref()),
            "title" | "displayName" => leaf(it.title.as_str()),
            "price" => leaf(graphql(it.price)),
            "position" => int(1),
            "taxable" | "availableForSale" => leaf(true),
            "requiresComponents" => leaf(it.bundle),
            "showUnitPrice" => leaf(false),
            "inventoryPolicy" => leaf("CONTINUE"),
            "inventoryQuantity" | "sellableOnlineQuantity" => int(self.available()),
            "createdAt" | "updatedAt" => time(Some(ctx.state(|state| state.opened_at))),
            "product" => optional(ProductNode::find(ctx, it.product)),
            "inventoryItem" => object(ItemNode {
                ctx,
                variant: it.clone(),
            }),
            "selectedOptions" => nothing(),
            _ => absent(info, "ProductVariant"),
        }
    }
}

pub(super) struct ProductNode<'a> {
    ctx: &'a Ctx,
    id: u64,
    variants: Vec<Variant>,
}

impl<'a> ProductNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let of = |variant: &&Variant| variant.product == id;
        let variants: Vec<_> =
            ctx.state(|state| state.variants.values().filter(of).cloned().collect());
        (!variants.is_empty()).then_some(Self { ctx, id, variants })
    }
}

impl ObjectValue for ProductNode<'_> {
    fn type_name(&self) -> &'static str {
        "Product"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let ctx = self.ctx;
        let title = self.variants.first().map(|variant| variant.title.as_str());
        match info.field_name() {
            "id" => gid("Product", self.id),
            "legacyResourceId" => leaf(self.id.to_string()),
            "title" => leaf(title.unwrap_or_default()),
            "handle" => leaf(format!("product-{}", self.id)),
            "status" => leaf("ACTIVE"),
            "vendor" => leaf("Acme"),
            "productType" => leaf(""),
            "isGiftCard" => leaf(false),
            "hasOnlyDefaultVariant" => leaf(self.variants.len() == 1),
            "tracksInventory" => leaf(true),
            "totalInventory" => {
                let levels = self
                    .variants
                    .iter()
                    .flat_map(|variant| variant.levels.values());
                int(levels.map(|level| level.available()).sum::<i64>())
            }
            "createdAt" | "updatedAt" => time(Some(ctx.state(|state| state.opened_at))),
            "variants" => page(
                info,
                self.variants.clone(),
                |variant| variant.id.to_string(),
                move |variant| VariantNode { ctx, variant },
            ),
            _ => absent(info, "Product"),
        }
    }
}

pub(super) struct ItemNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) variant: Variant,
}

impl ObjectValue for ItemNode<'_> {
    fn type_name(&self) -> &'static str {
        "InventoryItem"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, it) = (self.ctx, &self.variant);
        let item = it.inventory_item;
        match info.field_name() {
            "id" => gid("InventoryItem", item),
            "legacyResourceId" => leaf(item.to_string()),
            "sku" => leaf(it.sku.as_str()),
            "tracked" => leaf(it.tracked),
            "requiresShipping" => leaf(it.requires_shipping),
            "duplicateSkuCount" => int(ctx.state(|state| {
                let same = state.variants.values().filter(|other| other.sku == it.sku);
                same.count() - 1
            })),
            "createdAt" | "updatedAt" => time(Some(ctx.state(|state| state.opened_at))),
            "variant" => object(VariantNode {
                ctx,
                variant: it.clone(),
            }),
            "inventoryLevel" => {
                let location = id_argument(info, "locationId", "Location")?;
                optional(location.and_then(|location| LevelNode::find(ctx, item, location)))
            }
            "inventoryLevels" => page(
                info,
                it.levels.keys().copied().collect(),
                ToString::to_string,
                move |location| LevelNode::of(ctx, it, location),
            ),
            _ => absent(info, "InventoryItem"),
        }
    }
}

pub(super) struct LevelNode<'a> {
    ctx: &'a Ctx,
    variant: Variant,
    location: u64,
    level: Level,
}

impl<'a> LevelNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, item: u64, location: u64) -> Option<Self> {
        let variant = VariantNode::of_item(ctx, item)?.variant;
        let stocked = variant.levels.contains_key(&location);
        stocked.then(|| Self::of(ctx, &variant, location))
    }

    fn of(ctx: &'a Ctx, variant: &Variant, location: u64) -> Self {
        Self {
            ctx,
            level: variant.levels.get(&location).copied().unwrap_or_default(),
            variant: variant.clone(),
            location,
        }
    }

    fn id(&self) -> String {
        let item = self.variant.inventory_item;
        format!(
            "gid://shopify/InventoryLevel/{}?inventory_item_id={item}",
            self.location
        )
    }
}

impl ObjectValue for LevelNode<'_> {
    fn type_name(&self) -> &'static str {
        "InventoryLevel"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let ctx = self.ctx;
        match info.field_name() {
            "id" => leaf(self.id()),
            "isActive" | "canDeactivate" => leaf(true),
            "createdAt" | "updatedAt" => time(Some(ctx.state(|state| state.opened_at))),
            "item" => object(ItemNode {
                ctx,
                variant: self.variant.clone(),
            }),
            "location" => optional(LocationNode::find(ctx, self.location)),
            "quantities" => {
                let names = info.arguments().get("names").and_then(JsonValue::as_array);
                let names = names.into_iter().flatten().filter_map(JsonValue::as_str);
                list(names.map(|name| {
                    let quantity = match name {
                        "available" => self.level.available(),
                        "on_hand" => self.level.on_hand,
                        "committed" => self.level.committed,
                        _ => 0,
                    };
                    Record::new("InventoryQuantity")
                        .leaf(
                            "id",
                            format!(
                                "gid://shopify/InventoryQuantity/{}?name={name}",
                                self.location
                            ),
                        )
                        .leaf("name", name)
                        .leaf("quantity", quantity)
                        .leaf("updatedAt", JsonValue::Null)
                }))
            }
            _ => absent(info, "InventoryLevel"),
        }
    }
}
