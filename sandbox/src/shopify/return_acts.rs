//! What customers and merchants do with returns.

use std::sync::Arc;

use super::acts::Acts;
use super::{Order, ProcessUnits, Processing, Refusal, ReturnStatus, Returning};

/// Each act is announced under its own topic and as `orders/updated`.
impl Acts {
    /// A customer asks to return something; answers the order and the return's id.
    ///
    /// # Errors
    ///
    /// When units were not shipped or are being returned already; so for all acts here, in Shopify's words.
    pub fn request_return(
        &self,
        order: u64,
        returning: &Returning,
    ) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| state.start_return(order, returning, ReturnStatus::Requested))
    }

    /// A merchant opens a return; answers the order and the return's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn open_return(
        &self,
        order: u64,
        returning: &Returning,
    ) -> Result<(Arc<Order>, u64), Refusal> {
        self.told(|state| state.start_return(order, returning, ReturnStatus::Open))
    }

    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn approve_return(&self, order: u64, id: u64) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, ids, at| {
                order.approve_return(id, ids, at)
            })
        })?;
        Ok(done.0)
    }

    /// The reason is as GraphQL names it: `FINAL_SALE`, `RETURN_PERIOD_ENDED`, `OTHER`.
    ///
    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn decline_return(
        &self,
        order: u64,
        id: u64,
        reason: &str,
        note: &str,
    ) -> Result<Arc<Order>, Refusal> {
        let done = self.told(|state| {
            state.change(order, &[], |order, _, _| {
                order.decline_return(id, reason, note)
            })
        })?;
        Ok(done.0)
    }

    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn cancel_return(&self, order: u64, id: u64) -> Result<Arc<Order>, Refusal> {
        let done =
            self.told(|state| state.change(order, &[], |order, _, _| order.cancel_return(id)))?;
        Ok(done.0)
    }

    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn close_return(&self, order: u64, id: u64) -> Result<Arc<Order>, Refusal> {
        let done =
            self.told(|state| state.change(order, &[], |order, _, at| order.close_return(id, at)))?;
        Ok(done.0)
    }

    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn reopen_return(&self, order: u64, id: u64) -> Result<Arc<Order>, Refusal> {
        let done =
            self.told(|state| state.change(order, &[], |order, _, _| order.reopen_return(id)))?;
        Ok(done.0)
    }

    /// Confirms what came back, puts it on shelves, sends exchanges, gives money back; answers the refund's id.
    ///
    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn process_return(
        &self,
        order: u64,
        id: u64,
        processing: &Processing,
    ) -> Result<(Arc<Order>, Option<u64>), Refusal> {
        self.told(|state| state.process_return(order, id, processing))
    }

    /// Says what becomes of units whose processing was required when the return was processed.
    ///
    /// # Errors
    ///
    /// See [`Acts::request_return`].
    pub fn dispose(
        &self,
        order: u64,
        id: u64,
        units: &ProcessUnits,
    ) -> Result<Arc<Order>, Refusal> {
        Ok(self.told(|state| state.dispose(order, id, units))?.0)
    }
}
