//! Stores events and marks their documents, many in one commit, and answers each only after it.

mod store;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;

use crate::event::{Document, Event, Kind};

pub use store::store;

/// The most body bytes in one commit; a larger event is committed alone.
const BATCH_BYTES: usize = 4 << 20;
/// The most events in one commit.
const BATCH_EVENTS: usize = 512;
/// How many events may wait for the writer before their senders wait themselves.
const QUEUE: usize = 1024;
/// How often a batch is tried when the database asks for it: deadlock, serialization, lost connection.
const TRIES: u32 = 5;
/// How long without an event until a connection goes back to the pool.
const LULL: Duration = Duration::from_secs(1);

/// Whether an event was news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    New,
    /// This store has sent this delivery id before.
    Duplicate,
}

/// Why an event is not known to be stored; sending it again is harmless.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotRecorded {
    #[error("the database did not take the batch")]
    Unavailable(#[source] Arc<sqlx::Error>),
    #[error("the database refuses this event in any form")]
    Refused(#[source] Arc<sqlx::Error>),
    #[error("the writer has stopped")]
    Stopped,
}

/// Hands events to the task that stores them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Waiting>,
    committed: Arc<Notify>,
}

/// An event on its way, with who waits for it.
#[derive(Debug)]
struct Waiting {
    event: Event,
    answer: oneshot::Sender<Result<Recorded, NotRecorded>>,
    /// The event's share of the body budget, given back when the event is stored.
    hold: Option<OwnedSemaphorePermit>,
}

/// The task behind a [`Writer`]: it must be driven by [`Committer::run`].
#[derive(Debug)]
pub struct Committer {
    pool: PgPool,
    inbox: Inbox,
    committed: Arc<Notify>,
}

/// What waits to be stored.
#[derive(Debug)]
struct Inbox {
    queue: mpsc::Receiver<Waiting>,
    /// The event that did not fit into the last batch.
    next: Option<Waiting>,
}

/// One of the connections that batches are committed on.
#[derive(Debug)]
struct Lane {
    pool: PgPool,
    /// Kept from batch to batch: to test and to clean a connection takes as many round trips as a batch.
    connection: Option<PoolConnection<Postgres>>,
    committed: Arc<Notify>,
}

impl Writer {
    /// A writer on `pool`, which should be its own: a busy dispatcher must not keep the door waiting.
    #[must_use]
    pub fn new(pool: PgPool) -> (Self, Committer) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let committed = Arc::new(Notify::new());
        let writer = Self {
            queue: sender,
            committed: Arc::clone(&committed),
        };
        let committer = Committer {
            pool,
            inbox: Inbox {
                queue: receiver,
                next: None,
            },
            committed,
        };
        (writer, committer)
    }

    /// Stores the event and marks its document as due. Returns after the commit.
    ///
    /// Once queued, the event is stored even if the caller goes away. `hold` is kept until then.
    /// Repeatable: the same delivery again is a [`Recorded::Duplicate`].
    ///
    /// # Errors
    ///
    /// [`NotRecorded`] when no commit is known of.
    pub async fn record(
        &self,
        event: Event,
        hold: Option<OwnedSemaphorePermit>,
    ) -> Result<Recorded, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            event,
            answer,
            hold,
        };
        self.queue
            .send(waiting)
            .await
            .map_err(|_| NotRecorded::Stopped)?;
        answered.await.map_err(|_| NotRecorded::Stopped)?
    }

    /// Notified after each commit that stored something new; the local dispatcher waits on it.
    #[must_use]
    pub fn committed(&self) -> Arc<Notify> {
        Arc::clone(&self.committed)
    }
}

impl Committer {
    /// Commits what waits, batch after batch: two at once, since while one waits for the disk the other can
    /// run; meanwhile the next one gathers. Returns when every [`Writer`] is gone and the last event is answered.
    pub async fn run(self) {
        let inbox = Mutex::new(self.inbox);
        let lane = || Lane {
            pool: self.pool.clone(),
            connection: None,
            committed: Arc::clone(&self.committed),
        };
        tokio::join!(lane().run(&inbox), lane().run(&inbox));
    }
}

