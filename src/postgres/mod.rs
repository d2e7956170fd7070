//! A private Postgres for the demo, for tests and for `serve --private-postgres`: no port, no password, no set-up.
//!
//! Its directory, which only its owner may enter, is the access control. Postgres refuses to run as root, so root
//! starts it as `postgres`, else as `nobody`. A server that already runs there is joined.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

mod programs;

/// Whether a power cut may lose what was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Full,
    /// For tests: several times faster, and worthless after a crash of the machine.
    None,
}

/// Why there is no private server. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "no PostgreSQL server programs found: apt-get install postgresql, brew install postgresql, or set PG_BINDIR, or DATABASE_URL to a server that runs"
    )]
    NoPrograms,
    #[error("{} is too long for a socket's path: choose a directory of at most {LONGEST_PATH} bytes", .0.display())]
    PathTooLong(PathBuf),
    #[error("running as root, and there is no account postgres or nobody to run the server as")]
    NoAccount,
    #[error("{} cannot be used", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error("{program} cannot be run")]
    NotRun { program: PathBuf, source: io::Error },
    #[error("{program} failed: {}", .said.trim_end())]
    Failed { program: &'static str, said: String },
    #[error("the private server cannot be stopped")]
    NotStopped(#[source] io::Error),
    #[error("the database {name} cannot be made")]
    Database { name: String, source: sqlx::Error },
}

/// A private server: ours to stop if we started it, left alone if we joined it.
#[derive(Debug)]
pub struct Postgres {
    dir: PathBuf,
    child: Option<Child>,
}

/// A socket's path may have 107 bytes, of which its name takes 14.
const LONGEST_PATH: usize = 90;
const START_DEADLINE: Duration = Duration::from_secs(60);
const START_POLL: Duration = Duration::from_millis(15);

impl Postgres {
    /// Starts the server whose files are under `dir`, or joins the one that runs there. Blocks until it answers.
    ///
    /// # Errors
    ///
    /// [`Error`], with what to do about it.
    pub fn start(dir: &Path, durability: Durability) -> Result<Self, Error> {
        let (dir, account) = directory(dir)?;
        let unusable = |source| Error::Directory {
            path: dir.clone(),
            source,
        };
        // Of several processes that start at once, one makes the server and the others join it.
        let lock = fs::File::create(dir.join("lock")).map_err(unusable)?;
        lock.lock().map_err(unusable)?;
        let mut server = Self { dir, child: None };
        if server.answers() {
            return Ok(server);
        }
        let programs = programs::directory().ok_or(Error::NoPrograms)?;
        let start = Start {
            programs: &programs,
            dir: &server.dir,
            account,
            durability,
        };
        start.make_data()?;
        server.child = Some(start.spawn()?);
        server.wait()?;
        Ok(server)
    }

    /// The address of database `name` on this server.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!(
            "postgres://postgres@localhost/{name}?host={}",
            self.dir.display()
        )
    }

    /// Makes the database `name` if it is not there yet.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn ensure_database(&self, name: &str) -> Result<(), Error> {
        let failed = |source| Error::Database {
            name: name.to_owned(),
            source,
        };
        let url = self.url("postgres");
        let mut connection = PgConnection::connect(&url).await.map_err(failed)?;
        let quoted = name.replace('"', "\"\"");
        let create = AssertSqlSafe(format!("create database \"{quoted}\""));
        match sqlx::raw_sql(create).execute(&mut connection).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P04") => Ok(()),
            other => other.map(drop).map_err(failed),
        }
    }

    /// Lets the server run on when this value goes.
    pub fn leave_running(mut self) {
        self.child = None;
    }

    /// Ends the server if this value started it: open transactions are rolled back, nothing is lost.
    ///
    /// # Errors
    ///
    /// [`Error::NotStopped`].
    pub fn stop(&mut self) -> Result<(), Error> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        let interrupted = kill_process(Pid::from_child(&child), Signal::INT);
        interrupted.map_err(|error| Error::NotStopped(error.into()))?;
        child.wait().map(drop).map_err(Error::NotStopped)
    }

    /// Line 8 of `postmaster.pid` says `ready` once connections are taken.
    fn answers(&self) -> bool {
        let status = fs::read_to_string(self.dir.join("data/postmaster.pid"));
        status.is_ok_and(|text| {
            text.lines()
                .nth(7)
                .is_some_and(|line| line.trim() == "ready")
        }) && UnixStream::connect(self.dir.join(".s.PGSQL.5432")).is_ok()
    }

    fn wait(&mut self) -> Result<(), Error> {
        let since = Instant::now();
        while !self.answers() {
            let ended = match &mut self.child {
                Some(child) => child.try_wait().map_or(true, |status| status.is_some()),
                None => true,
            };
            if ended || since.elapsed() > START_DEADLINE {
                return Err(Error::Failed {
                    program: "postgres",
                    said: fs::read_to_string(self.dir.join("log")).unwrap_or_default(),
                });
            }
            std::thread::sleep(START_POLL);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Whoever cares calls `stop`; a destructor has nobody to tell.
        let _ = self.stop();
    }
}

