//! What NetSuite's error answers mean: the table of its error codes and sentences.
//!
//! Many faults share the code `USER_ERROR` and differ only in their sentence, which is in the
//! language of the integration's user: it has to be English (US).

use serde_json::Value;

use crate::remote::{Meaning, Refusal};

/// What an answer other than 2xx says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Too many calls at once; it was not carried out.
    Throttled,
    /// It failed over there, perhaps after having done it.
    Unavailable,
    Refused(Refusal),
    /// Not NetSuite's form of an error.
    Unreadable(String),
}

/// One entry of `o:errorDetails`.
struct Detail<'a> {
    code: &'a str,
    text: &'a str,
    path: Option<&'a str>,
}

const TOO_MANY: [&str; 5] = [
    "CONCURRENCY_LIMIT_EXCEEDED",
    "SSS_REQUEST_LIMIT_EXCEEDED",
    "EXCEEDED_MAX_CONCUR_RQST",
    "EXCEEDED_CONCURRENCY_LIMIT_PER_INTEGRATION",
    "SSS_CONCURRENCY_LIMIT_EXCEEDED",
];

/// Fields that point at another record: a bad value there is a reference to resolve again.
const REFERENCES: [&str; 21] = [
    "item",
    "entity",
    "customer",
    "subsidiary",
    "location",
    "department",
    "class",
    "currency",
    "terms",
    "price",
    "pricelevel",
    "shipmethod",
    "paymentmethod",
    "paymentoption",
    "account",
    "taxcode",
    "taxtype",
    "saleschannel",
    "salesorder",
    "customform",
    "doc",
];

/// The verdict on an answer whose status is not 2xx.
pub(super) fn verdict(status: u16, body: &[u8]) -> Verdict {
    if status == 429 {
        return Verdict::Throttled;
    }
    let body = serde_json::from_slice::<Value>(body).ok();
    let details = body.as_ref().map(details).unwrap_or_default();
    if details.iter().any(Detail::says_too_many) {
        return Verdict::Throttled;
    }
    if status >= 500 || status == 408 {
        return Verdict::Unavailable;
    }
    match details.first() {
        Some(detail) => Verdict::Refused(detail.refusal(status)),
        None => without_detail(status),
    }
}

fn details(body: &Value) -> Vec<Detail<'_>> {
    let text = |value: &'static str, of: &'_ Value| of.get(value).is_some();
    let entries = body
        .get("o:errorDetails")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut details: Vec<_> = entries
        .iter()
        .map(|entry| Detail::of(entry, "detail"))
        .collect();
    if details.is_empty() && (text("o:errorCode", body) || text("title", body)) {
        details.push(Detail::of(body, "title"));
    }
    details
}

/// Proxies and maintenance pages answer in HTML: only what the status alone says can be believed.
fn without_detail(status: u16) -> Verdict {
    let refused = |meaning| {
        Verdict::Refused(Refusal::new(
            meaning,
            format!("HTTP_{status}"),
            "no details in NetSuite's form",
        ))
    };
    match status {
        401 => refused(Meaning::Unauthorized),
        403 => refused(Meaning::Forbidden),
        _ => Verdict::Unreadable(format!("status {status} without NetSuite's error form")),
    }
}

impl<'a> Detail<'a> {
    fn of(entry: &'a Value, text: &str) -> Self {
        let get = |key: &str| entry.get(key).and_then(Value::as_str);
        Self {
            code: get("o:errorCode").unwrap_or_default(),
            text: get(text).unwrap_or_default(),
            path: get("o:errorPath").or_else(|| get("o:errorQueryParam")),
        }
    }

    fn says_too_many(&self) -> bool {
        TOO_MANY.contains(&self.code) || self.text.starts_with("Concurrent request limit exceeded")
    }

    fn refusal(&self, status: u16) -> Refusal {
        let missing = self.missing_field();
        let meaning = match missing {
            Some(_) => Meaning::FieldMissing,
            None => self.meaning(status),
        };
        let code = if self.code.is_empty() {
            format!("HTTP_{status}")
        } else {
            self.code.to_owned()
        };
        let path = self.path.map(str::to_owned).or(missing);
        Refusal::new(meaning, code, self.text).at(path)
    }

