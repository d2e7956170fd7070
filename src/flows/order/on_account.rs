//! A payment that came after its sales order was closed: NetSuite takes no deposit for such an order, and the
//! money is the customer's all the same. It is written on account, under the same external id, and is given
//! back, or used when an edit opens the order again.

use super::Target;
use crate::flows::Error;
use crate::link::{ExternalId, InternalId};
use crate::netsuite::customer_deposit;
use crate::plan::Write;
use crate::remote;

/// The status letters of a sales order that takes no deposit: cancelled and closed.
const CLOSED: [&str; 2] = ["C", "H"];

/// Whether NetSuite refused the deposit because its order is closed: the refusal alone can mean that the order
/// is another customer's, which a person must see.
pub(super) async fn is_of_a_closed_order(
    target: &Target<'_>,
    write: &Write,
    refused: &remote::Error,
) -> Result<bool, Error> {
    let remote::Error::Refused { refusal, .. } = refused else {
        return Ok(false);
    };
    let path = refusal.path.as_deref().unwrap_or_default();
    if write.record != customer_deposit::RECORD || !path.starts_with("salesOrder") {
        return Ok(false);
    }
    let Some(order) = write.body["salesOrder"]["id"].as_str() else {
        return Ok(false);
    };
    let order = InternalId(order.to_owned());
    let netsuite = &target.context.netsuite;
    let books = netsuite.books(target.journal, &order, &[]).await?;
    let status = books.order().and_then(|order| order.status.as_deref());
    Ok(status.is_some_and(|status| CLOSED.contains(&status)))
}

/// The same deposit, of no order.
pub(super) async fn write(target: &Target<'_>, write: &Write) -> Result<InternalId, Error> {
    let mut body = write.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.shift_remove("salesOrder");
    }
    let key = ExternalId(write.key.clone());
    let netsuite = &target.context.netsuite;
    let created = netsuite.create(target.journal, &write.record, &key, &body);
    Ok(created.await?)
}
