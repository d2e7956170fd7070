//! The real program as a process, to be killed at a bad moment.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use crate::world::{PATIENCE, World};

/// `waybill serve`, killed when dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it on `public` and waits until it is ready.
    pub(crate) async fn start(world: &World, public: SocketAddr) -> Self {
        let config = world.settings(&public.to_string());
        let log = File::options()
            .create(true)
            .append(true)
            .open(config.with_extension("log"))
            .unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_waybill"))
            .arg("--config")
            .arg(config)
            .arg("serve")
            .env("DATABASE_URL", &world.database.url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut process = Self { child };
        let until = Instant::now() + PATIENCE;
        let ready = format!("http://{public}/readyz");
        while !reqwest::get(&ready)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(
                process.child.try_wait().unwrap().is_none(),
                "it ended: {}",
                world.log()
            );
            assert!(
                Instant::now() < until,
                "it did not get ready: {}",
                world.log()
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        process
    }

    /// SIGTERM, and the status it ends with.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < until, "it did not stop");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// kill -9: nothing is finished, nothing is given back.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// An address that nothing listens on, the same before and after a restart.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Runs the program to its end: its exit status, and all it said.
pub(crate) fn run(
    world: &World,
    arguments: &[&str],
    database: Option<&str>,
) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waybill"));
    command
        .arg("--config")
        .arg(world.settings("127.0.0.1:0"))
        .args(arguments)
        .env_remove("DATABASE_URL");
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), said.concat())
}
