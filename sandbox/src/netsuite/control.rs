//! The account's control over HTTP, for the demo and for tests in other languages.

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::callback::{By, Handling, Release};
use super::fault::{Fault, Matcher};
use super::kind::{Class, Kind};
use super::person::{self, SeedItem};
use super::record::{self};
use super::request::Request;
use super::server::commit_late_now;
use super::settings::Settings;
use super::shelf::Shelf;
use super::state::State;
use super::view;

pub(crate) const BASE: &str = "/_sandbox/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arm {
    fault: Fault,
    #[serde(default, rename = "when")]
    matcher: Matcher,
    /// Absent: once. Null: until cleared.
    #[serde(default = "once")]
    times: Option<u32>,
}

fn once() -> Option<u32> {
    Some(1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    handling: Handling,
    /// Absent: once. Null: until cleared.
    #[serde(default = "once")]
    times: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    order: Release,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    #[serde(default)]
    body: Value,
    #[serde(default)]
    replace: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnHand {
    item: u64,
    location: String,
    on_hand: rust_decimal::Decimal,
}

/// Answers one control call.
pub(crate) fn answer(shelf: &Shelf, request: &Request) -> Answer {
    let path = request.path.trim_start_matches(BASE);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let done = match request.method.as_str() {
        "GET" => read(shelf, &parts),
        "POST" => act(shelf, &parts, request),
        _ => Err(Refusal::method()),
    };
    match done {
        Ok(body) => Answer::json(StatusCode::OK, "application/json", &body),
        Err(refusal) => Answer::json(refusal.status, "application/json", &refusal.body()),
    }
}

fn read(shelf: &Shelf, parts: &[&str]) -> Result<Value, Refusal> {
    let state = shelf.state();
    match parts {
        ["settings"] => Ok(json!(state.settings)),
        ["calls"] => Ok(json!(shelf.journal().calls())),
        ["callbacks"] => Ok(json!(shelf.caller.callbacks())),
        ["stock"] => Ok(json!(view::stock(&state))),
        ["status"] => {
            let journal = shelf.journal();
            Ok(json!({
                "in_flight": shelf.in_flight(),
                "peak": journal.peak,
                "too_many_requests": journal.too_many,
                "callbacks": shelf.caller.underway(),
                "parked": shelf.parked.waiting(),
                "late": shelf.late().len(),
                "faults": shelf.faults().left(),
                "tokens": shelf.tokens().given,
            }))
        }
        ["records", kind] => {
            let kind = named(kind)?;
            Ok(state
                .of_kind(kind)
                .map(|record| shown(&state, record))
                .collect())
        }
        _ => Err(Refusal::no_record()),
    }
}

fn shown(state: &State, record: &super::state::Record) -> Value {
    match record.kind.class() {
        Class::Transaction => json!(view::transaction(state, record)),
        Class::Entity => json!(view::customer(state, record)),
        Class::Item | Class::Relationship => Value::Object(record::read::complete(state, record)),
    }
}

fn named(kind: &str) -> Result<Kind, Refusal> {
    Kind::named(kind).ok_or_else(|| Refusal::no_type(kind))
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::no_record())
}

fn parsed<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    let body = if request.text.is_empty() {
        "{}"
    } else {
        &request.text
    };
    serde_json::from_str(body).map_err(|fault| Refusal::request(fault.to_string()))
}

fn act(shelf: &Shelf, parts: &[&str], request: &Request) -> Result<Value, Refusal> {
    match parts {
        ["settings"] => {
            settings(shelf, &parsed(request)?)?;
            Ok(json!({}))
        }
        ["faults"] => {
            let arm: Arm = parsed(request)?;
            shelf.faults().arm(arm.matcher, arm.fault, arm.times);
            Ok(json!({}))
        }
        ["faults", "clear"] => {
            shelf.faults().clear();
            Ok(json!({}))
        }
        ["parked", "release"] => {
            shelf.parked.open();
            Ok(json!({}))
        }
        ["late", "commit"] => Ok(json!({ "committed": commit_late_now(shelf, |_| true) })),
        ["tokens", "revoke"] => {
            shelf.tokens().revoke_all();
            Ok(json!({}))
        }
        ["callbacks", "handle"] => {
            let wish: Wish = parsed(request)?;
            shelf.caller.wish(wish.handling, wish.times);
            Ok(json!({}))
        }
        ["callbacks", "release"] => {
            let released: Released = parsed(request)?;
            Ok(json!({ "released": shelf.caller.release(released.order) }))
        }
        ["callbacks", "clear"] => {
            shelf.caller.clear_wishes();
            Ok(json!({}))
        }
        ["calls", "reset"] => {
            shelf.journal().reset();
            Ok(json!({}))
        }
        _ => shelf.act(By::Person, |state| write(state, parts, request)),
    }
}

/// Changes single settings and keeps the others.
fn settings(shelf: &Shelf, changes: &Value) -> Result<(), Refusal> {
    let mut state = shelf.state();
    let mut all = json!(state.settings);
    for (name, value) in changes.as_object().into_iter().flatten() {
        if all.get(name).is_none() {
            return Err(Refusal::unknown_field(name, name));
        }
        all[name] = value.clone();
    }
    state.settings = serde_json::from_value::<Settings>(all)
        .map_err(|fault| Refusal::request(fault.to_string()))?;
    Ok(())
}

fn write(state: &mut State, parts: &[&str], request: &Request) -> Result<Value, Refusal> {
    let id = |id: u64| json!({ "id": id.to_string() });
    match parts {
        ["items"] => Ok(id(person::seed_item(state, parsed::<SeedItem>(request)?))),
        ["stock"] => {
            let level: OnHand = parsed(request)?;
            state
                .stock
                .set_on_hand(&(level.item, level.location), level.on_hand);
            Ok(json!({}))
        }
        ["records", kind] => Ok(id(person::create(state, named(kind)?, &request.body)?)),
        ["records", kind, record, "edit"] => {
            let edit: Edit = parsed(request)?;
            person::edit(
                state,
                named(kind)?,
                number(record)?,
                &edit.body,
                &edit.replace,
            )?;
            Ok(json!({}))
        }
        ["records", kind, record, "transform", target] => Ok(id(person::make(
            state,
            named(kind)?,
            number(record)?,
            named(target)?,
            &request.body,
        )?)),
        ["records", kind, record, "delete"] => {
            person::delete(state, named(kind)?, number(record)?)?;
            Ok(json!({}))
        }
        ["records", kind, record, "deactivate"] => {
            person::set_inactive(state, named(kind)?, number(record)?, true)?;
            Ok(json!({}))
        }
        ["records", kind, record, "activate"] => {
            person::set_inactive(state, named(kind)?, number(record)?, false)?;
            Ok(json!({}))
        }
        ["records", "salesOrder", record, "cancel"] => {
            person::cancel(state, number(record)?)?;
            Ok(json!({}))
        }
        _ => Err(Refusal::no_record()),
    }
}
