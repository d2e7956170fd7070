//! A day of trade in small: a shop and an account that are twins, the real service between them,
//! on a database of its own.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rust_decimal::Decimal;
use sandbox::netsuite::{self, Account, Kind, SeedItem, TEST_KEY_EC};
use sandbox::shopify::{self, NewLocation, Shop};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill::app::App;
use waybill::{config, telemetry};

use crate::database::Database;

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(15);

/// The settings every test starts from. `{…}` are filled in by [`World::settings`].
const SETTINGS: &str = r#"
[public]
listen = "{public}"
[operator]
listen = "127.0.0.1:0"
tokens = [{ name = "anna", role = "operator", token = { file = "{dir}/token" } }]
[netsuite]
account = "1234567_SB1"
url = "{netsuite}"
client_id = { file = "{dir}/netsuite_client" }
certificate_id = "{certificate}"
private_key = { file = "{dir}/netsuite.pem" }
callback_secrets = [{ file = "{dir}/callback_secret" }]
allow_mixed = true
concurrency = 4
[timing]
lease = "2s"
poll = "20ms"
retry_first = "50ms"
netsuite_deadline = "5s"
shopify_deadline = "5s"
drain = "5s"
read_back_after = "1h"
[sweeps]
order = "1h"
[[store]]
name = "us"
domain = "acme-us.myshopify.com"
url = "{shopify}"
client_id = { file = "{dir}/shopify_client" }
client_secrets = [{ file = "{dir}/shopify_secret" }]
subsidiary = "2"
time_zone = "America/New_York"
[store.orders]
location = "6"
status = "pending_fulfillment"
{orders}
[store.tax]
strategy = "suitetax_override"
[[store.tax.map]]
country = "US"
code = "9"
type = "1"
[[store.tax.map]]
code = "11"
type = "3"
[store.items]
discount = "900"
shipping = "901"
tip = "902"
custom_line = "903"
gift_card = "904"
[store.shipping]
default = "31"
[store.payments.default]
payment_option = "8"
account = "123"
[store.customers]
entity_id = "customer.name ~ ' ' ~ customer.id"
{customers}
{more}
"#;

/// What NetSuite's script signs with.
pub(crate) const CALLBACK_SECRET: &str = "whsec_bmV3LXNlY3JldA==";

/// What differs from [`SETTINGS`], as TOML.
#[derive(Debug, Default, Clone)]
pub(crate) struct Change {
    /// Keys of `[store.orders]`.
    pub(crate) orders: &'static str,
    /// Keys of `[store.customers]`.
    pub(crate) customers: &'static str,
    /// Whole tables, after all others.
    pub(crate) more: &'static str,
    /// Lines of [`SETTINGS`], and what stands there instead.
    pub(crate) instead: &'static [(&'static str, &'static str)],
    /// The shop's own currency, where it is not USD.
    pub(crate) currency: Option<&'static str>,
    /// What is set up otherwise in the NetSuite account.
    pub(crate) account: Option<fn(&mut netsuite::Settings)>,
    /// A second location of the shop.
    pub(crate) annex: Option<u64>,
}

/// Both twins, their database, and what the service is told.
pub(crate) struct World {
    pub(crate) shop: Shop,
    pub(crate) netsuite: Account,
    pub(crate) database: Database,
    change: Change,
    dir: TempDir,
    service: Option<Service>,
}

/// The service in this process; it ends when this is dropped.
struct Service {
    _running: JoinSet<()>,
    public: SocketAddr,
    operator: SocketAddr,
}

impl World {
    /// Both twins and the service, with items MUG, TEE and those that are no product.
    pub(crate) async fn start() -> Self {
        Self::with(Change::default()).await
    }

    pub(crate) async fn with(change: Change) -> Self {
        let mut world = Self::beside(Database::new().await, change).await;
        world.serve().await;
        world
    }

    /// As [`World::start`], on a Postgres that [`World::restart_postgres`] may stop.
    pub(crate) async fn on_a_server_of_its_own() -> Self {
        let database = Database::on_a_server_of_its_own().await;
        let mut world = Self::beside(database, Change::default()).await;
        world.serve().await;
        world
    }

