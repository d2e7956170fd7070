//! Where PostgreSQL's server programs are on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The directory that has `initdb` and `postgres`: `PG_BINDIR`, what `pg_config` says, `PATH`, and then the
/// directories of Debian and Homebrew, newest version first.
#[expect(
    clippy::disallowed_methods,
    reason = "these name the machine's programs; they are no settings of the service"
)]
pub(super) fn directory() -> Option<PathBuf> {
    let asked = env::var_os("PG_BINDIR").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = env::split_paths(&path).collect();
    asked
        .into_iter()
        .chain(pg_config())
        .chain(path)
        .chain(versions("/usr/lib/postgresql", ""))
        .chain(versions("/opt/homebrew/opt", "postgresql@"))
        .chain(versions("/usr/local/opt", "postgresql@"))
        .find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let dir = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(dir.trim()))
}

/// `parent/<prefix><version>/bin`, newest first.
fn versions(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((version(&entry.path(), prefix)?, entry.path().join("bin"))))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn version(dir: &Path, prefix: &str) -> Option<u32> {
    let name = dir.file_name()?.to_str()?;
    name.strip_prefix(prefix)?.parse().ok()
}
