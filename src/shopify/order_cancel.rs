//! Cancelling an order: Shopify takes the wish at once and carries it out later, as a job.
//!
//! It cannot be undone.

use cynic::{Id, InputObject, MutationBuilder, QueryBuilder, QueryFragment, QueryVariables};

use super::Client;
use super::schema::{self, OrderCancelReason, OrderCancelStatus, OrderCancelUserErrorCode, gid};
use super::transport::Ask;
use crate::journal::Journal;
use crate::remote::{Error, Meaning, Refusal};

/// The longest note that Shopify takes, in characters.
const LONGEST_NOTE: usize = 255;

/// How an order is to be cancelled.
#[derive(Debug, Clone)]
pub struct Cancellation {
    pub reason: Reason,
    pub money: Money,
    pub stock: Stock,
    pub notice: Notice,
    /// For the shop's people, not for the customer; cut to 255 characters.
    pub staff_note: Option<String>,
}

/// Shopify's `OrderCancelReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Customer,
    Declined,
    Fraud,
    Inventory,
    Other,
    Staff,
}

/// What becomes of the payment. One that was only authorized is voided either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    Keep,
    /// By the payment methods it came by.
    GiveBack,
}

/// What becomes of the units that the order has taken from the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    PutBack,
    Leave,
}

/// Whether Shopify writes to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    Tell,
    Silent,
}

/// A cancellation under way: what to ask for its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job(String);

impl Job {
    /// One that was written down by its name.
    #[must_use]
    pub fn again(name: String) -> Self {
        Self(name)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What has become of a cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    UnderWay,
    Done,
    /// Nothing was cancelled.
    Failed(Refusal),
}

impl Client {
    /// Asks Shopify to cancel the order.
    ///
    /// Not repeatable without a look: the call has no key. After an unknown outcome read the order
    /// first; one that is cancelled already is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Meaning::Absent`], [`Meaning::Forbidden`] (no right to give money
    /// back) or [`Meaning::Invalid`]; [`Error::Unavailable`] when Shopify failed over it, which may
    /// have been after beginning.
    pub async fn cancel_order(
        &self,
        journal: &Journal,
        order: u64,
        how: &Cancellation,
    ) -> Result<Job, Error> {
        let ask = Ask::write(format!("cancel shopify order {order}"));
        let operation = CancelOrder::build(variables(order, how));
        let done = self.transport.run(journal, &ask, &operation).await?;
        let Some(payload) = done.order_cancel else {
            return Err(ask.unreadable("a mutation without payload"));
        };
        if let Some(error) = payload.order_cancel_user_errors.first() {
            return Err(error.error(&ask));
        }
        match payload.job_result {
            Some(job) => Ok(Job(job.id.into_inner())),
            None => Err(ask.unreadable("a cancellation without its job")),
        }
    }

    /// How far a cancellation is.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] when Shopify does not know the job any more, or says what this version
    /// of its API does not know: then the order itself tells.
    pub async fn cancellation(&self, journal: &Journal, job: &Job) -> Result<Progress, Error> {
        let ask = Ask::read("read shopify cancellation".to_owned());
        let operation = CancellationQuery::build(JobVariables {
            id: Id::new(job.0.clone()),
        });
        match self.transport.run(journal, &ask, &operation).await?.node {
            Some(JobNode::Result(result)) => progress(&result, &ask),
            Some(JobNode::Other) | None => Err(ask.unreadable("a job that is not there")),
        }
    }
}

fn variables(order: u64, how: &Cancellation) -> CancelVariables {
    let note = how.staff_note.as_ref();
    CancelVariables {
        id: gid("Order", order),
        reason: OrderCancelReason(how.reason.as_str().to_owned()),
        refund: OrderCancelRefundMethodInput {
            original_payment_methods_refund: Some(how.money == Money::GiveBack),
        },
        restock: how.stock == Stock::PutBack,
        notify: Some(how.notice == Notice::Tell),
        note: note.map(|note| note.chars().take(LONGEST_NOTE).collect()),
    }
}

fn progress(result: &JobResult, ask: &Ask) -> Result<Progress, Error> {
    if let Some(error) = result.errors.first() {
        return Ok(Progress::Failed(error.refusal()));
    }
    match (result.status.0.as_str(), result.done) {
        ("STARTED", false) => Ok(Progress::UnderWay),
        ("SUCCEEDED", true) => Ok(Progress::Done),
        // Shopify sets the two one after the other: the next look finds both.
        ("STARTED", true) | ("SUCCEEDED", false) => Ok(Progress::UnderWay),
        ("FAILED", _) => Ok(Progress::Failed(Refusal::new(
            Meaning::Invalid,
            "FAILED",
            "Shopify says no more than that it failed",
        ))),
        (status, _) => {
            Err(ask.unreadable(format!("a cancellation of the unknown status {status}")))
        }
    }
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Declined => "DECLINED",
            Self::Fraud => "FRAUD",
            Self::Inventory => "INVENTORY",
            Self::Other => "OTHER",
            Self::Staff => "STAFF",
        }
    }
}

