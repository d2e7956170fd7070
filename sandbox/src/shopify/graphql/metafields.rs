//! Reading metafields.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo};
use apollo_compiler::response::JsonValue;

use super::super::metafield::Metafield;
use super::super::state::State;
use super::Ctx;
use super::connection::page;
use super::customer::CustomerNode;
use super::node::{
    Resolved, absent, argument, gid, global, int, leaf, number_of, object, optional, refused, time,
};
use super::order::OrderNode;

/// The namespace of an app that names none.
pub(super) const RESERVED: &str = "app--1";

/// What can carry metafields here, with the enum value that names it.
const OWNERS: [(&str, &str); 2] = [("Order", "ORDER"), ("Customer", "CUSTOMER")];

/// Is this the gid of something that exists and can carry metafields?
pub(super) fn owner_exists(state: &State, owner: &str) -> Result<bool, FieldError> {
    let order = number_of("Order", owner)?.is_some_and(|id| state.orders.contains_key(&id));
    let customer =
        number_of("Customer", owner)?.is_some_and(|id| state.customers.contains_key(&id));
    Ok(order || customer)
}

pub(super) fn one<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>, kind: &str, id: u64) -> Resolved<'a> {
    let namespace = argument(info, "namespace").unwrap_or(RESERVED);
    let key = argument(info, "key").unwrap_or_default();
    let at = (global(kind, id), namespace.to_owned(), key.to_owned());
    let found = ctx.state(|state| state.metafields.get(&at).cloned());
    optional(found.map(|metafield| MetafieldNode { ctx, metafield }))
}

pub(super) fn page_of<'a>(
    ctx: &'a Ctx,
    info: &ResolveInfo<'_>,
    kind: &str,
    id: u64,
) -> Resolved<'a> {
    let owner = global(kind, id);
    let namespace = argument(info, "namespace");
    let all: Vec<Metafield> = ctx.state(|state| {
        let ours = state.metafields.values().filter(|it| it.owner == owner);
        ours.filter(|it| namespace.is_none_or(|wanted| wanted == it.namespace))
            .cloned()
            .collect()
    });
    page(
        info,
        all,
        |it| it.id.to_string(),
        move |metafield| MetafieldNode { ctx, metafield },
    )
}

pub(super) struct MetafieldNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) metafield: Metafield,
}

impl ObjectValue for MetafieldNode<'_> {
    fn type_name(&self) -> &'static str {
        "Metafield"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &self.metafield;
        match info.field_name() {
            "id" => gid("Metafield", it.id),
            "legacyResourceId" => leaf(it.id.to_string()),
            "namespace" => leaf(it.namespace.as_str()),
            "key" => leaf(it.key.as_str()),
            "type" => leaf(it.kind.as_str()),
            "value" => leaf(it.value.as_str()),
            "jsonValue" => leaf(match serde_json::from_str::<serde_json::Value>(&it.value) {
                Ok(value) if it.kind == "json" => JsonValue::from(value),
                Ok(_) | Err(_) => JsonValue::from(it.value.as_str()),
            }),
            "compareDigest" => leaf(it.digest()),
            "createdAt" => time(Some(it.created_at)),
            "updatedAt" => time(Some(it.updated_at)),
            "sizeInBytes" => int(it.value.len()),
            "ownerType" => {
                let kind = OWNERS
                    .iter()
                    .find(|(kind, _)| number_of(kind, &it.owner).ok().flatten().is_some());
                leaf(kind.map_or("SHOP", |(_, name)| *name))
            }
            "owner" => {
                if let Some(order) =
                    number_of("Order", &it.owner)?.and_then(|id| OrderNode::find(self.ctx, id))
                {
                    return object(order);
                }
                match number_of("Customer", &it.owner)?
                    .and_then(|id| CustomerNode::find(self.ctx, id))
                {
                    Some(customer) => object(customer),
                    None => Err(refused("the metafield's owner is gone")),
                }
            }
            _ => absent(info, "Metafield"),
        }
    }
}
