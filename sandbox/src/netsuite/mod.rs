//! A fake NetSuite account: stateful, strict, served over HTTP on a loopback port.
//!
//! Written from Oracle's documentation and from public samples, never from what a client of ours sends.
//! **What it does not imitate:** TBA (OAuth 1.0), ES512, RESTlets, SuiteScript but for the posts of one
//! script's user events (see `callback`),
//! workflows, roles and permissions, custom records, several accounting books, posting to ledger accounts,
//! approvals other than an order's, lot and serial numbers, bins, units of measure, asynchronous requests,
//! batches, the collection filter `q`, the metadata catalogue, saved searches, price levels other than the
//! base price, credit limits and holds, promotions and gift certificates redeemed by code, fulfillment
//! requests, transfer orders, vendors. SuiteQL is a subset (see `suiteql`). Where sources disagree or are
//! silent there is a switch in [`Settings`], or a named constant that says it is an assumption.
//!
//! Tests use [`Account`]. The demo and tests in other languages use the same over HTTP, below `/_sandbox/`
//! (JSON; an error has NetSuite's form):
//!
//! | call | does |
//! |---|---|
//! | `GET status` | requests in flight, their peak, 429s, parked and late calls, armed faults, tokens given |
//! | `GET settings` · `POST settings` | [`Settings`]; a POST changes the named ones |
//! | `POST faults` | `{"fault": …, "when": {"method","path","record","body"}, "times": 1}`; [`Fault`], [`Matcher`]; `times` null: until cleared |
//! | `POST faults/clear` | disarms all |
//! | `POST parked/release` | lets parked calls go |
//! | `POST late/commit` | carries out what `commit_late` put off |
//! | `POST tokens/revoke` | every access token is 401 from now on |
//! | `GET callbacks` | the posts of the script's user events, and what became of them |
//! | `POST callbacks/handle` · `…/release` · `…/clear` | `{"handling","times"}`, [`Handling`]; `{"order"}`, [`Release`] |
//! | `GET calls` · `POST calls/reset` | the journal: method, path, record, status, committed, fault; no bodies |
//! | `POST items` | [`SeedItem`] → `{"id"}` |
//! | `GET stock` · `POST stock` | levels; `{"item","location","on_hand"}` sets one |
//! | `GET records/{type}` | every record of a type, as [`Transaction`] or [`Customer`] |
//! | `POST records/{type}` | what a person or another integration creates: a REST body, `tranId` allowed |
//! | `POST records/{type}/{id}/edit` | `{"body": REST body, "replace": ["item"]}` |
//! | `POST records/{type}/{id}/transform/{target}` | ships, bills, credits …: a REST body |
//! | `POST records/{type}/{id}/delete` · `…/deactivate` · `…/activate` · `…/cancel` (salesOrder) | |

mod answer;
mod calendar;
mod callback;
mod control;
mod document;
mod fault;
mod intake;
mod journal;
mod kind;
mod person;
pub mod record;
mod request;
mod schema;
mod server;
mod settings;
mod shelf;
mod state;
mod stock;
mod suiteql;
mod token;
mod view;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

pub use self::answer::Refusal;
pub use self::callback::{Callback, Callbacks, Change, Handling, Outcome, Release};
pub use self::fault::{Fault, Matcher};
pub use self::journal::Call;
pub use self::kind::Kind;
pub use self::person::SeedItem;
pub use self::settings::{
    Certificate, ClosedPeriod, Currency, Entry, Ledger, Location, OrderStatus, Settings,
    ShipMethod, Subsidiary, TEST_CERTIFICATE_EC, TEST_CERTIFICATE_RSA, TEST_KEY_EC, TEST_KEY_RSA,
    TaxCode, TaxMode,
};
pub use self::view::{Customer, Line, Stock, TaxRow, Transaction};

use self::callback::{By, Caller};
use self::shelf::Shelf;
use self::state::State;
use crate::connection::CuttableListener;

/// A running account; it stops when dropped.
pub struct Account {
    shelf: Arc<Shelf>,
    address: SocketAddr,
    server: JoinHandle<()>,
    /// The server stops when this is dropped.
    _running: oneshot::Sender<()>,
    /// The posts of the script; they end when this is dropped.
    _script: JoinSet<()>,
}

