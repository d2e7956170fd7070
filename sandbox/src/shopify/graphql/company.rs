//! Companies, their locations and their contacts.

use std::sync::Arc;

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::super::company::{Branch, Contact, Firm};
use super::super::customer::Address;
use super::super::search::Term;
use super::Ctx;
use super::connection::page;
use super::customer::CustomerNode;
use super::node::{
    Record, Resolved, absent, argument, gid, global, leaf, object, optional, refused, text, time,
};
use super::query::search;

pub(super) struct FirmNode<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) firm: Arc<Firm>,
}

impl<'a> FirmNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        let firm = ctx.state(|state| state.companies.get(&id).cloned())?;
        Some(Self { ctx, firm })
    }

    fn contact(&self, contact: Contact) -> ContactNode<'a> {
        ContactNode {
            ctx: self.ctx,
            firm: Arc::clone(&self.firm),
            contact,
        }
    }
}

impl ObjectValue for FirmNode<'_> {
    fn type_name(&self) -> &'static str {
        "Company"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let (ctx, it) = (self.ctx, &*self.firm);
        match info.field_name() {
            "id" => gid("Company", it.id),
            "name" => leaf(it.name.as_str()),
            "externalId" => text(it.external_id.as_deref()),
            "note" => text(it.note.as_deref()),
            "createdAt" | "customerSince" => time(Some(it.created_at)),
            "updatedAt" => time(Some(it.updated_at)),
            "locations" => page(
                info,
                it.locations.clone(),
                |branch| branch.id.to_string(),
                move |branch| BranchNode {
                    ctx,
                    firm: Arc::clone(&self.firm),
                    branch,
                },
            ),
            "contacts" => page(
                info,
                it.contacts.clone(),
                |contact| contact.id.to_string(),
                |contact| self.contact(contact),
            ),
            "mainContact" => {
                let main = it.contacts.iter().find(|it| it.is_main).cloned();
                optional(main.map(|contact| self.contact(contact)))
            }
            _ => absent(info, "Company"),
        }
    }
}

pub(super) struct BranchNode<'a> {
    ctx: &'a Ctx,
    firm: Arc<Firm>,
    branch: Branch,
}

impl<'a> BranchNode<'a> {
    pub(super) fn find(ctx: &'a Ctx, id: u64) -> Option<Self> {
        ctx.state(|state| {
            state.companies.values().find_map(|firm| {
                let branch = firm.locations.iter().find(|it| it.id == id)?.clone();
                Some(Self {
                    ctx,
                    firm: Arc::clone(firm),
                    branch,
                })
            })
        })
    }

    fn address<'b>(&self, role: &str, address: Option<&'b Address>) -> Option<Record<'b>> {
        let it = address?;
        let named = [it.first_name.as_deref(), it.last_name.as_deref()];
        let recipient: Vec<&str> = named.into_iter().flatten().collect();
        let recipient = (!recipient.is_empty()).then(|| recipient.join(" "));
        let id = format!("{}{role}", global("CompanyAddress", self.branch.id));
        Some(
            Record::new("CompanyAddress")
                .leaf("id", id)
                .leaf("companyName", self.firm.name.as_str())
                .leaf("firstName", it.first_name.as_deref())
                .leaf("lastName", it.last_name.as_deref())
                .leaf("recipient", recipient)
                .leaf("address1", it.address1.as_deref().unwrap_or_default())
                .leaf("address2", it.address2.as_deref())
                .leaf("city", it.city.as_deref())
                .leaf("province", it.province.as_deref())
                .leaf("zoneCode", it.province_code.as_deref())
                .leaf("country", it.country.as_deref())
                .leaf("countryCode", it.country_code.as_deref().unwrap_or("ZZ"))
                .leaf("zip", it.zip.as_deref())
                .leaf("phone", it.phone.as_deref()),
        )
    }

    fn checkout(&self) -> Record<'static> {
        let terms = self.branch.terms.as_deref().map(|name| {
            Record::new("PaymentTermsTemplate")
                .leaf("id", global("PaymentTermsTemplate", 4))
                .leaf("name", name)
                .leaf("translatedName", name)
                .leaf("description", name)
                .leaf("paymentTermsType", "NET")
        });
        Record::new("BuyerExperienceConfiguration")
            .leaf("checkoutToDraft", false)
            .leaf("editableShippingAddress", false)
            .object("paymentTermsTemplate", terms)
    }
}

