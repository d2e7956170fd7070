//! What is shipped agrees with the program: image, fly.toml, README.

use std::fs;
use std::path::Path;

use clap::{CommandFactory, Parser};
use serde::Deserialize;
use waybill::cli::{Cli, Command};
use waybill::config::{Public, Timing};
use waybill::problem::Code;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn command(words: &[&str]) -> Command {
    let words = ["waybill"].into_iter().chain(words.iter().copied());
    Cli::try_parse_from(words).unwrap().command
}

const SERVE: Command = Command::Serve {
    private_postgres: false,
};

/// The keys of fly.toml that we use: another one is a misspelt one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fly {
    #[serde(rename = "app")]
    _app: String,
    #[serde(rename = "primary_region")]
    _primary_region: String,
    kill_signal: String,
    /// Seconds.
    kill_timeout: u64,
    build: Build,
    deploy: Deploy,
    env: toml::Table,
    files: Vec<Mounted>,
    http_service: Service,
    #[serde(rename = "vm")]
    _vm: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Build {
    dockerfile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deploy {
    release_command: String,
    strategy: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mounted {
    guest_path: String,
    #[serde(rename = "local_path")]
    _local_path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    internal_port: u16,
    force_https: bool,
    auto_stop_machines: String,
    auto_start_machines: bool,
    min_machines_running: u32,
    #[serde(rename = "concurrency")]
    _concurrency: toml::Table,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    method: String,
    path: String,
    #[serde(rename = "interval")]
    _interval: String,
    #[serde(rename = "timeout")]
    _timeout: String,
    #[serde(rename = "grace_period")]
    _grace_period: String,
}

fn fly() -> Fly {
    toml::from_str(&file("fly.toml")).unwrap()
}

/// What follows `instruction` in the Dockerfile, each time it stands there.
fn instructions(instruction: &str) -> Vec<String> {
    let text = file("Dockerfile").replace("\\\n", " ");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix(instruction));
    lines.map(|rest| rest.trim().to_owned()).collect()
}

/// The words of `["a", "b"]`.
fn words(list: &str) -> Vec<String> {
    let start = list.find('[').unwrap();
    serde_json::from_str(&list[start..]).unwrap()
}

#[test]
fn fly_stops_the_service_only_after_its_drain() {
    let fly = fly();
    assert_eq!(fly.kill_signal, "SIGTERM");
    assert!(fly.kill_timeout >= Timing::default().drain.as_secs() + 5);
}

#[test]
fn fly_migrates_before_a_release_and_never_stops_the_dispatcher() {
    let fly = fly();
    assert_eq!(
        command(&[fly.deploy.release_command.as_str()]),
        Command::Migrate
    );
    assert_eq!(fly.deploy.strategy, "rolling");
    assert_eq!(fly.build.dockerfile, "Dockerfile");
    assert_eq!(fly.http_service.auto_stop_machines, "off");
    assert!(fly.http_service.auto_start_machines && fly.http_service.force_https);
    assert!(fly.http_service.min_machines_running >= 1);
}

#[test]
fn fly_reaches_the_public_listener_and_asks_whether_it_is_ready() {
    let fly = fly();
    assert_eq!(
        fly.http_service.internal_port,
        Public::default().listen.port()
    );
    let door = file("src/inbound/mod.rs");
    for check in &fly.http_service.checks {
        assert_eq!(check.method, "GET");
        assert_eq!(check.path, "/readyz");
        assert!(door.contains(&format!("\"{}\"", check.path)));
    }
    assert!(!fly.http_service.checks.is_empty());
}

#[test]
fn fly_and_the_image_agree_on_the_configuration() {
    let fly = fly();
    let config = fly.env["WAYBILL_CONFIG"].as_str().unwrap();
    assert!(fly.files.iter().any(|mounted| mounted.guest_path == config));
    assert!(
        instructions("ENV ")
            .iter()
            .any(|env| env.contains(&format!("WAYBILL_CONFIG={config}")))
    );
    let hidden = ["SECRET", "TOKEN", "DATABASE_URL", "KEY"];
    assert!(
        !fly.env
            .keys()
            .any(|key| hidden.iter().any(|word| key.contains(word)))
    );
}

#[test]
fn the_image_runs_as_an_ordinary_user_and_starts_the_service() {
    let from = instructions("FROM ");
    assert!(from.last().unwrap().ends_with(":nonroot"), "{from:?}");
    assert_eq!(
        words(&instructions("ENTRYPOINT ")[0]),
        ["/usr/local/bin/waybill"]
    );
    let cmd = words(&instructions("CMD ")[0]);
    assert_eq!(
        command(&cmd.iter().map(String::as_str).collect::<Vec<_>>()),
        SERVE
    );
    assert_eq!(
        instructions("EXPOSE "),
        [Public::default().listen.port().to_string()]
    );
}

#[test]
fn the_image_asks_the_service_without_a_shell() {
    let check = words(&instructions("HEALTHCHECK ")[0]);
    assert_eq!(check[0], "waybill");
    assert_eq!(command(&[check[1].as_str()]), Command::Health);
}

#[test]
fn the_image_is_built_by_the_pinned_toolchain_from_all_that_the_build_reads() {
    let toolchain: toml::Table = file("rust-toolchain.toml").parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    let manifest: toml::Table = file("Cargo.toml").parse().unwrap();
    let least = manifest["workspace"]["package"]["rust-version"]
        .as_str()
        .unwrap();
    assert!(channel.starts_with(least));
    let from = &instructions("FROM ")[0];
    assert!(from.starts_with(&format!("rust:{least}-")), "{from}");

    let kept = file(".dockerignore");
    for path in [
        ".cargo",
        ".sqlx",
        "Cargo.lock",
        "Cargo.toml",
        "build.rs",
        "migrations",
        "sandbox",
        "schemas",
        "src",
    ] {
        assert!(
            kept.lines().any(|line| line == format!("!{path}")),
            "{path}"
        );
    }
}

#[test]
fn the_readme_explains_every_command_and_every_problem() {
    let readme = file("README.md");
    for command in Cli::command().get_subcommands() {
        assert!(
            readme.contains(&format!("`{}", command.get_name())),
            "{}",
            command.get_name()
        );
    }
    let rows = Code::ALL
        .iter()
        .map(|code| format!("| `{}` | {} |", code.as_str(), code.remedy()));
    let absent: Vec<String> = rows
        .filter(|row| !readme.lines().any(|line| line.starts_with(row)))
        .collect();
    assert!(
        absent.is_empty(),
        "README.md: add to its problems {absent:#?}"
    );
}
