//! Records: create, change, transform, read. The body is the caller's; the calls are the same for all.

use reqwest::header::LOCATION;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Client, invalid};
use crate::exchange::{Answer, Effect};
use crate::journal::Journal;
use crate::link::{ExternalId, InternalId};
use crate::remote::{Call, Error, Meaning, Outcome};

const PATH: &str = "/services/rest/record/v1";

/// How a record is named in an address.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    Internal(&'a InternalId),
    External(&'a ExternalId),
}

impl Client {
    /// Creates a record whose body carries `key` as `externalId`, so that a second one is refused.
    ///
    /// # Errors
    ///
    /// [`Meaning::Exists`] when a record has this external id (or, for an entity, this name). After
    /// an error of unknown outcome look it up with [`Client::find`] before sending it again.
    pub async fn create(
        &self,
        journal: &Journal,
        record: &str,
        key: &ExternalId,
        body: &Value,
    ) -> Result<InternalId, Error> {
        let call = Call(format!("POST netsuite {record} {key}"));
        if !carries(body, key) {
            return Err(invalid(call, "the body does not carry its external id"));
        }
        self.write(journal, call, Method::POST, record, body).await
    }

    /// Creates a record that ties others together and has no external id: what it ties must make a second one
    /// impossible. `key` names it in the record of calls.
    pub(super) async fn relate(
        &self,
        journal: &Journal,
        record: &str,
        key: &str,
        body: &Value,
    ) -> Result<(), Error> {
        let call = Call(format!("POST netsuite {record} {key}"));
        self.send(journal, &call, Method::POST, record, body)
            .await?;
        Ok(())
    }

    /// Changes the named fields of a record. Sublist lines that carry their key are changed, others
    /// are added; with `replace` (a sublist's name) all lines that are not in the body go.
    ///
    /// # Errors
    ///
    /// [`Meaning::Absent`], [`Meaning::Changed`], [`Meaning::Locked`].
    pub async fn update(
        &self,
        journal: &Journal,
        record: &str,
        id: &InternalId,
        body: &Value,
        replace: Option<&str>,
    ) -> Result<(), Error> {
        let call = Call(format!("PATCH netsuite {record} {id}"));
        let query = replace.map(|sublist| format!("?replace={sublist}"));
        let path = format!("{record}/{id}{}", query.unwrap_or_default());
        self.send(journal, &call, Method::PATCH, &path, body)
            .await?;
        Ok(())
    }

    /// Makes a record of another one: an item fulfillment of a sales order. The body carries `key` as
    /// `externalId`, so that a second one is refused.
    ///
    /// All open lines are taken over; the body overrides them. For a fulfillment or receipt it names a
    /// line of the source by `orderLine`, and every line that is not wanted needs `itemReceive: false`;
    /// for other records it names a line of the new record by `line`, counted from 1.
    ///
    /// # Errors
    ///
    /// [`Meaning::Exists`] when a record has this external id; after an error of unknown outcome look
    /// it up with [`Client::find`] before sending it again. [`Meaning::ReferenceGone`] or
    /// [`Meaning::Invalid`] when nothing is left to take, perhaps because the first of two equal calls
    /// took it: NetSuite has no code of its own for it, so look up then too.
    pub async fn transform(
        &self,
        journal: &Journal,
        from: &str,
        id: &InternalId,
        to: &str,
        key: &ExternalId,
        body: &Value,
    ) -> Result<InternalId, Error> {
        let call = Call(format!("POST netsuite {from} {id} transform {to} {key}"));
        if !carries(body, key) {
            return Err(invalid(call, "the body does not carry its external id"));
        }
        let path = format!("{from}/{id}/!transform/{to}");
        self.write(journal, call, Method::POST, &path, body).await
    }

    /// Reads a record, with its sublists if `expand`. `None` when it is not there.
    ///
    /// # Errors
    ///
    /// Any [`Error`] but [`Meaning::Absent`].
    pub async fn get(
        &self,
        journal: &Journal,
        record: &str,
        name: Name<'_>,
        expand: bool,
    ) -> Result<Option<Value>, Error> {
        let call = Call(format!("GET netsuite {record} {name}"));
        let query = if expand {
            "?expandSubResources=true"
        } else {
            ""
        };
        let path = format!("{PATH}/{record}/{}{query}", name.segment());
        let answer = self
            .call(journal, &call, Effect::Read, |exchange, base| {
                exchange.request(Method::GET, &format!("{base}{path}"))
            })
            .await;
        match answer {
            Err(error) if error.meaning() == Some(Meaning::Absent) => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => match serde_json::from_slice(&answer.body) {
                Ok(Value::Object(record)) => Ok(Some(Value::Object(record))),
                Ok(_) | Err(_) => Err(Error::Unreadable {
                    call,
                    reason: "a record that is no JSON object".to_owned(),
                    outcome: Outcome::NotDone,
                }),
            },
        }
    }

    /// Which record carries this external id; `None` when none does.
    ///
    /// # Errors
    ///
    /// As [`Client::get`].
    pub async fn find(
        &self,
        journal: &Journal,
        record: &str,
        key: &ExternalId,
    ) -> Result<Option<InternalId>, Error> {
        let found = self
            .get(journal, record, Name::External(key), false)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let id = found.get("id").and_then(Value::as_str).map(str::to_owned);
        match id {
            Some(id) => Ok(Some(InternalId(id))),
            None => Err(Error::Unreadable {
                call: Call(format!("GET netsuite {record} {key}")),
                reason: "a record without id".to_owned(),
                outcome: Outcome::NotDone,
            }),
        }
    }

    async fn write(
        &self,
        journal: &Journal,
        call: Call,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<InternalId, Error> {
        let answer = self.send(journal, &call, method, path, body).await?;
        created(&answer).ok_or(Error::Unreadable {
            call,
            reason: "created, without a Location that ends in an id".to_owned(),
            outcome: Outcome::Unknown,
        })
    }

    async fn send(
        &self,
        journal: &Journal,
        call: &Call,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, Error> {
        self.call(journal, call, Effect::Write, |exchange, base| {
            let url = format!("{base}{PATH}/{path}");
            validated(exchange.request(method.clone(), &url)).json(body)
        })
        .await
    }
}

fn carries(body: &Value, key: &ExternalId) -> bool {
    body.get("externalId").and_then(Value::as_str) == Some(key.0.as_str())
}

/// A misspelt field is an error here, where NetSuite would leave it out with a warning.
fn validated(request: RequestBuilder) -> RequestBuilder {
    request.header("X-NetSuite-PropertyNameValidation", "Error")
}

/// `3551` of `Location: https://…/record/v1/salesOrder/3551`.
fn created(answer: &Answer) -> Option<InternalId> {
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let id = location
        .split('?')
        .next()?
        .trim_end_matches('/')
        .rsplit('/')
        .next()?;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| InternalId(id.to_owned()))
}

impl Name<'_> {
    fn segment(&self) -> String {
        match self {
            Self::Internal(id) => id.to_string(),
            Self::External(id) => format!("eid:{id}"),
        }
    }
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Internal(id) => id.fmt(f),
            Self::External(id) => id.fmt(f),
        }
    }
}