/// The user and group the server runs as, when that is not us.
type Account = Option<(u32, u32)>;

/// Makes `dir` the server's own.
fn directory(dir: &Path) -> Result<(PathBuf, Account), Error> {
    let unusable = |source| Error::Directory {
        path: dir.to_owned(),
        source,
    };
    fs::create_dir_all(dir).map_err(unusable)?;
    let dir = dir.canonicalize().map_err(unusable)?;
    if dir.as_os_str().len() > LONGEST_PATH {
        return Err(Error::PathTooLong(dir));
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).map_err(unusable)?;
    if !geteuid().is_root() {
        return Ok((dir, None));
    }
    let account = ["postgres", "nobody"].into_iter().find_map(account);
    let (user, group) = account.ok_or(Error::NoAccount)?;
    chown(&dir, Some(user), Some(group)).map_err(unusable)?;
    Ok((dir, Some((user, group))))
}

fn account(name: &str) -> Option<(u32, u32)> {
    let number = |flag| -> Option<u32> {
        let output = Command::new("id").args([flag, name]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    Some((number("-u")?, number("-g")?))
}

/// How the server's programs are run.
struct Start<'a> {
    programs: &'a Path,
    dir: &'a Path,
    account: Account,
    durability: Durability,
}

impl Start<'_> {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(self.dir)
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    fn not_run(&self, program: &str) -> impl FnOnce(io::Error) -> Error {
        let program = self.programs.join(program);
        move |source| Error::NotRun { program, source }
    }

    fn make_data(&self) -> Result<(), Error> {
        let data = self.dir.join("data");
        if data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let mut command = self.command("initdb");
        command.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        command.arg(&data);
        if self.durability == Durability::None {
            command.arg("--no-sync");
        }
        let output = command.output().map_err(self.not_run("initdb"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Failed {
            program: "initdb",
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn spawn(&self) -> Result<Child, Error> {
        let unusable = |source| Error::Directory {
            path: self.dir.to_owned(),
            source,
        };
        let log = fs::File::create(self.dir.join("log")).map_err(unusable)?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.dir.join("data"));
        command.arg("-k").arg(self.dir);
        command.args(["-c", "listen_addresses=", "-c", "max_connections=200"]);
        if self.durability == Durability::None {
            command.args(["-c", "fsync=off", "-c", "synchronous_commit=off"]);
            command.args(["-c", "full_page_writes=off"]);
        }
        command
            .stdout(log.try_clone().map_err(unusable)?)
            .stderr(log);
        // In a group of its own: Ctrl-C at a terminal must reach us first, so that we can drain.
        command.process_group(0);
        command.spawn().map_err(self.not_run("postgres"))
    }
}

#[cfg(test)]
mod tests;
