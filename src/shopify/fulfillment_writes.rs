//! Shipments, written: made, followed, taken back, given to another location.

use std::collections::BTreeMap;

use cynic::MutationBuilder;

use super::Client;
use super::fulfillment_write_query::{
    CancelFulfillment, CancelVariables, CreateFulfillment, CreateVariables, FulfillmentInput,
    FulfillmentOrderLineItemInput, FulfillmentOrderLineItemsInput, FulfillmentTrackingInput,
    MoveFulfillmentOrder, MoveVariables, TrackFulfillment, TrackVariables, UserError,
};
use super::fulfillments::Tracking;
use super::schema::{Url, gid, number};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::{Error, Meaning, Refusal};

/// A shipment to be made: fulfillment order → its lines and units, all at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFulfillment {
    pub parts: BTreeMap<u64, Vec<(u64, u32)>>,
    pub tracking: Tracking,
    pub notify: bool,
}

impl Client {
    /// Makes a fulfillment; its id. `call` names it in the record of calls.
    ///
    /// NOT repeatable, and without an idempotency key: before it is sent again the order's
    /// fulfillments must be read, and the deadline of the call before must have passed.
    ///
    /// # Errors
    ///
    /// [`Meaning::Changed`] when Shopify has other units left than we read; any [`Error`] of a write.
    pub async fn fulfill(
        &self,
        journal: &Journal,
        call: String,
        new: &NewFulfillment,
    ) -> Result<u64, Error> {
        let ask = Ask::write(call);
        let parts = new
            .parts
            .iter()
            .map(|(work, lines)| FulfillmentOrderLineItemsInput {
                fulfillment_order_id: gid("FulfillmentOrder", *work),
                fulfillment_order_line_items: Some(inputs(lines)),
            });
        let operation = CreateFulfillment::build(CreateVariables {
            fulfillment: FulfillmentInput {
                line_items_by_fulfillment_order: parts.collect(),
                notify_customer: Some(new.notify),
                tracking_info: (new.tracking != Tracking::default()).then(|| new.tracking.input()),
            },
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let Some(payload) = done.fulfillment_create else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        refused(&ask, &payload.user_errors)?;
        let made = payload.fulfillment.and_then(|made| number(&made.id));
        made.ok_or_else(|| ask.unreadable("made, without an id"))
    }

    /// Replaces how a shipment can be followed. Absolute, so repeating it is harmless but for the mail.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write.
    pub async fn track(
        &self,
        journal: &Journal,
        fulfillment: u64,
        tracking: &Tracking,
        notify: bool,
    ) -> Result<(), Error> {
        let ask = Ask::write(format!(
            "write shopify tracking of fulfillment {fulfillment}"
        ));
        let operation = TrackFulfillment::build(TrackVariables {
            id: gid("Fulfillment", fulfillment),
            tracking: tracking.input(),
            notify: Some(notify),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        match done.fulfillment_tracking_info_update {
            Some(payload) => refused(&ask, &payload.user_errors),
            None => Err(ask.unreadable("a mutation without payload")),
        }
    }

    /// Takes a shipment back: its units are left to ship again.
    ///
    /// # Errors
    ///
    /// A refusal for one that is cancelled already; any [`Error`] of a write.
    pub async fn cancel_fulfillment(
        &self,
        journal: &Journal,
        fulfillment: u64,
    ) -> Result<(), Error> {
        let ask = Ask::write(format!("cancel shopify fulfillment {fulfillment}"));
        let operation = CancelFulfillment::build(CancelVariables {
            id: gid("Fulfillment", fulfillment),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        match done.fulfillment_cancel {
            Some(payload) => refused(&ask, &payload.user_errors),
            None => Err(ask.unreadable("a mutation without payload")),
        }
    }

    /// Gives units of a fulfillment order to another location. They are then part of another
    /// fulfillment order: read again.
    ///
    /// # Errors
    ///
    /// [`Meaning::Invalid`] when the location does not stock them; any [`Error`] of a write.
    pub async fn move_work(
        &self,
        journal: &Journal,
        work: u64,
        location: u64,
        lines: &[(u64, u32)],
    ) -> Result<(), Error> {
        let ask = Ask::write(format!(
            "move shopify fulfillment order {work} to {location}"
        ));
        let operation = MoveFulfillmentOrder::build(MoveVariables {
            id: gid("FulfillmentOrder", work),
            location: gid("Location", location),
            lines: Some(inputs(lines)),
        });
        let done = self.transport.run(journal, &ask, &operation).await?;
        let Some(payload) = done.fulfillment_order_move else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        let errors: Vec<UserError> = payload
            .user_errors
            .into_iter()
            .map(|error| UserError {
                field: error.field,
                message: error.message,
            })
            .collect();
        refused(&ask, &errors)
    }
}

/// Its errors have no codes: the words of one are known.
fn refused(ask: &Ask, errors: &[UserError]) -> Result<(), Error> {
    let Some(error) = errors.first() else {
        return Ok(());
    };
    let meaning = if error.message.contains("line item quantity") {
        Meaning::Changed
    } else {
        Meaning::Invalid
    };
    let path = error.field.as_ref().map(|field| field.join("."));
    Err(Error::Refused {
        call: ask.call.clone(),
        refusal: Refusal::new(meaning, "USER_ERROR", &error.message).at(path),
    })
}

fn inputs(lines: &[(u64, u32)]) -> Vec<FulfillmentOrderLineItemInput> {
    lines
        .iter()
        .map(|(id, units)| FulfillmentOrderLineItemInput {
            id: gid("FulfillmentOrderLineItem", *id),
            quantity: i32::try_from(*units).unwrap_or(i32::MAX),
        })
        .collect()
}

impl Tracking {
    fn input(&self) -> FulfillmentTrackingInput {
        FulfillmentTrackingInput {
            company: self.company.clone(),
            numbers: Some(self.numbers.clone()),
            urls: (!self.urls.is_empty()).then(|| self.urls.iter().cloned().map(Url).collect()),
        }
    }
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let id = cynic::Id::new("gid://shopify/Order/1");
    let tracking = Tracking::default();
    let fulfillment = FulfillmentInput {
        line_items_by_fulfillment_order: Vec::new(),
        notify_customer: Some(true),
        tracking_info: Some(tracking.input()),
    };
    vec![
        CreateFulfillment::build(CreateVariables { fulfillment }).query,
        TrackFulfillment::build(TrackVariables {
            id: id.clone(),
            tracking: tracking.input(),
            notify: Some(true),
        })
        .query,
        CancelFulfillment::build(CancelVariables { id: id.clone() }).query,
        MoveFulfillmentOrder::build(MoveVariables {
            id: id.clone(),
            location: id.clone(),
            lines: Some(inputs(&[(1, 1)])),
        })
        .query,
    ]
}