    pub(crate) fn restart_postgres(&mut self) {
        self.database.restart();
    }

    /// The twins alone: the test starts the service itself.
    pub(crate) async fn without_service() -> Self {
        Self::beside(Database::new().await, Change::default()).await
    }

    /// As [`World::without_service`], with other settings.
    pub(crate) async fn without_service_with(change: Change) -> Self {
        Self::beside(Database::new().await, change).await
    }

    async fn beside(database: Database, change: Change) -> Self {
        let plain = shopify::Settings::default();
        let shop = Shop::start(shopify::Settings {
            second_ms: 20,
            restore_rate: Some(100_000),
            currency: change.currency.unwrap_or(&plain.currency).to_owned(),
            locations: plain
                .locations
                .iter()
                .cloned()
                .chain(change.annex.map(|id| NewLocation::new(id, "Annex", "US")))
                .collect(),
            ..plain
        });
        let mut account = netsuite::Settings {
            custom_fields: fields(&[
                "custcol_waybill_line",
                "custcol_waybill_tax",
                "custbody_waybill_tax",
                "custbody_waybill_shipping_tax",
                "custbody_gift_note",
            ]),
            ..netsuite::Settings::default()
        };
        if let Some(set_up) = change.account {
            set_up(&mut account);
        }
        let account = Account::start(account);
        let world = Self {
            shop: shop.await.unwrap(),
            netsuite: account.await.unwrap(),
            database,
            change,
            dir: tempfile::tempdir().unwrap(),
            service: None,
        };
        world.stock_up();
        world
    }

    /// The items that every test has.
    fn stock_up(&self) {
        for sku in ["MUG", "TEE", "00420"] {
            self.item(sku);
        }
        for (id, name, kind) in [
            (900, "Discount", Kind::DiscountItem),
            (901, "Shipping", Kind::OtherChargeSaleItem),
            (902, "Tip", Kind::OtherChargeSaleItem),
            (903, "Custom line", Kind::NonInventorySaleItem),
            (904, "Gift card", Kind::OtherChargeSaleItem),
        ] {
            self.netsuite.seed_item(SeedItem {
                id: Some(id),
                kind,
                ..SeedItem::new(name)
            });
        }
    }

    /// An item with this SKU and plenty of stock; its id.
    pub(crate) fn item(&self, sku: &str) -> u64 {
        let item = self.netsuite.seed_item(SeedItem::new(sku));
        self.netsuite
            .set_on_hand(item, "6", Decimal::from(1_000_000));
        item
    }

    /// An item that is no product and cannot be stocked.
    pub(crate) fn service_item(&self, id: u64, name: &str) {
        self.netsuite.seed_item(SeedItem {
            id: Some(id),
            kind: Kind::OtherChargeSaleItem,
            ..SeedItem::new(name)
        });
    }

    /// Starts the service in this process, and subscribes the shop's webhooks to it.
    pub(crate) async fn serve(&mut self) {
        let config = config::load(Some(&self.settings("127.0.0.1:0"))).unwrap();
        let app = App::start(config, &self.database.url, telemetry::metrics())
            .await
            .unwrap();
        let (public, operator) = app.addresses().unwrap();
        let mut running = JoinSet::new();
        running.spawn(app.run(CancellationToken::new()));
        self.subscribe(public);
        self.service = Some(Service {
            _running: running,
            public,
            operator,
        });
    }

    /// Where the shop's webhooks go.
    pub(crate) fn door(&self) -> String {
        let public = self.service.as_ref().unwrap().public;
        format!("http://{public}/webhooks/shopify")
    }

    /// Has NetSuite's script tell the service what is saved, our own writes as well if asked.
    pub(crate) fn script(&self, own_writes: bool) {
        let url = self
            .door()
            .replace("/webhooks/shopify", "/callbacks/netsuite");
        self.netsuite.configure(|settings| {
            settings.callbacks = Some(netsuite::Callbacks {
                url,
                secret: CALLBACK_SECRET.to_owned(),
                own_writes,
                slow_ms: 30_000,
                ..netsuite::Callbacks::default()
            });
        });
    }

