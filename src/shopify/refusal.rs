//! What Shopify's error answers mean: HTTP statuses, and the `errors` of an answer with status 200.

use serde_json::Value;

use crate::remote::{Meaning, Refusal};

/// What an answer that is not plain data says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The bucket could not pay; it was not carried out.
    Throttled,
    /// It failed over there, perhaps after having done it.
    Unavailable,
    Refused(Refusal),
    /// Not Shopify's form.
    Unreadable(String),
}

/// What an HTTP status other than 200 says, whatever the body.
pub(super) fn of_status(status: u16) -> Verdict {
    let refused = |meaning| {
        let code = format!("HTTP_{status}");
        Verdict::Refused(Refusal::new(meaning, code, "refused by status"))
    };
    match status {
        429 => Verdict::Throttled,
        401 => refused(Meaning::Unauthorized),
        // 430: Shopify's firewall takes us for an attacker.
        403 | 430 => refused(Meaning::Forbidden),
        // Frozen for non-payment; unknown store; locked.
        402 | 404 | 423 => refused(Meaning::Closed),
        408 | 500..=599 => Verdict::Unavailable,
        400..=499 => refused(Meaning::Invalid),
        _ => Verdict::Unreadable(format!("status {status}")),
    }
}

/// What the `errors` of an answer say; `None` when there are none, or only such that the caller
/// can live with.
pub(super) fn of_errors(body: &Value, bearable: fn(&str) -> bool) -> Option<Verdict> {
    let errors = body.get("errors")?;
    // "errors": "[API] Invalid API key …" comes with a status, but is no list.
    if let Some(text) = errors.as_str() {
        return Some(Verdict::Refused(Refusal::new(
            Meaning::Invalid,
            "ERRORS",
            text,
        )));
    }
    let has_data = body.get("data").is_some_and(Value::is_object);
    let errors = errors.as_array().map(Vec::as_slice).unwrap_or_default();
    let verdicts = errors
        .iter()
        .filter(|error| !(has_data && is_bearable(error, bearable)))
        .map(of_error);
    // Throttling first: it says that nothing was done.
    verdicts.min_by_key(|verdict| match verdict {
        Verdict::Throttled => 0,
        Verdict::Unavailable => 1,
        Verdict::Refused(_) => 2,
        Verdict::Unreadable(_) => 3,
    })
}

fn of_error(error: &Value) -> Verdict {
    let message = error.get("message").and_then(Value::as_str);
    let message = message.unwrap_or_default();
    let code = code(error);
    let refused = |meaning| {
        let code = if code.is_empty() { "GRAPHQL" } else { code };
        Verdict::Refused(Refusal::new(meaning, code, message).at(path(error)))
    };
    match code {
        "THROTTLED" => Verdict::Throttled,
        "INTERNAL_SERVER_ERROR" | "TIMEOUT" => Verdict::Unavailable,
        "ACCESS_DENIED" => refused(Meaning::Forbidden),
        "SHOP_INACTIVE" => refused(Meaning::Closed),
        "UNAUTHENTICATED" => refused(Meaning::Unauthorized),
        _ if message == "Throttled" => Verdict::Throttled,
        // MAX_COST_EXCEEDED, and every fault of the query or its variables.
        _ => refused(Meaning::Invalid),
    }
}

/// Protected customer data that the app may not see comes as null, with this error beside it.
fn is_bearable(error: &Value, bearable: fn(&str) -> bool) -> bool {
    let field = error.get("path").and_then(Value::as_array);
    let field = field.and_then(|path| path.iter().rev().find_map(Value::as_str));
    code(error) == "ACCESS_DENIED" && field.is_some_and(bearable)
}

fn code(error: &Value) -> &str {
    let code = error.get("extensions").and_then(|ext| ext.get("code"));
    code.and_then(Value::as_str).unwrap_or_default()
}

fn path(error: &Value) -> Option<String> {
    let parts = error.get("path")?.as_array()?;
    let text = |part: &Value| {
        part.as_str()
            .map_or_else(|| part.to_string(), str::to_owned)
    };
    Some(parts.iter().map(text).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn none(_: &str) -> bool {
        false
    }

    fn meaning(verdict: Option<Verdict>) -> Option<Meaning> {
        match verdict {
            Some(Verdict::Refused(refusal)) => Some(refusal.meaning),
            Some(Verdict::Throttled | Verdict::Unavailable | Verdict::Unreadable(_)) | None => None,
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let table = [
            (400, Meaning::Invalid),
            (401, Meaning::Unauthorized),
            (402, Meaning::Closed),
            (403, Meaning::Forbidden),
            (404, Meaning::Closed),
            (422, Meaning::Invalid),
            (423, Meaning::Closed),
            (430, Meaning::Forbidden),
        ];
        for (status, expected) in table {
            assert_eq!(meaning(Some(of_status(status))), Some(expected), "{status}");
        }
        assert_eq!(of_status(429), Verdict::Throttled);
        for status in [500, 502, 503, 504] {
            assert_eq!(of_status(status), Verdict::Unavailable, "{status}");
        }
        assert!(matches!(of_status(302), Verdict::Unreadable(_)));
    }

    #[test]
    fn each_code_in_a_200_has_its_meaning() {
        let error =
            |code: &str| json!({"errors": [{"message": "x", "extensions": {"code": code}}]});
        for (code, expected) in [
            ("MAX_COST_EXCEEDED", Meaning::Invalid),
            ("ACCESS_DENIED", Meaning::Forbidden),
            ("SHOP_INACTIVE", Meaning::Closed),
            ("", Meaning::Invalid),
        ] {
            assert_eq!(
                meaning(of_errors(&error(code), none)),
                Some(expected),
                "{code}"
            );
        }
        assert_eq!(
            of_errors(&error("THROTTLED"), none),
            Some(Verdict::Throttled)
        );
        for code in ["INTERNAL_SERVER_ERROR", "TIMEOUT"] {
            assert_eq!(of_errors(&error(code), none), Some(Verdict::Unavailable));
        }
        assert_eq!(of_errors(&json!({"data": {}}), none), None);
    }

    #[test]
    fn data_that_the_app_may_not_see_is_bearable_only_where_the_caller_says_so() {
        let denied = json!({
            "data": {"order": {"customer": null}},
            "errors": [{"message": "Access denied", "path": ["order", "customer"], "extensions": {"code": "ACCESS_DENIED"}}],
        });
        assert_eq!(of_errors(&denied, |field| field == "customer"), None);
        let Some(Verdict::Refused(refusal)) = of_errors(&denied, none) else {
            panic!("it is a refusal")
        };
        assert_eq!(refusal.path.as_deref(), Some("order.customer"));
    }
}