#[derive(InputObject)]
#[cynic(schema = "shopify")]
struct OrderCancelRefundMethodInput {
    original_payment_methods_refund: Option<bool>,
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct CancelVariables {
    id: Id,
    reason: OrderCancelReason,
    refund: OrderCancelRefundMethodInput,
    restock: bool,
    notify: Option<bool>,
    note: Option<String>,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "Mutation",
    variables = "CancelVariables"
)]
struct CancelOrder {
    #[arguments(orderId: $id, reason: $reason, refundMethod: $refund, restock: $restock, notifyCustomer: $notify, staffNote: $note)]
    order_cancel: Option<OrderCancelPayload>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify")]
struct OrderCancelPayload {
    job_result: Option<JobId>,
    order_cancel_user_errors: Vec<UserError>,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderCancelJobResult")]
struct JobId {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderCancelUserError")]
struct UserError {
    code: Option<OrderCancelUserErrorCode>,
    field: Option<Vec<String>>,
    message: String,
}

impl UserError {
    fn code(&self) -> &str {
        self.code.as_ref().map_or("USER_ERROR", |code| &code.0)
    }

    fn error(&self, ask: &Ask) -> Error {
        // It is no word about the order: Shopify itself failed, at whatever point.
        if self.code() == "INTERNAL_ERROR" {
            return Error::Unavailable {
                call: ask.call.clone(),
                status: 200,
                outcome: ask.effect.unanswered(),
            };
        }
        Error::Refused {
            call: ask.call.clone(),
            refusal: self.refusal(),
        }
    }

    fn refusal(&self) -> Refusal {
        let meaning = match self.code() {
            "NOT_FOUND" => Meaning::Absent,
            "NO_REFUND_PERMISSION" | "NO_REFUND_TO_STORE_CREDIT_PERMISSION" => Meaning::Forbidden,
            _ => Meaning::Invalid,
        };
        let path = self.field.as_ref().map(|field| field.join("."));
        Refusal::new(meaning, self.code(), &self.message).at(path)
    }
}

#[derive(QueryVariables)]
#[cynic(schema_module = "schema")]
struct JobVariables {
    id: Id,
}

#[derive(QueryFragment)]
#[cynic(
    schema = "shopify",
    graphql_type = "QueryRoot",
    variables = "JobVariables"
)]
struct CancellationQuery {
    #[arguments(id: $id)]
    node: Option<JobNode>,
}

#[derive(cynic::InlineFragments)]
#[cynic(schema = "shopify", graphql_type = "Node")]
enum JobNode {
    Result(JobResult),
    #[cynic(fallback)]
    Other,
}

#[derive(QueryFragment)]
#[cynic(schema = "shopify", graphql_type = "OrderCancelJobResult")]
struct JobResult {
    done: bool,
    status: OrderCancelStatus,
    errors: Vec<UserError>,
}

#[cfg(test)]
pub(super) fn operations() -> Vec<String> {
    let how = Cancellation {
        reason: Reason::Other,
        money: Money::Keep,
        stock: Stock::PutBack,
        notice: Notice::Silent,
        staff_note: None,
    };
    let id = gid("OrderCancelJobResult", 1);
    vec![
        CancelOrder::build(variables(1, &how)).query,
        CancellationQuery::build(JobVariables { id }).query,
    ]
}