impl Inbox {
    /// The next batch, as soon as there is an event; `None` when there will be none.
    async fn batch(&mut self) -> Option<Vec<Waiting>> {
        let first = match self.next.take() {
            Some(first) => first,
            None => self.queue.recv().await?,
        };
        let mut bytes = first.event.body.len();
        let mut batch = vec![first];
        while batch.len() < BATCH_EVENTS {
            let Ok(waiting) = self.queue.try_recv() else {
                break;
            };
            bytes += waiting.event.body.len();
            if bytes > BATCH_BYTES {
                self.next = Some(waiting);
                break;
            }
            batch.push(waiting);
        }
        Some(batch)
    }
}

impl Lane {
    async fn run(mut self, inbox: &Mutex<Inbox>) {
        while let Some(batch) = self.next(inbox).await {
            self.commit(batch).await;
        }
    }

    /// The next batch of the shared inbox. The turn is given up before the commit.
    async fn next(&mut self, inbox: &Mutex<Inbox>) -> Option<Vec<Waiting>> {
        let mut next = pin!(async { inbox.lock().await.batch().await });
        if let Ok(batch) = timeout(LULL, next.as_mut()).await {
            return batch;
        }
        self.connection = None;
        next.await
    }

    async fn commit(&mut self, batch: Vec<Waiting>) {
        let mut events = Vec::with_capacity(batch.len());
        let mut answers = Vec::with_capacity(batch.len());
        for waiting in batch {
            events.push(waiting.event);
            answers.push((waiting.answer, waiting.hold));
        }
        let results = match self.store(&events).await {
            Ok(recorded) => recorded.into_iter().map(Ok).collect(),
            Err(error) if is_about_data(&error) => self.one_by_one(&events).await,
            Err(error) => {
                let error = Arc::new(error);
                vec![Err(NotRecorded::Unavailable(error)); events.len()]
            }
        };
        // Before the answers: whoever sees one may count on the dispatcher having been told.
        if results.iter().any(|r| matches!(r, Ok(Recorded::New))) {
            self.committed.notify_one();
        }
        for ((answer, hold), result) in answers.into_iter().zip(results) {
            drop(hold);
            // An error here says that the caller has gone; the event is stored all the same.
            let _ = answer.send(result);
        }
    }

    /// After a batch failed on data: only the event that is at fault may fail.
    async fn one_by_one(&mut self, events: &[Event]) -> Vec<Result<Recorded, NotRecorded>> {
        let mut results = Vec::with_capacity(events.len());
        for event in events {
            let result = match self.store(std::slice::from_ref(event)).await {
                // It was signed, so it must not be lost: its bytes are kept for a person to see.
                Err(error) if is_about_data(&error) => self.store(&[unreadable(event)]).await,
                other => other,
            };
            results.push(match result {
                Ok(recorded) => Ok(recorded.first().copied().unwrap_or(Recorded::Duplicate)),
                Err(error) if is_about_data(&error) => Err(NotRecorded::Refused(Arc::new(error))),
                Err(error) => Err(NotRecorded::Unavailable(Arc::new(error))),
            });
        }
        results
    }

    /// Tries again while the database asks for it: nobody has been answered yet. After a lost connection the
    /// statement may have been committed; then the second try finds the events stored, as duplicates.
    async fn store(&mut self, events: &[Event]) -> sqlx::Result<Vec<Recorded>> {
        let mut tries = 1;
        loop {
            match self.store_once(events).await {
                Err(error) if tries < TRIES && is_worth_another_try(&error) => tries += 1,
                result => return result,
            }
        }
    }

    async fn store_once(&mut self, events: &[Event]) -> sqlx::Result<Vec<Recorded>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        let recorded = store(&mut *connection, events).await?;
        // Only after a success: the pool looks after one that failed.
        self.connection = Some(connection);
        Ok(recorded)
    }
}

/// The same bytes under a document that any text can be stored of.
fn unreadable(event: &Event) -> Event {
    let plain = |text: &str| text.replace('\0', "");
    let delivery_id = plain(&event.delivery_id);
    Event {
        topic: plain(&event.topic),
        document: Document::new(Kind::Unreadable, plain(&event.store), &delivery_id),
        store: plain(&event.store),
        delivery_id,
        version: None,
        ..event.clone()
    }
}

/// Cardinality, data, constraint, program limit: the statement was refused for what it holds.
fn is_about_data(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| matches!(code.get(..2), Some("21" | "22" | "23" | "54")))
}

fn is_worth_another_try(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        // Serialization failure, deadlock, and a server that was stopped under us.
        Some(error) => matches!(
            error.code().as_deref(),
            Some("40001" | "40P01" | "57P01" | "57P02")
        ),
        None => matches!(error, sqlx::Error::Io(_)),
    }
}
