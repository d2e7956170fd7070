//! Customers and addresses.

use std::borrow::Cow;
use std::sync::Arc;

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::customer::{Address, Customer};
use super::super::money::Bag;
use super::super::order::Order;
use super::Ctx;
use super::connection::page;
use super::metafields;
use super::money::money;
use super::node::{Record, Resolved, absent, gid, leaf, list, object, optional, text, texts, time};
use super::order::OrderNode;

pub(super) struct CustomerNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) customer: Arc<Customer>,
}

impl<'a> CustomerNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let customer = ctx.state(|state| state.customers.get(&id).cloned())?;
        Some(Self { ctx, customer })
    }

    fn orders(&self) -> Vec<Arc<Order>> {
        let ours = |order: &&Arc<Order>| order.customer == Some(self.customer.id);
        self.ctx
            .state(|state| state.orders.values().filter(ours).cloned().collect())
    }

    fn display_name(&self) -> String {
        let it = &self.customer;
        if self.ctx.person(Some("")).is_none() {
            return String::new();
        }
        let names: Vec<&str> = [&it.first_name, &it.last_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if names.is_empty() {
            let called = it.email.as_deref();
            let called = called.or(it.phone.as_deref());
            self.ctx.person(called).unwrap_or_default().to_owned()
        } else {
            names.join(" ")
        }
    }

    fn email(&self) -> Option<Record<'_>> {
        let email = self.ctx.person(self.customer.email.as_deref())?;
        Some(
            Record::new("CustomerEmailAddress")
                .leaf("emailAddress", email)
                .leaf("marketingState", "NOT_SUBSCRIBED")
                .leaf("openTrackingLevel", "UNKNOWN")
                .leaf("validFormat", true),
        )
    }

    fn phone(&self) -> Option<Record<'_>> {
        let phone = self.ctx.person(self.customer.phone.as_deref())?;
        let state = "NOT_SUBSCRIBED";
        Some(
            Record::new("CustomerPhoneNumber")
                .leaf("phoneNumber", phone)
                .leaf("marketingState", state),
        )
    }

    fn addresses(&self) -> Vec<AddressNode<'_>> {
        let all = self.customer.addresses.iter();
        all.map(|(id, address)| AddressNode::of_customer(self.ctx, *id, Cow::Borrowed(address)))
            .collect()
    }

    fn default(&self) -> Option<AddressNode<'_>> {
        let (id, address) = self.customer.default()?;
        let address = Cow::Borrowed(address);
        Some(AddressNode::of_customer(self.ctx, *id, address))
    }
}

impl ObjectValue for CustomerNode<'_> {
    fn type_name(&self) -> &'static str {
        "Customer"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, it) = (self.ctx, &*self.customer);
        match info.field_name() {
            "id" => gid("Customer", it.id),
            "legacyResourceId" => leaf(it.id.to_string()),
            "firstName" => text(ctx.person(it.first_name.as_deref())),
            "lastName" => text(ctx.person(it.last_name.as_deref())),
            "displayName" => leaf(self.display_name()),
            "email" => text(ctx.person(it.email.as_deref())),
            "phone" => text(ctx.person(it.phone.as_deref())),
            "note" => text(it.note.as_deref()),
            "state" => leaf("DISABLED"),
            "locale" => leaf("en"),
            "tags" => texts(it.tags.iter().map(String::as_str)),
            "taxExempt" => leaf(it.tax_exempt),
            "verifiedEmail" | "validEmailAddress" => leaf(it.email.is_some()),
            "canDelete" | "dataSaleOptOut" => leaf(false),
            "createdAt" => time(Some(it.created_at)),
            "updatedAt" => time(Some(it.updated_at)),
            "numberOfOrders" => leaf(self.orders().len().to_string()),
            "amountSpent" => {
                let spent: Bag = self
                    .orders()
                    .iter()
                    .map(|order| order.totals.received - order.totals.refunded)
                    .sum();
                let currency = ctx.state(|state| state.settings.currency.clone());
                object(money(spent.shop, &currency))
            }
            "defaultEmailAddress" => optional(self.email()),
            "defaultPhoneNumber" => optional(self.phone()),
            "defaultAddress" => optional(self.default()),
            "addresses" => list(self.addresses().into_iter()),
            "addressesV2" => page(
                info,
                self.addresses(),
                |address| address.id.clone(),
                |address| address,
            ),
            "orders" => page(
                info,
                self.orders(),
                |order| order.id.to_string(),
                move |order| OrderNode { ctx, order },
            ),
            "lastOrder" => optional(self.orders().pop().map(|order| OrderNode { ctx, order })),
            "metafield" => metafields::one(ctx, info, "Customer", it.id),
            "metafields" => metafields::page_of(ctx, info, "Customer", it.id),
            _ => absent(info, "Customer"),
        }
    }
}

pub(super) struct AddressNode<'a> {
    ctx: &'a Ctx,
    id: String,
    address: Cow<'a, Address>,
}

impl<'a> AddressNode<'a> {
    pub(super) fn of_customer(ctx: &'a Ctx, id: u64, address: Cow<'a, Address>) -> Self {
        Self {
            ctx,
            id: format!("gid://shopify/MailingAddress/{id}?model_name=CustomerAddress"),
            address,
        }
    }

    /// An address that belongs to an order, not to a customer.
    pub(super) fn of(
        ctx: &'a Ctx,
        order: u64,
        role: &str,
        address: Option<&'a Address>,
    ) -> Option<Self> {
        Some(Self {
            ctx,
            id: format!("gid://shopify/MailingAddress/{order}?model_name=Address&role={role}"),
            address: Cow::Borrowed(address?),
        })
    }
}

impl ObjectValue for AddressNode<'_> {
    fn type_name(&self) -> &'static str {
        "MailingAddress"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &*self.address;
        if self.ctx.person(Some("")).is_none() && HIDDEN.contains(&info.field_name()) {
            return super::node::null();
        }
        match info.field_name() {
            "id" => leaf(self.id.as_str()),
            "firstName" => text(it.first_name.as_deref()),
            "lastName" => text(it.last_name.as_deref()),
            "name" => leaf(it.name()),
            "company" => text(it.company.as_deref()),
            "address1" => text(it.address1.as_deref()),
            "address2" => text(it.address2.as_deref()),
            "city" => text(it.city.as_deref()),
            "province" => text(it.province.as_deref()),
            "provinceCode" => text(it.province_code.as_deref()),
            "country" => text(it.country.as_deref()),
            "countryCode" | "countryCodeV2" => text(it.country_code.as_deref()),
            "zip" => text(it.zip.as_deref()),
            "phone" => text(it.phone.as_deref()),
            "coordinatesValidated" => leaf(false),
            "formatted" => {
                let parts = [&it.address1, &it.address2, &it.city, &it.zip, &it.country];
                texts(parts.into_iter().flatten().map(String::as_str))
            }
            _ => absent(info, "MailingAddress"),
        }
    }
}

/// What an address tells about a person; city, province and country stay.
const HIDDEN: [&str; 8] = [
    "firstName",
    "lastName",
    "name",
    "company",
    "address1",
    "address2",
    "zip",
    "phone",
];
