//! A Shopify shop over HTTP: token endpoint, Admin GraphQL, signed webhooks; strict, stateful, with faults on demand.
//!
//! [`Shop::start`] serves it on a loopback port. Requests go to [`Shop::url`] as they would go to
//! `https://{shop}.myshopify.com`. The same acts and faults are offered over HTTP under `/_sandbox`, see [`control`].
//!
//! # What it does not imitate
//!
//! - Mutations other than `webhookSubscriptionCreate`/`Update`/`Delete`, `metafieldsSet`, `orderUpdate`, `tagsAdd`,
//!   `orderCapture`, `orderMarkAsPaid`, `orderCancel`, `refundCreate`, `fulfillmentCreate`, `fulfillmentTrackingInfoUpdate`,
//!   `fulfillmentCancel`, `fulfillmentOrderMove` and `inventorySetQuantities` answer with an error that says so. A repeated idempotency key
//!   executes nothing and answers from the state as it is then; keys are never forgotten.
//! - Mutations of customers and their addresses that are imitated as well: `customerCreate`/`Update`/`Set`,
//!   `customerAddressCreate`/`Update`/`Delete` and `customerUpdateDefaultAddress`.
//! - Tender transactions, draft orders, selling plans, bundles and bulk
//!   operations: lists of them are empty. A nullable field the shop does not hold is null; a field the schema requires
//!   and the shop does not hold is an error that names it.
//! - Access scopes are enforced on root fields, an order's customer, its fulfillment orders and the topics that are
//!   subscribed to through the API only.
//! - A subscription's `filter` is kept and answered, but not applied; one in XML is sent JSON; metafields are never
//!   added to a body, and equal bodies are not held back. The topics it can send are few.
//! - Search knows the fields that the lists of orders, customers and variants need; its index lags only when told to.
//! - API versions differ in nothing but the header.
//! - Tax, discount and shipping rules: a test says what is taxed and discounted; the shop only computes and rounds.
//! - The delays between retries, the size of buckets above Standard, and the signs in a refund's agreement are
//!   assumptions: Shopify does not publish them.

mod acts;
mod bucket;
mod cancel_job;
mod catalog;
mod company;
mod compliance;
pub mod control;
mod control_returns;
mod cost;
mod customer;
mod fault;
mod graphql;
mod journal;
mod life;
mod metafield;
mod money;
mod order;
mod people;
mod return_acts;
mod search;
mod server;
mod settings;
mod shop;
mod state;
mod time;
mod token;
mod webhook;

use std::str::FromStr as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rust_decimal::Decimal;
use serde_json::{Number, Value};

pub use acts::Acts;
pub(crate) use cancel_job::CancelJob;
pub use catalog::{Level, Location, StockWrite, Variant};
pub use company::{Branch, Contact, Firm};
pub use customer::{Address, Customer};
pub use fault::{Fault, Gate, When};
pub use journal::Call;
pub use life::{Life, Lived};
pub use metafield::Metafield;
pub use money::{Bag, Currencies};
pub use order::{
    Action, AdditionalFee, Adjustment, Agreement, Allocation, Blocked, Cancelling, Change, Company,
    Discount, DiscountKind, DiscountValue, Discrepancy, Disposition, DispositionKind, Dispute,
    DisputeStatus, Duty, DutyRefund, Editing, Exchange, FinancialStatus, Fulfil, Fulfillment,
    FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine, GiveBack, Line, LineDiscount,
    NewCustomer, NewDiscount, NewDispute, NewDuty, NewFee, NewLine, NewReturnLine, NewShipping,
    NewTax, Order, OrderEdit, Payment, PlaceOrder, Presentment, ProcessUnits, Processing, Reason,
    Refund, RefundDuty, RefundLine, RefundShipping, RefundUnits, Refunding, Refusal, Restock,
    Return, ReturnFee, ReturnLine, ReturnStatus, Returning, Risk, Sale, ShippingLine, Subject,
    TaxLine, Tender, Totals, Transaction, TransactionKind, TransactionStatus, Unreadable, line,
    line_at,
};
pub use settings::{CustomerData, NewLocation, Plan, Removal, ReturnSign, Settings};
pub use shop::{Shop, StartError};
pub use state::Lag;
pub use webhook::{Delivery, DeliveryState, Handling, Subscription, Try, Unsettled, sign};

use bucket::Bucket;
use fault::Faults;
use journal::Journal;
use state::{Notice, State};
use token::Tokens;
use webhook::{Courier, Sender};

/// The version the shop speaks, in answers and in webhook bodies.
const VERSION: &str = "2026-10";
/// What faults and the journal call the token endpoint.
const TOKEN: &str = "token";

/// The parts of a running shop.
struct Inner {
    state: Arc<Mutex<State>>,
    tokens: Tokens,
    bucket: Mutex<Bucket>,
    faults: Faults,
    journal: Journal,
    /// Gates made over HTTP, by number.
    gates: Mutex<Vec<Gate>>,
    courier: Arc<Courier>,
    sender: Arc<Sender>,
    witness: Mutex<Option<Witness>>,
}

/// Sees each quantity that a client sets, at the moment it is set.
type Witness = Box<dyn Fn(&StockWrite) + Send>;

impl Inner {
    /// Delivers what an act gave rise to.
    fn tell(&self, notices: &[Notice]) {
        self.courier.send(&self.sender, notices);
    }
}

/// A panic while the lock was held leaves whole values behind: every change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A decimal as a JSON number, digit for digit.
fn number(value: Decimal) -> Value {
    Number::from_str(&value.normalize().to_string()).map_or(Value::Null, Value::Number)
}
