use super::*;

/// A directory of its own, with a path short enough for a socket; gone afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        Self(PathBuf::from(format!(
            "/tmp/waybill-{}",
            uuid::Uuid::new_v4().simple()
        )))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_private_server_starts_takes_a_database_and_stops() {
    let dir = Directory::new();
    let mut server = Postgres::start(&dir.0, Durability::None).unwrap();

    server.ensure_database("us").await.unwrap();
    server.ensure_database("us").await.unwrap();
    let mut connection = PgConnection::connect(&server.url("us")).await.unwrap();
    connection.ping().await.unwrap();
    drop(connection);

    server.stop().unwrap();
    assert!(!server.answers());
}

#[test]
fn four_starters_at_once_make_one_server() {
    let dir = Directory::new();
    let mut servers: Vec<Postgres> = std::thread::scope(|scope| {
        let starters: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Postgres::start(&dir.0, Durability::None).unwrap()))
            .collect();
        starters
            .into_iter()
            .map(|starter| starter.join().unwrap())
            .collect()
    });

    assert_eq!(
        servers
            .iter()
            .filter(|server| server.child.is_some())
            .count(),
        1
    );
    servers.retain_mut(|server| server.child.is_some());
    assert!(servers.iter_mut().all(|server| server.stop().is_ok()));
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let dir = Directory::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut first = Postgres::start(&dir.0, Durability::Full).unwrap();
    runtime.block_on(first.ensure_database("kept")).unwrap();
    first.stop().unwrap();

    let mut second = Postgres::start(&dir.0, Durability::Full).unwrap();
    runtime
        .block_on(PgConnection::connect(&second.url("kept")))
        .unwrap();
    second.stop().unwrap();
}

#[test]
fn a_path_too_long_for_a_socket_is_refused_before_anything_starts() {
    let dir = Directory::new();
    let deep = dir.0.join("d".repeat(LONGEST_PATH));

    let error = Postgres::start(&deep, Durability::None).unwrap_err();

    assert!(matches!(error, Error::PathTooLong(_)), "{error}");
}
