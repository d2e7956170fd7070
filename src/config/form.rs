//! How single values are written where serde's own form would not do.

use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use toml::Value;

use super::file::nearest;
use super::store;

/// A time zone by its IANA name.
pub(super) fn time_zone<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<chrono_tz::Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| {
        let known: Vec<&str> = chrono_tz::TZ_VARIANTS
            .iter()
            .map(|zone| zone.name())
            .collect();
        D::Error::custom(match nearest(&name, &known) {
            Some(near) => format!("`{name}` is no time zone: did you mean `{near}`?"),
            None => format!("`{name}` is no time zone: write one like America/New_York"),
        })
    })
}

const INSTANT: &str = "expected a time with its zone: 2026-11-01T00:00:00Z";

/// TOML's own date and time with an offset, or the same as a text.
pub(super) fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Datetime(time) => time.to_string(),
        Value::String(text) => text,
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)
        | Value::Table(_) => return Err(D::Error::custom(INSTANT)),
    };
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| D::Error::custom(INSTANT))?;
    Ok(Some(time.to_utc()))
}

/// An exact decimal: `"0.05"` or a whole number. TOML's `0.05` is a binary float, so it is refused.
pub(super) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let refused = || D::Error::custom("expected an exact decimal, in quotes: \"0.05\"");
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map_err(|_| refused()),
        Value::Integer(whole) => Ok(whole.into()),
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Err(refused()),
    }
}

pub(super) fn some_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    decimal(deserializer).map(Some)
}

/// `[store.shipping]`: two keys of ours among the shop's own. (serde's `flatten` loses the places.)
pub(super) struct Shipping;

impl<'de> Visitor<'de> for Shipping {
    type Value = store::Shipping;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of shipping methods")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<store::Shipping, A::Error> {
        let mut shipping = store::Shipping::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "as" => shipping.form = map.next_value()?,
                "default" => shipping.default = Some(map.next_value()?),
                _ => {
                    shipping.methods.insert(key, map.next_value()?);
                }
            }
        }
        Ok(shipping)
    }
}
