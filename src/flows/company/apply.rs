//! Writes the steps in order, each remembered as soon as it is written.

use serde_json::Value;

use super::Target;
use super::links;
use super::plan::Step;
use crate::flows::Error;
use crate::link::InternalId;
use crate::netsuite::customer_body::RECORD;
use crate::problem::{Code, Problem};
use crate::remote::{self, Meaning};

/// Applies the plan. What was written and not remembered is written once more, to the same effect.
pub(super) async fn apply(target: &Target<'_>, steps: &[Step]) -> Result<(), Error> {
    let netsuite = &target.context.netsuite;
    for step in steps {
        let id = InternalId(step.write.key.clone());
        let body = &step.write.body;
        if body.as_object().is_some_and(|body| !body.is_empty()) {
            let written = netsuite.update(target.journal, RECORD, &id, body, None);
            written.await.map_err(|error| told(target, body, error))?;
        }
        let (pool, store) = (&target.context.pool, &target.shop.store.name);
        links::remember(pool, step.kind, store, step.shopify_id, &step.carried).await?;
    }
    Ok(())
}

/// A refusal of an address says so; any other stays in NetSuite's words.
fn told(target: &Target<'_>, body: &Value, refused: remote::Error) -> Error {
    let remote::Error::Refused { refusal, .. } = &refused else {
        return refused.into();
    };
    let path = refusal.path.as_deref().unwrap_or_default();
    let of_address = path.contains("ddress") && body.get("addressBook").is_some();
    if refusal.meaning != Meaning::Invalid || !of_address {
        return refused.into();
    }
    let what = format!("NetSuite refuses an address of a location: {path}");
    Problem::new(Code::AddressRefused, what)
        .because(target.document)
        .into()
}
