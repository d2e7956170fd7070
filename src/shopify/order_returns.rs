//! The returns of an order, each read whole by its id, with what became of the units that came back.

use cynic::{Id, QueryBuilder};

use super::order::{Disposition, DispositionKind, Return, ReturnLine, ReturnStatus};
use super::order_query::{PageVariables, ReturnIdConnection};
use super::order_reading::{Basis, all, id};
use super::reading::{Place, Reading, Stopped};
use super::return_query::{
    Counts, ReturnIdsQuery, ReturnQuery, ReturnVariables, ReverseFulfillmentOrderQuery, WireReturn,
    WireReturnLine, WireReverseLine, WireReverseOrder,
};

impl Reading<'_> {
    /// All returns of the order; `first` are those that its head named.
    pub(super) async fn returns(
        &self,
        order: &Id,
        first: &ReturnIdConnection,
    ) -> Result<Vec<Return>, Stopped> {
        let mut place = Place::start();
        self.readable(place.pass(&first.page_info))?;
        let mut ids = first.nodes.clone();
        while place.more() {
            let page = ReturnIdsQuery::build(PageVariables {
                id: order.clone(),
                after: place.after(),
            });
            let page = self.same(self.run(&page).await?.order, |order| order.updated_at)?;
            self.readable(place.pass(&page.returns.page_info))?;
            ids.extend(page.returns.nodes);
        }
        let mut returns = Vec::with_capacity(ids.len());
        for found in ids {
            let found = self.return_of(&found.id).await?;
            returns.push(self.readable(self.basis.return_of(found))?);
        }
        Ok(returns)
    }

    async fn return_of(&self, id: &Id) -> Result<WireReturn, Stopped> {
        let mut places = Places::start();
        let mut whole = self.return_page(id, &mut places).await?;
        while places.more() {
            let page = self.return_page(id, &mut places).await?;
            let lines = page.return_line_items;
            whole.return_line_items.nodes.extend(lines.nodes);
            whole.return_line_items.lines.extend(lines.lines);
            let exchanges = page.exchange_line_items.nodes;
            whole.exchange_line_items.nodes.extend(exchanges);
            let orders = page.reverse_fulfillment_orders.nodes;
            whole.reverse_fulfillment_orders.nodes.extend(orders);
        }
        for order in &mut whole.reverse_fulfillment_orders.nodes {
            self.reverse_lines(order).await?;
        }
        Ok(whole)
    }

    /// What comes behind `places`, which then are behind it.
    async fn return_page(&self, id: &Id, places: &mut Places) -> Result<WireReturn, Stopped> {
        let page = ReturnQuery::build(ReturnVariables {
            id: id.clone(),
            lines: places.lines.after(),
            exchanges: places.exchanges.after(),
            orders: places.orders.after(),
        });
        let page = self.run(&page).await?.found;
        let page = self.same(page, |page| page.order.updated_at)?;
        self.readable(places.pass(&page))?;
        Ok(page)
    }

    /// The lines behind the first page of a reverse fulfillment order.
    async fn reverse_lines(&self, order: &mut WireReverseOrder) -> Result<(), Stopped> {
        let mut place = Place::start();
        self.readable(place.pass(&order.line_items.page_info))?;
        while place.more() {
            let page = ReverseFulfillmentOrderQuery::build(PageVariables {
                id: order.id.clone(),
                after: place.after(),
            });
            let page = self.run(&page).await?.reverse_fulfillment_order;
            let page = page.ok_or(Stopped::Moved)?;
            self.same(page.order, |order| order.updated_at)?;
            self.readable(place.pass(&page.line_items.page_info))?;
            order.line_items.nodes.extend(page.line_items.nodes);
        }
        Ok(())
    }
}

/// How far each connection of a return is read.
struct Places {
    lines: Place,
    exchanges: Place,
    orders: Place,
}

impl Places {
    fn start() -> Self {
        Self {
            lines: Place::start(),
            exchanges: Place::start(),
            orders: Place::start(),
        }
    }

    fn more(&self) -> bool {
        self.lines.more() || self.exchanges.more() || self.orders.more()
    }

