//! Random lives: legal acts on an order, one a call, the same for the same seed.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::acts::Acts;
use super::{
    Cancelling, Change, DiscountValue, DispositionKind, Editing, Fulfil, GiveBack, LineDiscount,
    NewReturnLine, NewShipping, Order, Processing, Refunding, Refusal, Restock, Return,
    ReturnStatus, Returning, Tender, TransactionStatus, line_at,
};

/// A stream of legal acts. Which act comes next depends on the seed and on what the order is, on nothing else.
#[derive(Clone, Debug)]
pub struct Life {
    state: u64,
}

/// What an act of a life was; its `Debug` form names it in a failed test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lived {
    Edited,
    Paid,
    Captured,
    Voided,
    Fulfilled,
    Tracked,
    Unfulfilled,
    Refunded,
    Settled,
    ReturnStarted,
    ReturnAnswered,
    ReturnProcessed,
    ReturnEnded,
    Cancelled,
    Noted,
}

const KINDS: [Lived; 15] = [
    Lived::Edited,
    Lived::Paid,
    Lived::Captured,
    Lived::Voided,
    Lived::Fulfilled,
    Lived::Tracked,
    Lived::Unfulfilled,
    Lived::Refunded,
    Lived::Settled,
    Lived::ReturnStarted,
    Lived::ReturnAnswered,
    Lived::ReturnProcessed,
    Lived::ReturnEnded,
    Lived::Cancelled,
    Lived::Noted,
];

/// How often an act is tried before the life only writes a note.
const TRIES: u32 = 40;

type Act = Result<Arc<Order>, Refusal>;

impl Life {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Does one legal act to an order; answers what it was, or nothing if there is no such order.
    pub fn act(&mut self, shop: &Acts, order: u64) -> Option<Lived> {
        for _ in 0..TRIES {
            let held = shop.order(order)?;
            let kind = self.one_of(&KINDS)?;
            // Cancelling ends most lives, and noting changes nothing.
            let rare = matches!(kind, Lived::Cancelled | Lived::Noted);
            if rare && self.below(4) > 0 {
                continue;
            }
            if self.attempt(kind, shop, &held).is_some_and(|it| it.is_ok()) {
                return Some(kind);
            }
        }
        let note = self.below(1_000);
        let noted = shop.edit(order, |order| order.note = Some(format!("note {note}")));
        noted.ok().map(|_| Lived::Noted)
    }