    /// Where operators ask.
    pub(crate) fn operator(&self) -> SocketAddr {
        self.service.as_ref().unwrap().operator
    }

    /// Sends the shop's webhooks to `public`.
    pub(crate) fn subscribe(&self, public: SocketAddr) {
        self.shop
            .subscribe_all(&format!("http://{public}/webhooks/shopify"));
    }

    /// Writes the configuration file, and gives its path.
    pub(crate) fn settings(&self, public: &str) -> PathBuf {
        let dir = self.dir.path();
        for (name, text) in [
            ("token", "operator-token"),
            ("callback_secret", CALLBACK_SECRET),
            ("netsuite_client", "sandbox-client-id"),
            ("netsuite.pem", TEST_KEY_EC),
            ("shopify_client", "sandbox-client"),
            ("shopify_secret", "sandbox-secret"),
        ] {
            std::fs::write(dir.join(name), text).unwrap();
        }
        let mut text = SETTINGS.to_owned();
        for (line, instead) in self.change.instead {
            assert!(text.contains(line), "no setting `{line}`");
            text = text.replace(line, instead);
        }
        for (name, value) in [
            ("public", public),
            ("dir", &dir.display().to_string()),
            ("netsuite", &self.netsuite.url()),
            ("shopify", &self.shop.url()),
            (
                "certificate",
                &netsuite::Settings::default().certificates[0].id,
            ),
            ("orders", self.change.orders),
            ("customers", self.change.customers),
            ("more", self.change.more),
        ] {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let path = dir.join("waybill.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What a service that was started as a process has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("waybill.log")).unwrap_or_default()
    }

    /// Lets every webhook and every call of NetSuite's script arrive, and everything that is due, waiting or to be verified happen, until
    /// nothing is.
    pub(crate) async fn drain(&self) {
        self.drain_within(PATIENCE).await;
    }

    /// As [`World::drain`], for more than a few documents.
    pub(crate) async fn drain_within(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut quiet = 0;
        while quiet < 2 {
            let told = "still not quiet";
            assert!(Instant::now() < until, "{told}: {}", self.told().await);
            self.shop.settle().await.unwrap();
            self.netsuite.callbacks_settled().await;
            quiet = if self.is_quiet().await { quiet + 1 } else { 0 };
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Makes all that waits for its time due now; whether there was nothing left to do. What waits for
    /// NetSuite's bill waits for minutes, and is let wait.
    async fn is_quiet(&self) -> bool {
        sqlx::raw_sql(
            "update outbox set due_at = now(), not_before = null where state = 'due' and due_at > now()
                 and (waiting_since is null or due_at < now() + interval '2 minutes');
             update outbox set verify_at = now() where state = 'settled' and verify_at > now()",
        )
        .execute(&self.database.pool)
        .await
        .unwrap();
        let busy = "select count(*) from outbox where claims > ended
            or (state = 'due' and (waiting_since is null or due_at < now() + interval '2 minutes'))
            or (state = 'settled' and verify_at is not null)";
        self.database.number(busy).await == 0
    }

    /// As [`World::drain`], but for webhooks that wait for a process that was killed.
    pub(crate) async fn drain_but_for_webhooks(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.is_quiet().await {
            let told = "still not quiet";
            assert!(Instant::now() < until, "{told}: {}", self.told().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// As [`World::drain`], and nothing may be left held.
    pub(crate) async fn drain_well(&self) {
        self.drain().await;
        assert_eq!(
            self.problems().await,
            Vec::<String>::new(),
            "{}",
            self.told().await
        );
    }

    /// Waits until a document that is due gives a reason with these words, without hurrying it.
    pub(crate) async fn waits_for(&self, words: &str) {
        self.shop.settle().await.unwrap();
        let until = Instant::now() + PATIENCE;
        let reasons = "select reason from outbox where state = 'due' and claims = ended and reason is not null";
        loop {
            let told = self.database.texts(reasons).await;
            if told.iter().any(|reason| reason.contains(words)) {
                return;
            }
            assert!(
                Instant::now() < until,
                "waited in vain for {words}: {}",
                self.told().await
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The codes of the problems that hold a document.
    pub(crate) async fn problems(&self) -> Vec<String> {
        self.database
            .texts("select problem_code from outbox where state = 'held' order by document")
            .await
    }

    /// Waits until every webhook is delivered and nothing is due; what is to be read back later stays so.
    pub(crate) async fn quiet(&self) {
        self.shop.settle().await.unwrap();
        self.database
            .until("select (count(*) = 0)::int::int8 from outbox where (state = 'due' and due_at <= now()) or claims > ended")
            .await;
    }

    /// How each order stands, oldest first: why it is held, why it is skipped, or `applied`.
    pub(crate) async fn ends(&self) -> Vec<String> {
        self.database
            .texts(
                "select case when state = 'held' then problem_code else coalesce(reason, outcome) end
                 from outbox where kind = 'order' order by length(document), document",
            )
            .await
    }

    /// What is said of each held document, oldest first.
    pub(crate) async fn explained(&self) -> Vec<String> {
        self.database
            .texts("select problem ->> 'what' from outbox where state = 'held' order by length(document), document")
            .await
    }

    /// The NetSuite id that Shopify shows on an order.
    pub(crate) fn shown(&self, order: u64) -> Option<String> {
        let owner = format!("gid://shopify/Order/{order}");
        let shown = self.shop.metafield(&owner, "waybill", "netsuite_id");
        shown.map(|field| field.value)
    }

    /// Nothing at all was written to NetSuite.
    #[track_caller]
    pub(crate) fn holds_nothing(&self) {
        assert!(self.netsuite.sales_orders().is_empty());
        assert!(self.netsuite.deposits().is_empty());
        assert!(self.netsuite.customers().is_empty());
    }

    /// Waits until `holds`.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds() {
            assert!(
                Instant::now() < until,
                "waited in vain until {what}: {}",
                self.told().await
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The one sales order of a Shopify order.
    pub(crate) fn sales_order(&self, order: u64) -> netsuite::Transaction {
        let mut orders = self
            .netsuite
            .sales_orders_with_external_id(&format!("so-us-{order}"));
        assert_eq!(orders.len(), 1, "sales orders of {order}");
        orders.remove(0)
    }

    /// The deposits for a Shopify order.
    pub(crate) fn deposits(&self, order: u64) -> Vec<netsuite::Transaction> {
        let id = self.sales_order(order).id;
        self.netsuite
            .deposits()
            .into_iter()
            .filter(|deposit| deposit.sales_order == Some(id))
            .collect()
    }

    /// The order is in NetSuite exactly once, with one deposit, both of `total`.
    #[track_caller]
    pub(crate) fn holds_once(&self, order: u64, total: Decimal) {
        assert_eq!(self.sales_order(order).total, total);
        let deposits: Vec<Decimal> = self
            .deposits(order)
            .iter()
            .map(|deposit| deposit.total)
            .collect();
        assert_eq!(deposits, [total]);
    }

    /// NetSuite calls since the last reset, those for tokens apart.
    pub(crate) fn netsuite_calls(&self) -> Vec<String> {
        let calls = self.netsuite.calls().into_iter();
        calls
            .map(|call| format!("{} {}", call.method, call.path))
            .filter(|call| !call.contains("oauth2"))
            .collect()
    }

    /// Where every document stands, for a failed test.
    async fn told(&self) -> String {
        let rows = self.database.texts(
            "select concat_ws(' ', document, state, 'claims', claims, 'ended', ended, outcome, reason, problem,
                 (select string_agg(call || ' → ' || coalesce(answer, '?'), '; ' order by id) from attempt_call c where c.pass = o.pass))
             from outbox o order by document",
        );
        let mut told = String::new();
        for row in rows.await {
            writeln!(told, "\n  {row}").unwrap();
        }
        told
    }
}

fn fields(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}