    fn meaning(&self, status: u16) -> Meaning {
        match (status, self.code) {
            (401, _) | (_, "INVALID_LOGIN") => Meaning::Unauthorized,
            (403, _) | (_, "INSUFFICIENT_PERMISSION") => Meaning::Forbidden,
            // Of the record in the address; a 400 with this code speaks of one in the body.
            (404, _) => Meaning::Absent,
            (_, "NONEXISTENT_ID" | "INVALID_KEY_OR_REF" | "RCRD_DSNT_EXIST") => {
                Meaning::ReferenceGone
            }
            (_, "UNIQUE_RCRD_ID_REQD" | "DUP_RCRD") => Meaning::Exists,
            (409 | 412, _) | (_, "RCRD_HAS_BEEN_CHANGED") => Meaning::Changed,
            _ => self.meaning_of_sentence(),
        }
    }

    fn meaning_of_sentence(&self) -> Meaning {
        let text = self.text.to_lowercase();
        let says = |words: &str| text.contains(words);
        if says("already exists") || says("already been used") {
            Meaning::Exists
        } else if says("has been locked") || says("record is locked") {
            Meaning::Locked
        } else if says("has been changed") {
            Meaning::Changed
        } else if says("period") && (says("closed") || says("not within the date range")) {
            Meaning::PeriodClosed
        } else if says("invalid field value") && self.is_about_reference()
            || says("record does not exist")
            || says("invalid reference")
            || says("is inactive")
        {
            Meaning::ReferenceGone
        } else {
            Meaning::Invalid
        }
    }

    /// `item` of `item.items[0].item`, or of "… for the following field: item".
    fn is_about_reference(&self) -> bool {
        let named = self.text.rsplit("following field:").next();
        let last = |text: &str| {
            let field = text.rsplit('.').find(|part| *part != "id");
            field.unwrap_or_default().trim().to_lowercase()
        };
        [self.path, named]
            .into_iter()
            .flatten()
            .any(|text| REFERENCES.contains(&last(text).as_str()))
    }

