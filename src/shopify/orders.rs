//! Reading one order whole, as it is now.

use cynic::{Id, QueryBuilder};

use super::Client;
use super::order::Order;
use super::order_query as wire;
use super::order_query::{
    OrderLinesQuery, OrderPartsQuery, OrderQuery, OrderTransactionsQuery, OrderVariables,
    PageVariables,
};
use super::order_reading::{self, Basis, History, Parts};
use super::reading::{Place, Reading, Stopped};
use super::schema::gid;
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::Error;

/// How often an order is read again because it changed between two of its pages.
const READINGS: usize = 3;

/// As many transactions as the first query asks for: there may be more.
const FIRST_TRANSACTIONS: usize = 6;

/// As many as [`OrderTransactionsQuery`] asks for.
const MOST_TRANSACTIONS: usize = 120;

impl Client {
    /// The order as it is now, with all of its lines and all that happened to it; `None` when Shopify
    /// does not show it.
    ///
    /// One call for an order of ordinary size that was only placed, paid and shipped. One more for
    /// each 30 lines past 20, for many transactions, many discounts, and for an order that is
    /// fulfilled from several locations; when it was edited, refunded, returned or cancelled, one for
    /// what was agreed, and one for each refund and return. Customer data and disputes that the app
    /// may not see are absent.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] when an amount is not exact in its currency, when Shopify says what
    /// this version of its API does not know, or when the order changed at each of three readings.
    pub async fn order(&self, journal: &Journal, id: u64) -> Result<Option<Order>, Error> {
        let ask = Ask {
            bearable: is_withheld,
            ..Ask::read(format!("read shopify order {id}"))
        };
        for _ in 0..READINGS {
            match self.whole(journal, &ask, &gid("Order", id)).await {
                Ok(order) => return Ok(order),
                Err(Stopped::Moved) => {}
                Err(Stopped::Failed(error)) => return Err(error),
            }
        }
        Err(ask.unreadable("it changed while its pages were read, each time"))
    }

    async fn whole(&self, journal: &Journal, ask: &Ask, id: &Id) -> Result<Option<Order>, Stopped> {
        let first = OrderQuery::build(OrderVariables { id: id.clone() });
        let first = self.transport.run(journal, ask, &first).await?;
        let Some(mut head) = first.order else {
            return Ok(None);
        };
        let basis = Basis::of(&head, self.basis).map_err(|reason| ask.unreadable(reason))?;
        let reading = Reading {
            client: self,
            journal,
            ask,
            basis,
            version: head.updated_at,
        };
        reading.lines(&mut head).await?;
        let parts = reading.parts(&mut head).await?;
        let history = History {
            disputes: first
                .disputed
                .map(|order| order.disputes)
                .unwrap_or_default(),
            ..reading.history(&head).await?
        };
        let locations = self.locations(journal, ask, &head).await?;
        let order = order_reading::order(head, parts, history, &locations, basis);
        Ok(Some(reading.readable(order)?))
    }
}

impl Reading<'_> {
    /// The lines behind the head's.
    async fn lines(&self, head: &mut wire::Order) -> Result<(), Stopped> {
        let mut place = Place::start();
        self.readable(place.pass(&head.line_items.page_info))?;
        while place.more() {
            let page = OrderLinesQuery::build(PageVariables {
                id: head.id.clone(),
                after: place.after(),
            });
            let page = self.same(self.run(&page).await?.order, |order| order.updated_at)?;
            self.readable(place.pass(&page.line_items.page_info))?;
            head.line_items.nodes.extend(page.line_items.nodes);
        }
        Ok(())
    }

    async fn parts(&self, head: &mut wire::Order) -> Result<Parts, Stopped> {
        let id = || OrderVariables {
            id: head.id.clone(),
        };
        let (of_parts, of_transactions) = (id(), id());
        let mut parts = Parts::of(head);
        if parts.has_more {
            let rest = OrderPartsQuery::build(of_parts);
            let rest = self.same(self.run(&rest).await?.order, |order| order.updated_at)?;
            parts.larger(rest);
            if parts.has_more {
                let reason = "more shipping lines or discounts than can be read";
                return Err(self.unreadable(reason));
            }
        }
        if parts.transactions.len() >= FIRST_TRANSACTIONS {
            let all = OrderTransactionsQuery::build(of_transactions);
            let all = self.same(self.run(&all).await?.order, |order| order.updated_at)?;
            parts.transactions = all.transactions;
            if parts.transactions.len() >= MOST_TRANSACTIONS {
                return Err(self.unreadable("more transactions than can be read"));
            }
        }
        Ok(parts)
    }

    /// What happened since it was placed; nothing is asked while nothing did.
    async fn history(&self, head: &wire::Order) -> Result<History, Stopped> {
        if !self.readable(self.basis.has_history(head))? {
            return Ok(History::default());
        }
        Ok(History {
            refunds: self.refunds(&head.id, &head.refunds).await?,
            returns: self.returns(&head.id, &head.returns).await?,
            agreements: self.agreements(&head.id).await?,
            disputes: Vec::new(),
        })
    }
}

/// Customer data and disputes, which an app may not be allowed to see: then they are null, as an
/// order can be without.
fn is_withheld(field: &str) -> bool {
    [
        "customer",
        "email",
        "phone",
        "billingAddress",
        "shippingAddress",
        "defaultEmailAddress",
        "defaultPhoneNumber",
        "firstName",
        "lastName",
        "address1",
        "address2",
        "city",
        "zip",
        "province",
        "provinceCode",
        "company",
        "note",
        "disputes",
    ]
    .contains(&field)
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let id = || OrderVariables {
        id: gid("Order", 1),
    };
    vec![
        OrderQuery::build(id()).query,
        OrderPartsQuery::build(id()).query,
        OrderTransactionsQuery::build(id()).query,
        OrderLinesQuery::build(PageVariables {
            id: gid("Order", 1),
            after: Some("cursor".to_owned()),
        })
        .query,
    ]
}