    /// A number below `limit`: splitmix64.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    fn one_of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let length = u64::try_from(list.len()).ok()?;
        let index = usize::try_from(self.below(length)).ok()?;
        list.get(index).cloned()
    }

    /// From 1 to `most`.
    fn units(&mut self, most: u32) -> u32 {
        1 + u32::try_from(self.below(u64::from(most))).unwrap_or(0)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Between one cent and ten; of the shop's currency, so some are refused for being too small.
    fn money(&mut self) -> Decimal {
        let cents = 1 + self.below(1_000);
        Decimal::new(i64::try_from(cents).unwrap_or(1), 2)
    }

    fn attempt(&mut self, kind: Lived, shop: &Acts, order: &Order) -> Option<Act> {
        let id = order.id;
        match kind {
            Lived::Edited => self.edit(shop, order),
            Lived::Paid => Some(self.pay(shop, order)),
            Lived::Captured => Some(shop.capture(id, None)),
            Lived::Voided => Some(shop.void(id)),
            Lived::Fulfilled => self.fulfil(shop, order),
            Lived::Tracked => self.track(shop, order),
            Lived::Unfulfilled => {
                let shipment = self.one_of(&order.fulfillments)?;
                Some(shop.cancel_fulfillment(id, shipment.id))
            }
            Lived::Refunded => self.refund(shop, order),
            Lived::Settled => self.settle(shop, order),
            Lived::ReturnStarted => self.start_return(shop, order),
            Lived::ReturnAnswered => self.answer_return(shop, order),
            Lived::ReturnProcessed => self.process_return(shop, order),
            Lived::ReturnEnded => self.end_return(shop, order),
            Lived::Cancelled => {
                let how = Cancelling {
                    refund: self.coin(),
                    restock: self.coin(),
                    ..Cancelling::default()
                };
                Some(shop.cancel_as(id, &how))
            }
            Lived::Noted => {
                let note = self.below(1_000);
                Some(shop.edit(id, |order| order.note = Some(format!("note {note}"))))
            }
        }
    }

    fn edit(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let sold = order.lines.iter().filter(|line| line.tip.is_none());
        let line = self.one_of(&sold.collect::<Vec<_>>())?;
        let change = match self.below(6) {
            0 => {
                let sku = line.sku.clone().unwrap_or_else(|| "LIFE".into());
                let mut new = line_at(&sku, self.units(3), self.money());
                new.taxes = line.tax_lines.iter().map(super::NewTax::like).collect();
                Change::AddLine {
                    line: new,
                    discount: None,
                }
            }
            1 => Change::AddDiscount {
                line: line.id,
                discount: LineDiscount {
                    title: "Life".into(),
                    value: DiscountValue::Percentage(Decimal::from(self.units(50))),
                },
            },
            2 => Change::RemoveDiscount {
                line: line.id,
                discount: self.one_of(&line.allocations)?.discount,
            },
            3 => Change::AddShipping(NewShipping::new("Life express", self.money())),
            4 => {
                let line = self.one_of(&order.shipping_lines)?;
                Change::RemoveShipping(line.id)
            }
            _ => Change::SetQuantity {
                line: line.id,
                quantity: self.units(line.current_quantity + 3) - 1,
            },
        };
        Some(
            shop.commit_edit(order.id, &Editing::of([change]))
                .map(|it| it.0),
        )
    }

    fn pay(&mut self, shop: &Acts, order: &Order) -> Act {
        let status = match self.below(4) {
            0 => TransactionStatus::Pending,
            1 => TransactionStatus::Failure,
            _ => TransactionStatus::Success,
        };
        let waits = order.transactions.iter();
        let mut waits = waits.filter(|it| it.status == TransactionStatus::Pending);
        if waits.next().is_some() || !order.capturable().is_zero() {
            return Err(Refusal::because("Money is on its way."));
        }
        let tender = Tender {
            status,
            ..Tender::rest("manual")
        };
        shop.pay(order.id, &tender)
    }

    fn fulfil(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let open = order.fulfillment_orders.iter();
        let open: Vec<_> = open
            .filter(|it| it.remaining() > 0 && !it.cancelled)
            .collect();
        let work = self.one_of(&open)?;
        let lines = work.lines.iter().filter(|line| line.remaining > 0);
        let line = self.one_of(&lines.collect::<Vec<_>>())?;
        let part = vec![(line.line, self.units(line.remaining))];
        let fulfil = Fulfil {
            fulfillment_order: Some(work.id),
            lines: if self.coin() { part } else { Vec::new() },
            company: Some("UPS".into()),
            numbers: vec![format!("1Z{}", self.below(1_000_000))],
            notify: self.coin(),
            ..Fulfil::default()
        };
        Some(shop.fulfil(order.id, &fulfil).map(|it| it.0))
    }

    fn track(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let open = order.fulfillments.iter().filter(|it| !it.cancelled);
        let shipment = self.one_of(&open.collect::<Vec<_>>())?.id;
        let number = format!("1Z{}", self.below(1_000_000));
        let fulfil = Fulfil {
            company: Some("UPS".into()),
            numbers: vec![number],
            notify: self.coin(),
            ..Fulfil::default()
        };
        Some(shop.track(order.id, shipment, &fulfil))
    }

    fn refund(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let left = order.lines.iter().filter(|line| line.current_quantity > 0);
        let line = self.one_of(&left.collect::<Vec<_>>());
        let mut refunding = Refunding {
            money: self.coin(),
            pending: self.below(5) == 0,
            ..Refunding::default()
        };
        match (self.below(5), line) {
            (0, _) => refunding.amount = Some(self.money()),
            (1, _) => {
                refunding.shipping = Some(self.money().min(order.totals.current_shipping.shop))
            }
            (2, _) => {
                let payments = order.transactions.iter().filter(|it| it.brought_money());
                let payment = self.one_of(&payments.collect::<Vec<_>>())?;
                let amount = self.money();
                refunding.transactions = vec![GiveBack::to(&payment.gateway, amount)];
            }
            (_, Some(line)) if line.unfulfilled() > 0 => {
                refunding.lines = vec![(line.id, self.units(line.unfulfilled()))];
                refunding.restock = Restock::Cancel;
            }
            (_, Some(line)) => {
                // Units somebody is returning are that return's to take back.
                let waiting = order.waiting_for_return(line.id);
                let free = line.shipped().checked_sub(waiting + 1)? + 1;
                refunding.lines = vec![(line.id, self.units(free))];
                refunding.restock = self.one_of(&[Restock::Return, Restock::NoRestock])?;
            }
            (_, None) => return None,
        }
        if refunding.lines.is_empty() && !refunding.money && refunding.amount.is_none() {
            refunding.money = true;
        }
        Some(shop.refund(order.id, &refunding).map(|it| it.0))
    }

    fn settle(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let pending = order.transactions.iter();
        let pending = pending.filter(|it| it.status == TransactionStatus::Pending);
        let it = self.one_of(&pending.collect::<Vec<_>>())?.id;
        let ends = [TransactionStatus::Success, TransactionStatus::Failure];
        Some(shop.settle_transaction(order.id, it, self.one_of(&ends)?))
    }

    fn start_return(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let shipped = order.lines.iter().filter(|line| line.shipped() > 0);
        let line = self.one_of(&shipped.collect::<Vec<_>>())?;
        let exchange = line_at(line.sku.as_deref().unwrap_or("LIFE"), 1, self.money());
        let returning = Returning {
            lines: vec![NewReturnLine {
                line: line.id,
                quantity: self.units(line.shipped()),
                restocking_fee: self.coin().then(|| Decimal::from(self.units(20))),
                ..NewReturnLine::default()
            }],
            shipping_fee: (self.below(3) == 0).then(|| self.money()),
            exchanges: if self.below(3) == 0 {
                vec![exchange]
            } else {
                Vec::new()
            },
        };
        let done = if self.coin() {
            shop.open_return(order.id, &returning)
        } else {
            shop.request_return(order.id, &returning)
        };
        Some(done.map(|it| it.0))
    }

    fn a_return(&mut self, order: &Order, status: ReturnStatus) -> Option<Return> {
        let all = order.returns.iter().filter(|it| it.status == status);
        self.one_of(&all.cloned().collect::<Vec<_>>())
    }

    fn answer_return(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let it = self.a_return(order, ReturnStatus::Requested)?.id;
        Some(if self.below(3) > 0 {
            shop.approve_return(order.id, it)
        } else {
            shop.decline_return(order.id, it, "FINAL_SALE", "")
        })
    }

    fn process_return(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        let it = self.a_return(order, ReturnStatus::Open)?;
        let ends = [
            DispositionKind::Restocked,
            DispositionKind::NotRestocked,
            DispositionKind::Missing,
        ];
        let mut processing = Processing::all(&it, self.one_of(&ends)?);
        for units in &mut processing.units {
            units.quantity = self.units(units.quantity);
        }
        if processing.units.is_empty() && processing.exchanges.is_empty() {
            return None;
        }
        if self.coin() {
            processing = processing.refunded();
        }
        Some(
            shop.process_return(order.id, it.id, &processing)
                .map(|it| it.0),
        )
    }

    fn end_return(&mut self, shop: &Acts, order: &Order) -> Option<Act> {
        Some(match self.below(3) {
            0 => shop.close_return(order.id, self.a_return(order, ReturnStatus::Open)?.id),
            1 => shop.cancel_return(order.id, self.a_return(order, ReturnStatus::Open)?.id),
            _ => shop.reopen_return(order.id, self.a_return(order, ReturnStatus::Closed)?.id),
        })
    }
}
