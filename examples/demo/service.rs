//! The real program as a process of its own, configured for the twins.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use sandbox::netsuite::{self, TEST_KEY_EC};
use serde_json::{Value, json};

use crate::Twins;

const TOKEN: &str = "demo-operator";
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(40);

/// What NetSuite's script signs with.
pub(crate) const CALLBACK_SECRET: &str = "whsec_bmV3LXNlY3JldA==";

/// What differs from one thing that is shown to the next, as TOML.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    /// Keys of `[sweeps]`.
    pub(crate) sweeps: &'static str,
    /// Keys of `[store.customers]`.
    pub(crate) customers: &'static str,
}

pub(crate) struct Service {
    child: Child,
    public: SocketAddr,
    operator: SocketAddr,
    log: PathBuf,
    http: Client,
}

impl Service {
    /// Starts `waybill serve`, waits until it is ready, and subscribes the shop's webhooks by `waybill connect`.
    pub(crate) async fn start(
        dir: &Path,
        database: &str,
        twins: &Twins,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let (public, operator) = (free_port()?, free_port()?);
        let config = configuration(dir, public, operator, twins, settings)?;
        let log = dir.join("waybill.log");
        let said = File::create(&log)?;
        let child = Command::new(program()?)
            .arg("--config")
            .arg(&config)
            .arg("serve")
            .env("DATABASE_URL", database)
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .context("waybill cannot be started")?;
        let http = Client::builder().timeout(Duration::from_secs(30)).build()?;
        let mut service = Self {
            child,
            public,
            operator,
            log,
            http,
        };
        service.wait_until_ready().await?;
        connect(&config)?;
        Ok(service)
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let answer = self
                .http
                .get(format!("http://{}/readyz", self.public))
                .send()
                .await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if self.child.try_wait()?.is_some() || began.elapsed() > START {
                bail!("waybill did not start:\n{}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// As an operator: shows the plan for everything held with this problem, then applies it.
    pub(crate) async fn replay(&self, problem: &str) -> anyhow::Result<()> {
        let plan = self.post("replays", &json!({ "problem": problem })).await?;
        let hash = plan["plan_hash"]
            .as_str()
            .with_context(|| format!("no plan: {plan}"))?;
        self.post("replays", &json!({ "problem": problem, "plan_hash": hash }))
            .await?;
        Ok(())
    }

    /// As an operator: asks for a sweep of `kind`, of `store` alone if one is named.
    pub(crate) async fn sweep(&self, kind: &str, store: Option<&str>) -> anyhow::Result<()> {
        let body = json!({ "kind": kind, "store": store });
        self.post("sweeps", &body).await?;
        Ok(())
    }

    /// Whether no document is due, by the operators' API.
    pub(crate) async fn is_idle(&self) -> anyhow::Result<bool> {
        Ok(self.documents("due").await? == 0)
    }

    /// How many documents are held, by the operators' API.
    pub(crate) async fn held(&self) -> anyhow::Result<usize> {
        self.documents("held").await
    }

    async fn documents(&self, state: &str) -> anyhow::Result<usize> {
        let url = format!("http://{}/api/v1/documents?state={state}", self.operator);
        let answer: Value = self
            .http
            .get(url)
            .bearer_auth(TOKEN)
            .send()
            .await?
            .json()
            .await?;
        let documents = answer["documents"]
            .as_array()
            .with_context(|| format!("no list: {answer}"))?;
        Ok(documents.len())
    }

    async fn post(&self, what: &str, body: &Value) -> anyhow::Result<Value> {
        let url = format!("http://{}/api/v1/{what}", self.operator);
        let answer = self
            .http
            .post(url)
            .bearer_auth(TOKEN)
            .json(body)
            .send()
            .await?;
        let status = answer.status();
        let told: Value = answer.json().await?;
        if !status.is_success() {
            bail!("{what} answered {status}: {told}");
        }
        Ok(told)
    }

    /// Where the shop's webhooks go.
    pub(crate) fn door(&self) -> String {
        format!("http://{}/webhooks/shopify", self.public)
    }

    /// Where NetSuite's script posts to.
    pub(crate) fn callbacks(&self) -> String {
        format!("http://{}/callbacks/netsuite", self.public)
    }

    pub(crate) fn doors(&self) -> String {
        format!(
            "webhooks   http://{}/webhooks/shopify\noperators  http://{}/api/v1/status  (Authorization: Bearer {TOKEN})",
            self.public, self.operator
        )
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// SIGTERM, and the status it ends with.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let began = Instant::now();
        while began.elapsed() < STOP {
            if let Some(status) = self.child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("waybill ended with {status}:\n{}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("waybill did not stop within {} s", STOP.as_secs())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Only where the demo failed: `stop` has waited for its end.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The program beside this example: `target/debug/waybill`.
fn program() -> anyhow::Result<PathBuf> {
    let example = std::env::current_exe()?;
    let target = example
        .parent()
        .and_then(Path::parent)
        .context("this example lies in target")?;
    let program = target.join("waybill");
    if !program.is_file() {
        bail!(
            "{} is not built: cargo build --bin waybill",
            program.display()
        );
    }
    Ok(program)
}

/// `waybill connect`: from now on the shop's webhooks come.
fn connect(config: &Path) -> anyhow::Result<()> {
    let ended = Command::new(program()?)
        .arg("--config")
        .arg(config)
        .arg("connect")
        .stdin(Stdio::null())
        .output()
        .context("waybill cannot be started")?;
    if ended.status.success() {
        return Ok(());
    }
    let said = [ended.stdout, ended.stderr].concat();
    bail!(
        "waybill connect ended with {}:\n{}",
        ended.status,
        String::from_utf8_lossy(&said)
    )
}

fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn configuration(
    dir: &Path,
    public: SocketAddr,
    operator: SocketAddr,
    twins: &Twins,
    settings: Settings,
) -> anyhow::Result<PathBuf> {
    for (name, secret) in [
        ("token", TOKEN),
        ("callback_secret", CALLBACK_SECRET),
        ("netsuite_client", "sandbox-client-id"),
        ("netsuite.pem", TEST_KEY_EC),
        ("shopify_client", "sandbox-client"),
        ("shopify_secret", "sandbox-secret"),
    ] {
        fs::write(dir.join(name), secret)?;
    }
    let certificates = netsuite::Settings::default().certificates;
    let certificate = certificates
        .first()
        .context("the account has no certificate")?;
    let mut text = include_str!("waybill.toml").to_owned();
    for (name, value) in [
        ("public", public.to_string()),
        ("operator", operator.to_string()),
        ("dir", dir.display().to_string()),
        ("netsuite", twins.netsuite.url()),
        ("shopify", twins.shop.url()),
        ("certificate", certificate.id.clone()),
        ("sweeps", settings.sweeps.to_owned()),
        ("customers", settings.customers.to_owned()),
    ] {
        text = text.replace(&format!("{{{name}}}"), &value);
    }
    let path = dir.join("waybill.toml");
    fs::write(&path, text)?;
    Ok(path)
}