impl Account {
    /// Starts an account with nothing in it but its set-up.
    ///
    /// # Errors
    ///
    /// The address cannot be listened on.
    pub async fn start(settings: Settings) -> io::Result<Account> {
        let listener = tokio::net::TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let (caller, waiting) = Caller::new();
        let shelf = Arc::new(Shelf::new(State::new(settings), caller));
        let mut script = JoinSet::new();
        script.spawn(callback::carry(Arc::clone(&shelf), waiting));
        let (running, stopped) = oneshot::channel();
        let stop = async move {
            // Nothing is ever sent: the end of the sender is the signal.
            let _dropped = stopped.await;
        };
        let server = server::listen(CuttableListener(listener), Arc::clone(&shelf), stop);
        Ok(Account {
            shelf,
            address,
            server: tokio::spawn(server),
            _running: running,
            _script: script,
        })
    }

    /// `http://127.0.0.1:port`, the account's base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the server ends, which it does only with the process.
    pub async fn run(self) {
        let _ended = self.server.await;
    }

    /// Changes settings while it runs.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.shelf.state().settings);
    }

    /// The next call, whatever it is (but no token request), meets this fault.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_when(Matcher::any(), fault);
    }

    /// The next call that matches meets this fault.
    pub fn fail_when(&self, matcher: Matcher, fault: Fault) {
        self.shelf.faults().arm(matcher, fault, Some(1));
    }

    /// The next `times` calls that match meet this fault.
    pub fn fail_times(&self, times: u32, matcher: Matcher, fault: Fault) {
        self.shelf.faults().arm(matcher, fault, Some(times));
    }

    /// Every call that matches meets this fault, until [`Account::clear_faults`].
    pub fn fail_always(&self, matcher: Matcher, fault: Fault) {
        self.shelf.faults().arm(matcher, fault, None);
    }

    pub fn clear_faults(&self) {
        self.shelf.faults().clear();
    }

    /// How many armed faults have not been used up.
    pub fn faults_left(&self) -> usize {
        self.shelf.faults().left()
    }

    /// How many calls are parked now.
    pub fn parked(&self) -> usize {
        self.shelf.parked.waiting()
    }

    /// Lets every parked call go.
    pub fn release_parked(&self) {
        self.shelf.parked.open();
    }

    /// How many requests wait to be committed late.
    pub fn late(&self) -> usize {
        self.shelf.late().len()
    }

    /// Carries out every request that [`Fault::CommitLate`] put off; answers how many.
    pub fn commit_late_now(&self) -> usize {
        server::commit_late_now(&self.shelf, |_| true)
    }

    /// Ends every access token.
    pub fn revoke_tokens(&self) {
        self.shelf.tokens().revoke_all();
    }

    /// How many access tokens were given out.
    pub fn tokens_given(&self) -> u64 {
        self.shelf.tokens().given
    }

    /// The calls since the last reset, token requests included, in order of arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.shelf.journal().calls()
    }

    pub fn reset_calls(&self) {
        self.shelf.journal().reset();
    }

    /// How many requests the concurrency gate refused since the last reset.
    pub fn too_many_requests(&self) -> u64 {
        self.shelf.journal().too_many
    }

    /// The most requests answered at once since the last reset.
    pub fn peak(&self) -> usize {
        self.shelf.journal().peak
    }

    /// Every record of a transaction type, by id.
    pub fn transactions(&self, kind: Kind) -> Vec<Transaction> {
        let state = self.shelf.state();
        state
            .of_kind(kind)
            .map(|record| view::transaction(&state, record))
            .collect()
    }

    pub fn sales_orders(&self) -> Vec<Transaction> {
        self.transactions(Kind::SalesOrder)
    }

    pub fn sales_orders_with_external_id(&self, external_id: &str) -> Vec<Transaction> {
        let mut orders = self.sales_orders();
        orders.retain(|order| order.external_id.as_deref() == Some(external_id));
        orders
    }

    pub fn deposits(&self) -> Vec<Transaction> {
        self.transactions(Kind::CustomerDeposit)
    }

    pub fn customers(&self) -> Vec<Customer> {
        let state = self.shelf.state();
        state
            .of_kind(Kind::Customer)
            .map(|record| view::customer(&state, record))
            .collect()
    }

    /// Tells the stock whenever it is called, wherever it was taken to.
    pub fn stock_now(&self) -> impl Fn() -> Vec<Stock> + Send + use<> {
        let shelf = Arc::clone(&self.shelf);
        move || view::stock(&shelf.state())
    }

    pub fn stock(&self) -> Vec<Stock> {
        view::stock(&self.shelf.state())
    }

    /// Adds an item; answers its id.
    pub fn seed_item(&self, seed: SeedItem) -> u64 {
        person::seed_item(&mut self.shelf.state(), seed)
    }

    /// Makes the quantity on hand exactly this.
    pub fn set_on_hand(&self, item: u64, location: &str, on_hand: Decimal) {
        self.shelf
            .state()
            .stock
            .set_on_hand(&(item, location.into()), on_hand);
    }

    /// Adds a customer from a REST body; answers its id.
    ///
    /// # Errors
    ///
    /// As [`Account::person_creates`].
    pub fn seed_customer(&self, body: &Value) -> Result<u64, Refusal> {
        self.person_creates(Kind::Customer, body)
    }

    fn as_person<T>(
        &self,
        act: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.shelf.act(By::Person, act)
    }

    /// A person, or another integration, creates a record: a REST body, `tranId` allowed.
    ///
    /// # Errors
    ///
    /// The rule it breaks.
    pub fn person_creates(&self, kind: Kind, body: &Value) -> Result<u64, Refusal> {
        self.as_person(|state| person::create(state, kind, body))
    }

    /// A person edits a record; sublists named in `replace` lose the lines that are not in the body.
    ///
    /// # Errors
    ///
    /// The rule it breaks.
    pub fn person_edits(
        &self,
        kind: Kind,
        id: u64,
        body: &Value,
        replace: &[&str],
    ) -> Result<(), Refusal> {
        let replace: Vec<String> = replace.iter().map(|name| (*name).into()).collect();
        self.as_person(|state| person::edit(state, kind, id, body, &replace))
    }

    /// A person ships, bills, credits or receives: makes `to` from a record. Answers the new id.
    ///
    /// # Errors
    ///
    /// The rule it breaks.
    pub fn person_makes(
        &self,
        from: Kind,
        id: u64,
        to: Kind,
        body: &Value,
    ) -> Result<u64, Refusal> {
        self.as_person(|state| person::make(state, from, id, to, body))
    }

    /// A person deletes a record.
    ///
    /// # Errors
    ///
    /// Other records depend on it, or it is not there.
    pub fn person_deletes(&self, kind: Kind, id: u64) -> Result<(), Refusal> {
        self.as_person(|state| person::delete(state, kind, id))
    }

    /// A person cancels an order.
    ///
    /// # Errors
    ///
    /// There is no such order.
    pub fn person_cancels(&self, order: u64) -> Result<(), Refusal> {
        self.as_person(|state| person::cancel(state, order))
    }

    /// A person makes an item or a customer inactive.
    ///
    /// # Errors
    ///
    /// There is no such record.
    pub fn person_deactivates(&self, kind: Kind, id: u64) -> Result<(), Refusal> {
        self.as_person(|state| person::set_inactive(state, kind, id, true))
    }

    /// The next `times` callbacks (all with `None`) are lost, doubled or held.
    pub fn handle_callbacks(&self, handling: Handling, times: Option<u32>) {
        self.shelf.caller.wish(handling, times);
    }

    /// Callbacks are posted as they come again.
    pub fn clear_callback_faults(&self) {
        self.shelf.caller.clear_wishes();
    }

    /// Posts the held callbacks in this order; answers how many.
    pub fn release_callbacks(&self, order: Release) -> usize {
        self.shelf.caller.release(order)
    }

    /// Every save the script was to tell of, in order, and what became of its post.
    pub fn callbacks(&self) -> Vec<Callback> {
        self.shelf.caller.callbacks()
    }

    /// Waits until no callback is on its way.
    pub async fn callbacks_settled(&self) {
        self.shelf.caller.settled().await;
    }

    /// Ends the five minutes of silence after a slow or failed callback.
    pub fn end_callback_silence(&self) {
        self.shelf.caller.end_silence();
    }
}
