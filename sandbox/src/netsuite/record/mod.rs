//! The record service: `/services/rest/record/v1/…`.

pub(crate) mod address;
pub(crate) mod apply;
pub(crate) mod automatic;
pub(crate) mod commitment;
pub(crate) mod customer;
pub(crate) mod effects;
pub(crate) mod fulfillment;
pub mod limits;
pub(crate) mod line;
pub(crate) mod open_lines;
pub(crate) mod read;
pub(crate) mod reference;
pub(crate) mod relationship;
pub(crate) mod sale;
pub(crate) mod share;
pub(crate) mod status;
pub(crate) mod sublist;
pub(crate) mod tax;
pub(crate) mod totals;
pub(crate) mod transform;
pub(crate) mod write;

use serde_json::{Value, json};

use self::read::View;
use self::write::Origin;
use super::answer::{Answer, Refusal};
use super::document::Fields;
use super::intake::{Intake, UnknownNames};
use super::kind::{Class, Kind};
use super::request::Request;
use super::schema;
use super::settings::TaxMode;
use super::state::{Record, State};

/// The path below `/services/rest/record/v1`, in parts.
pub(crate) const BASE: &str = "/services/rest/record/v1";

/// Answers one call of the record service.
///
/// # Errors
///
/// NetSuite's refusals; then nothing has changed.
pub(crate) fn answer(state: &mut State, request: &Request) -> Result<Answer, Refusal> {
    let parts: Vec<&str> = request
        .path
        .trim_start_matches(BASE)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let (name, rest) = parts.split_first().ok_or_else(Refusal::method)?;
    let kind = Kind::named(name)
        .filter(|kind| relationship::is_known(state, *kind))
        .ok_or_else(|| Refusal::no_type(name))?;
    let asynchronous = request
        .header("prefer")
        .is_some_and(|prefer| prefer.contains("respond-async"));
    if asynchronous {
        return Err(Refusal::header(
            "Asynchronous requests are not imitated.",
            "Prefer",
        ));
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => post(state, request, kind),
        ("GET", []) => collection(state, request, kind),
        ("GET", [id]) => get(state, request, kind, id),
        ("GET", [id, part]) => get_part(state, request, kind, id, part),
        ("PATCH", [id]) => patch(state, request, kind, id),
        ("PUT", [id]) => put(state, request, kind, id),
        ("DELETE", [id]) => delete(state, kind, id),
        ("POST", [id, "!transform", target]) => transform(state, request, kind, id, target),
        (_, _) => Err(Refusal::method()),
    }
}

/// The record type a call is about, for faults and the journal; a transform is about what it makes.
pub(crate) fn subject(path: &str) -> String {
    let parts: Vec<&str> = path
        .trim_start_matches(BASE)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let name = match parts.as_slice() {
        [_, _, "!transform", target] => target,
        [name, ..] => name,
        [] => return String::new(),
    };
    Kind::named(name).map_or_else(|| (*name).to_owned(), |kind| kind.rest_name().to_owned())
}

fn find<'a>(state: &'a State, kind: Kind, id: &str) -> Result<&'a Record, Refusal> {
    let found = match id.strip_prefix("eid:") {
        Some(external) => state.by_external_id(kind, external),
        None => id.parse().ok().and_then(|id| state.get(kind, id)),
    };
    found.ok_or_else(Refusal::no_record)
}

fn checked(state: &State, request: &Request, kind: Kind) -> Result<(Fields, Vec<String>), Refusal> {
    let schema = schema::of(kind)
        .filter(|_| kind.class() != Class::Item)
        .ok_or_else(Refusal::method)?;
    let body = request
        .body
        .as_object()
        .ok_or_else(|| Refusal::request("Invalid JSON: the body must be an object."))?;
    let settings = &state.settings;
    let limit = |name: &str| {
        settings
            .text_limits
            .get(name)
            .copied()
            .or_else(|| limits::default_limit(name))
    };
    let mut check = Intake {
        unknown: unknown_names(request)?,
        custom_fields: &settings.custom_fields,
        limit: &limit,
        absent: if settings.tax == TaxMode::Legacy {
            tax::SUITETAX_ONLY
        } else {
            &[]
        },
        warnings: Vec::new(),
    };
    let fields = schema.intake(body, &mut check)?;
    Ok((fields, check.warnings))
}

fn unknown_names(request: &Request) -> Result<UnknownNames, Refusal> {
    let name = "X-NetSuite-PropertyNameValidation";
    match request.header(name).map(str::to_lowercase).as_deref() {
        None | Some("warning") => Ok(UnknownNames::Warning),
        Some("error") => Ok(UnknownNames::Error),
        Some("ignore") => Ok(UnknownNames::Ignore),
        Some(other) => Err(Refusal::header(format!("Invalid value {other}"), name)),
    }
}

fn warned(mut answer: Answer, warnings: &[String]) -> Answer {
    if !warnings.is_empty() {
        answer.set(
            "warning",
            &format!("299 - \"Unknown fields ignored: {}\"", warnings.join(", ")),
        );
    }
    answer
}

fn location(request: &Request, kind: Kind, id: u64) -> String {
    format!("{}{BASE}/{}/{id}", request.origin, kind.rest_name())
}