impl ObjectValue for BranchNode<'_> {
    fn type_name(&self) -> &'static str {
        "CompanyLocation"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &self.branch;
        match info.field_name() {
            "id" => gid("CompanyLocation", it.id),
            "name" => leaf(it.name.as_str()),
            "externalId" => text(it.external_id.as_deref()),
            "phone" => text(it.phone.as_deref()),
            "createdAt" => time(Some(it.created_at)),
            "updatedAt" => time(Some(it.updated_at)),
            "company" => object(FirmNode {
                ctx: self.ctx,
                firm: Arc::clone(&self.firm),
            }),
            "billingAddress" => optional(self.address("1", it.billing_address.as_ref())),
            "shippingAddress" => optional(self.address("2", it.shipping_address.as_ref())),
            "buyerExperienceConfiguration" => object(self.checkout()),
            _ => absent(info, "CompanyLocation"),
        }
    }
}

struct ContactNode<'a> {
    ctx: &'a Ctx,
    firm: Arc<Firm>,
    contact: Contact,
}

impl ObjectValue for ContactNode<'_> {
    fn type_name(&self) -> &'static str {
        "CompanyContact"
    }

    fn resolve_field<'b>(&'b self, info: &'b ResolveInfo<'b>) -> Resolved<'b> {
        let it = &self.contact;
        match info.field_name() {
            "id" => gid("CompanyContact", it.id),
            "title" => text(it.title.as_deref()),
            "isMainContact" => leaf(it.is_main),
            "createdAt" => time(Some(it.created_at)),
            "updatedAt" => time(Some(it.updated_at)),
            "customer" => match CustomerNode::find(self.ctx, it.customer) {
                Some(customer) => object(customer),
                None => Err(refused("the contact's customer is gone")),
            },
            "company" => object(FirmNode {
                ctx: self.ctx,
                firm: Arc::clone(&self.firm),
            }),
            _ => absent(info, "CompanyContact"),
        }
    }
}

/// The companies of the shop that a search finds.
pub(super) fn companies<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let search = search(info)?;
    let matches = |firm: &Firm, term: &Term| match term.field.as_deref() {
        Some("id") => term.id(firm.id),
        Some("updated_at") => term.time(firm.updated_at),
        Some("created_at" | "since_date") => term.time(firm.created_at),
        Some("name") | None => term.text(&firm.name),
        Some("external_id") => firm.external_id.as_deref().is_some_and(|id| term.text(id)),
        Some(_) => false,
    };
    let mut found: Vec<Arc<Firm>> = ctx.state(|state| {
        let all = state.companies.values();
        all.filter(|firm| search.holds(&|term| matches(firm, term)))
            .cloned()
            .collect()
    });
    match argument(info, "sortKey").unwrap_or("ID") {
        "UPDATED_AT" => found.sort_by_key(|firm| (firm.updated_at, firm.id)),
        "ID" => found.sort_by_key(|firm| firm.id),
        other => {
            return Err(refused(format!(
                "the sandbox does not sort companies by {other}"
            )));
        }
    }
    page(
        info,
        found,
        |firm| firm.id.to_string(),
        move |firm| FirmNode { ctx, firm },
    )
}

/// The locations of all companies that a search finds.
pub(super) fn locations<'a>(ctx: &'a Ctx, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let search = search(info)?;
    let matches = |firm: &Firm, branch: &Branch, term: &Term| match term.field.as_deref() {
        Some("id" | "ids") => term.id(branch.id),
        Some("company_id") => term.id(firm.id),
        Some("updated_at") => term.time(branch.updated_at),
        Some("created_at") => term.time(branch.created_at),
        Some("name") | None => term.text(&branch.name),
        Some("external_id") => branch
            .external_id
            .as_deref()
            .is_some_and(|id| term.text(id)),
        Some(_) => false,
    };
    let mut found: Vec<(Arc<Firm>, Branch)> = ctx.state(|state| {
        let all = state.companies.values();
        let all = all.flat_map(|firm| firm.locations.iter().map(move |it| (firm, it)));
        all.filter(|(firm, branch)| search.holds(&|term| matches(firm, branch, term)))
            .map(|(firm, branch)| (Arc::clone(firm), branch.clone()))
            .collect()
    });
    match argument(info, "sortKey").unwrap_or("ID") {
        "UPDATED_AT" => found.sort_by_key(|(_, branch)| (branch.updated_at, branch.id)),
        "ID" => found.sort_by_key(|(_, branch)| branch.id),
        other => {
            return Err(refused(format!(
                "the sandbox does not sort company locations by {other}"
            )));
        }
    }
    page(
        info,
        found,
        |(_, branch)| branch.id.to_string(),
        move |(firm, branch)| BranchNode { ctx, firm, branch },
    )
}