    /// `Location` of "Please enter value(s) for: Location".
    fn missing_field(&self) -> Option<String> {
        let (_, field) = self.text.split_once("lease enter value(s) for:")?;
        Some(field.trim().trim_end_matches('.').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(status: u16, code: &str, detail: &str, path: Option<&str>) -> Vec<u8> {
        let mut entry = json!({"detail": detail, "o:errorCode": code});
        if let Some(path) = path {
            entry["o:errorPath"] = json!(path);
        }
        json!({
            "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
            "title": "Bad Request",
            "status": status,
            "o:errorDetails": [entry],
        })
        .to_string()
        .into_bytes()
    }

    const ACCESS: &str = "Error while accessing a resource. ";

    /// Status, code, path (`-`: none), meaning: sentence.
    const TABLE: &str = "
        400 INVALID_CONTENT item.items[0].item ReferenceGone: You have entered an Invalid Field Value 9999 for the following field: item
        400 INVALID_CONTENT - ReferenceGone: You have entered an Invalid Field Value 9999 for the following field: entity
        400 INVALID_CONTENT shippingAddress.state Invalid: You have entered an Invalid Field Value XX for the following field: state
        400 USER_ERROR - ReferenceGone: The item MUG is inactive.
        400 USER_ERROR - FieldMissing: Please enter value(s) for: Location
        400 USER_ERROR - Exists: This entity already exists.
        400 USER_ERROR - Exists: This record already exists.
        400 UNIQUE_RCRD_ID_REQD - Exists: The external id is taken.
        400 USER_ERROR - Locked: This record has been locked by a user defined workflow.
        400 USER_ERROR - Changed: Record has been changed.
        400 RCRD_HAS_BEEN_CHANGED - Changed: Record changed.
        400 USER_ERROR - PeriodClosed: You cannot post to a closed accounting period.
        400 USER_ERROR - PeriodClosed: The transaction date you specified is not within the date range of your accounting period.
        400 USER_ERROR - ReferenceGone: That record does not exist.
        400 USER_ERROR - Invalid: Credit limit exceeded.
        400 INVALID_KEY_OR_REF - ReferenceGone: Invalid reference key 17.
        400 INVALID_PARAMETER - Invalid: Invalid search query.
        400 INVALID_REQUEST - Invalid: Malformed JSON.
        400 NONEXISTENT_FIELD - Invalid: Unknown field x.
        400 IDEMPOTENCY_ERROR - Invalid: Conflict.
        401 INVALID_LOGIN - Unauthorized: Invalid login attempt.
        403 INSUFFICIENT_PERMISSION - Forbidden: Permission violation.
        404 NONEXISTENT_ID - Absent: Record does not exist.
    ";

    #[test]
    fn each_row_of_the_error_table_has_its_meaning() {
        let rows: Vec<_> = TABLE.lines().filter(|row| !row.trim().is_empty()).collect();
        assert_eq!(rows.len(), 23);
        for row in rows {
            let (head, sentence) = row.split_once(": ").unwrap();
            let head: Vec<_> = head.split_whitespace().collect();
            let path = Some(head[2]).filter(|path| *path != "-");
            let body = body(400, head[1], &format!("{ACCESS}{sentence}"), path);
            let Verdict::Refused(refusal) = verdict(head[0].parse().unwrap(), &body) else {
                panic!("{row}")
            };
            assert_eq!(format!("{:?}", refusal.meaning), head[3], "{row}");
        }
    }

    #[test]
    fn too_many_at_once_is_throttling_whatever_the_status() {
        let sentence = "Concurrent request limit exceeded. Request blocked.";
        for (status, code) in [
            (429, "CONCURRENCY_LIMIT_EXCEEDED"),
            (400, "CONCURRENCY_LIMIT_EXCEEDED"),
            (400, "SSS_REQUEST_LIMIT_EXCEEDED"),
            (429, "EXCEEDED_MAX_CONCUR_RQST"),
            (400, "USER_ERROR"),
        ] {
            let verdict = verdict(status, &body(status, code, sentence, None));
            assert_eq!(verdict, Verdict::Throttled, "{status} {code}");
        }
        assert_eq!(verdict(429, b"<html>"), Verdict::Throttled);
        let top = json!({"title": "Bad Request", "status": 400, "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"});
        assert_eq!(verdict(400, top.to_string().as_bytes()), Verdict::Throttled);
    }

    #[test]
    fn a_failure_over_there_is_unavailable_even_as_html() {
        let error = body(
            500,
            "UNEXPECTED_ERROR",
            "An unexpected error occurred. Error ID: k3",
            None,
        );
        assert_eq!(verdict(500, &error), Verdict::Unavailable);
        for status in [502, 503, 504] {
            assert_eq!(
                verdict(status, b"<html>maintenance</html>"),
                Verdict::Unavailable
            );
        }
    }

    #[test]
    fn html_is_no_refusal_unless_its_status_says_who_may_not_enter() {
        for status in [200, 302, 400, 404] {
            let verdict = verdict(status, b"<html>not found</html>");
            assert!(matches!(verdict, Verdict::Unreadable(_)), "{status}");
        }
        let Verdict::Refused(refusal) = verdict(401, b"") else {
            panic!("a 401 is a refusal")
        };
        assert_eq!(refusal.meaning, Meaning::Unauthorized);
    }

    #[test]
    fn a_missing_field_is_named_and_the_sentence_is_cut() {
        let detail = format!("{ACCESS}Please enter value(s) for: Location");
        let Verdict::Refused(refusal) = verdict(400, &body(400, "USER_ERROR", &detail, None))
        else {
            panic!("it is a refusal")
        };
        assert_eq!(refusal.path.as_deref(), Some("Location"));

        let long = "x".repeat(1000);
        let Verdict::Refused(refusal) = verdict(400, &body(400, "USER_ERROR", &long, None)) else {
            panic!("it is a refusal")
        };
        assert_eq!(refusal.detail.chars().count(), 300);
        assert_eq!(refusal.to_string(), "USER_ERROR");
    }
}
