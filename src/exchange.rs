//! One HTTP attempt: written down before it leaves, bounded in time, dropped when the right to call ends.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};

use crate::journal::Journal;
use crate::remote::{Call, Error, Outcome};

/// The longest answer that is read: a page of 1000 SuiteQL rows is far below it.
const ANSWER_LIMIT: usize = 32 << 20;

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// Idle connections are dropped before the far side drops them: a reset under a write would be of
/// unknown outcome.
const IDLE: Duration = Duration::from_secs(20);

/// The HTTP side of a client. Cheap to clone: connections are shared.
#[derive(Debug, Clone)]
pub struct Exchange {
    client: reqwest::Client,
    deadline: Duration,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What a call does over there. Only a write can be of unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Read,
    Write,
}

impl Effect {
    /// The outcome of a call that left and was not answered as expected.
    #[must_use]
    pub fn unanswered(self) -> Outcome {
        match self {
            Self::Read => Outcome::NotDone,
            Self::Write => Outcome::Unknown,
        }
    }
}

enum Failure {
    TimedOut,
    Stopped,
    TooLong,
    Broken(reqwest::Error),
}

impl Exchange {
    /// An exchange whose attempts each take at most `deadline`.
    ///
    /// # Errors
    ///
    /// When the platform's certificates cannot be loaded.
    pub fn new(deadline: Duration) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_DEADLINE.min(deadline))
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, deadline })
    }

    pub fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// How long one attempt may take.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Sends once. Any status is an answer.
    ///
    /// # Errors
    ///
    /// [`Error::Unrecorded`], or [`Error::NoAnswer`]: of unknown outcome for a write that may have left.
    pub async fn send(
        &self,
        journal: &Journal,
        call: &Call,
        effect: Effect,
        request: RequestBuilder,
    ) -> Result<Answer, Error> {
        if journal.stop.is_cancelled() {
            return Err(stopped(call));
        }
        let sent = journal.leaving(call).await?;
        let ended = tokio::select! {
            biased;
            () = journal.stop.cancelled() => Err(Failure::Stopped),
            ended = tokio::time::timeout(self.deadline, receive(request)) => {
                ended.unwrap_or(Err(Failure::TimedOut))
            }
        };
        match ended {
            Ok(answer) => {
                sent.answered(&answer.status.to_string()).await;
                Ok(answer)
            }
            Err(failure) => {
                let error = failure.into_error(call, effect);
                sent.answered(match error.outcome() {
                    Outcome::NotDone => "not done",
                    Outcome::Unknown => "no answer",
                })
                .await;
                Err(error)
            }
        }
    }
}

/// The call was not sent: the right to call has ended.
#[must_use]
pub fn stopped(call: &Call) -> Error {
    Error::NoAnswer {
        call: call.clone(),
        outcome: Outcome::NotDone,
        source: None,
    }
}

async fn receive(request: RequestBuilder) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(Failure::Broken)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::Broken)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(Failure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body,
    })
}

impl Failure {
    fn into_error(self, call: &Call, effect: Effect) -> Error {
        let call = call.clone();
        let (outcome, source) = match self {
            // The address is left out: the call's name says where it went.
            Self::Broken(error) => {
                // Without a connection nothing can have arrived.
                let outcome = if error.is_connect() {
                    Outcome::NotDone
                } else {
                    effect.unanswered()
                };
                (outcome, Some(error.without_url()))
            }
            Self::TimedOut | Self::Stopped => (effect.unanswered(), None),
            Self::TooLong => {
                return Error::Unreadable {
                    call,
                    reason: format!("longer than {ANSWER_LIMIT} bytes"),
                    outcome: effect.unanswered(),
                };
            }
        };
        Error::NoAnswer {
            call,
            outcome,
            source,
        }
    }
}