fn post(state: &mut State, request: &Request, kind: Kind) -> Result<Answer, Refusal> {
    if kind.only_transformed() {
        return Err(Refusal::request(format!(
            "The record {} is created by a transform only.",
            kind.rest_name()
        )));
    }
    let (fields, warnings) = checked(state, request, kind)?;
    let id = write::create(state, kind, fields, rest())?;
    Ok(warned(
        Answer::created(&location(request, kind, id)),
        &warnings,
    ))
}

fn rest() -> Origin {
    Origin {
        source: "restWebServices",
        ..Origin::default()
    }
}

fn patch(state: &mut State, request: &Request, kind: Kind, id: &str) -> Result<Answer, Refusal> {
    let id = find(state, kind, id)?.id;
    if request.query("replaceSelectedFields").is_some() {
        return Err(Refusal::parameter(
            "replaceSelectedFields is not imitated",
            "replaceSelectedFields",
        ));
    }
    let replace: Vec<String> = request
        .query("replace")
        .unwrap_or_default()
        .split(',')
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect();
    let (fields, warnings) = checked(state, request, kind)?;
    write::update(state, kind, id, fields, &replace)?;
    Ok(warned(Answer::empty(), &warnings))
}

/// Upsert, by external id only. A second one updates, and its lines without key are added again.
fn put(state: &mut State, request: &Request, kind: Kind, id: &str) -> Result<Answer, Refusal> {
    let external = id.strip_prefix("eid:").ok_or_else(Refusal::method)?;
    if kind.only_transformed() {
        return Err(Refusal::request(format!(
            "The record {} is created by a transform only.",
            kind.rest_name()
        )));
    }
    let (mut fields, warnings) = checked(state, request, kind)?;
    let named = fields
        .entry("externalId")
        .or_insert_with(|| json!(external));
    if named != external {
        return Err(Refusal::content(
            "The external id in the body differs from the one in the address",
            "externalId",
        ));
    }
    let known = state.by_external_id(kind, external).map(|record| record.id);
    let id = match known {
        Some(id) => {
            write::update(state, kind, id, fields, &[])?;
            id
        }
        None => write::create(state, kind, fields, rest())?,
    };
    Ok(warned(
        Answer::created(&location(request, kind, id)),
        &warnings,
    ))
}

fn delete(state: &mut State, kind: Kind, id: &str) -> Result<Answer, Refusal> {
    let id = find(state, kind, id)?.id;
    if kind.class() == Class::Item {
        return Err(Refusal::method());
    }
    write::delete(state, kind, id)?;
    Ok(Answer::empty())
}

fn transform(
    state: &mut State,
    request: &Request,
    kind: Kind,
    id: &str,
    target: &str,
) -> Result<Answer, Refusal> {
    let source = find(state, kind, id)?.clone();
    let target = Kind::named(target).ok_or_else(|| Refusal::no_type(target))?;
    let (fields, warnings) = checked(state, request, target)?;
    let made = transform::transform(state, &source, target, fields)?;
    Ok(warned(
        Answer::created(&location(request, target, made)),
        &warnings,
    ))
}

fn view<'a>(request: &Request, base: &'a str) -> Result<View<'a>, Refusal> {
    let only = request.query("fields").unwrap_or_default();
    let only: Vec<String> = only
        .split(',')
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect();
    let expand = request.query("expandSubResources").as_deref() == Some("true");
    if expand && !only.is_empty() {
        return Err(Refusal::parameter(
            "The parameters fields and expandSubResources cannot be used together.",
            "fields",
        ));
    }
    Ok(View { base, expand, only })
}

fn get(state: &State, request: &Request, kind: Kind, id: &str) -> Result<Answer, Refusal> {
    let record = find(state, kind, id)?;
    let base = format!("{}{BASE}", request.origin);
    let body = read::record(state, record, &view(request, &base)?);
    Ok(Answer::resource("singular", &body))
}

fn get_part(
    state: &State,
    request: &Request,
    kind: Kind,
    id: &str,
    part: &str,
) -> Result<Answer, Refusal> {
    let record = find(state, kind, id)?;
    let base = format!("{}{BASE}", request.origin);
    let body = read::part(state, record, part, &view(request, &base)?)?;
    let media = if body.get("items").is_some() {
        "collection"
    } else {
        "singular"
    };
    Ok(Answer::resource(media, &body))
}

/// Ids and links only. `q` is not imitated: SuiteQL finds records.
fn collection(state: &State, request: &Request, kind: Kind) -> Result<Answer, Refusal> {
    if request.query("q").is_some() {
        return Err(Refusal::parameter(
            "Invalid search query. The parameter q is not imitated.",
            "q",
        ));
    }
    let number = |name: &'static str, default: usize| match request.query(name) {
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::parameter(format!("Invalid {name}"), name)),
        None => Ok(default),
    };
    let (limit, offset) = (number("limit", 1000)?.min(1000), number("offset", 0)?);
    let base = format!("{}{BASE}/{}", request.origin, kind.rest_name());
    let all: Vec<u64> = state.of_kind(kind).map(|record| record.id).collect();
    let item = |id: &u64| json!({ "links": [{ "rel": "self", "href": format!("{base}/{id}") }], "id": id.to_string() });
    let items: Vec<Value> = all.iter().skip(offset).take(limit).map(item).collect();
    let body = json!({
        "links": [{ "rel": "self", "href": base }],
        "count": items.len(),
        "hasMore": offset + items.len() < all.len(),
        "items": items,
        "offset": offset,
        "totalResults": all.len(),
    });
    Ok(Answer::resource("collection", &body))
}