    fn pass(&mut self, page: &WireReturn) -> Result<(), String> {
        self.lines.pass(&page.return_line_items.page_info)?;
        self.exchanges.pass(&page.exchange_line_items.page_info)?;
        self.orders.pass(&page.reverse_fulfillment_orders.page_info)
    }
}

impl Basis {
    fn return_of(&self, found: WireReturn) -> Result<Return, String> {
        let lines = found.return_line_items;
        let lines = lines.nodes.into_iter().zip(lines.lines).collect();
        let exchanges = found.exchange_line_items.nodes.into_iter();
        let exchanges = exchanges.flat_map(|one| one.line_items.unwrap_or_default());
        let reverse = found.reverse_fulfillment_orders.nodes.into_iter();
        let reverse = reverse.flat_map(|order| order.line_items.nodes);
        let dispositions = all(reverse.collect(), dispositions)?;
        Ok(Return {
            id: id(&found.id)?,
            name: found.name,
            status: status(&found.status.0)?,
            created_at: found.created_at,
            lines: all(lines, |(counts, of)| self.return_line(&counts, of))?,
            shipping_fees: all(found.return_shipping_fees, |fee| {
                self.money(&fee.amount_set)
            })?,
            exchange_lines: all(exchanges.collect(), |line| id(&line.id))?,
            dispositions: dispositions.into_iter().flatten().collect(),
        })
    }

    fn return_line(&self, counts: &Counts, of: WireReturnLine) -> Result<ReturnLine, String> {
        let of = match of {
            WireReturnLine::Verified(line) => line,
            WireReturnLine::Other => return Err("a return of what is no line of it".to_owned()),
        };
        let fee = of.restocking_fee.map(|fee| self.money(&fee.amount_set));
        Ok(ReturnLine {
            line: id(&of.fulfillment_line_item.line_item.id)?,
            quantity: counts.quantity.into(),
            refunded: counts.refunded_quantity.into(),
            processed: counts.processed_quantity.into(),
            restocking_fee: fee.transpose()?,
        })
    }
}

fn dispositions(line: WireReverseLine) -> Result<Vec<Disposition>, String> {
    let of = line.fulfillment_line_item;
    all(line.dispositions, |disposition| {
        let of = of.as_ref();
        let of = of.ok_or("a disposition of an unknown line".to_owned())?;
        let location = disposition.location.map(|place| id(&place.id));
        Ok(Disposition {
            line: id(&of.line_item.id)?,
            quantity: disposition.quantity.into(),
            kind: kind(&disposition.kind.0)?,
            location: location.transpose()?,
            at: disposition.created_at,
        })
    })
}

fn status(text: &str) -> Result<ReturnStatus, String> {
    Ok(match text {
        "REQUESTED" => ReturnStatus::Requested,
        "OPEN" => ReturnStatus::Open,
        "CLOSED" => ReturnStatus::Closed,
        "CANCELED" => ReturnStatus::Canceled,
        "DECLINED" => ReturnStatus::Declined,
        _ => return Err(format!("a return of the unknown status {text}")),
    })
}

fn kind(text: &str) -> Result<DispositionKind, String> {
    Ok(match text {
        "RESTOCKED" => DispositionKind::Restocked,
        "NOT_RESTOCKED" => DispositionKind::NotRestocked,
        "MISSING" => DispositionKind::Missing,
        "PROCESSING_REQUIRED" => DispositionKind::ProcessingRequired,
        _ => return Err(format!("a disposition of the unknown type {text}")),
    })
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let cursor = || Some("cursor".to_owned());
    let id = || Id::new("gid://shopify/Return/1");
    let page = || PageVariables {
        id: id(),
        after: cursor(),
    };
    vec![
        ReturnIdsQuery::build(page()).query,
        ReturnQuery::build(ReturnVariables {
            id: id(),
            lines: cursor(),
            exchanges: cursor(),
            orders: cursor(),
        })
        .query,
        ReverseFulfillmentOrderQuery::build(page()).query,
    ]
}
