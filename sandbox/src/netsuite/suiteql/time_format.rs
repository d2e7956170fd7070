//! Oracle's date formats, as far as queries use them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::Fault;

/// The parts of a format, in order.
fn parts(format: &str) -> Result<Vec<String>, Fault> {
    const NAMES: [&str; 11] = [
        "YYYY", "HH24", "HH12", "TZH", "TZM", "MM", "DD", "MI", "SS", "YY", "AM",
    ];
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = quoted.split_once('"').ok_or(Fault::Unsupported)?;
            parts.push(format!("\"{text}"));
            rest = after;
            continue;
        }
        let upper = rest.to_uppercase();
        if let Some(name) = NAMES.iter().find(|name| upper.starts_with(**name)) {
            parts.push((*name).into());
            rest = rest.get(name.len()..).unwrap_or_default();
        } else if first.is_ascii_alphabetic() {
            return Err(Fault::Unsupported);
        } else {
            parts.push(format!("\"{first}"));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(parts)
}

/// `TO_CHAR`; `offset` is the user's at that time, as `+hh:mm` would need it.
///
/// # Errors
///
/// A format that is not imitated.
pub(crate) fn print(
    time: NaiveDateTime,
    offset: FixedOffset,
    format: &str,
) -> Result<String, Fault> {
    let minutes = offset.local_minus_utc() / 60;
    let mut text = String::new();
    for part in parts(format)? {
        let piece = match part.as_str() {
            "YYYY" => time.format("%Y").to_string(),
            "YY" => time.format("%y").to_string(),
            "MM" => time.format("%m").to_string(),
            "DD" => time.format("%d").to_string(),
            "HH24" => time.format("%H").to_string(),
            "HH12" => time.format("%I").to_string(),
            "AM" => time.format("%p").to_string(),
            "MI" => time.format("%M").to_string(),
            "SS" => time.format("%S").to_string(),
            "TZH" => format!(
                "{}{:02}",
                if minutes < 0 { '-' } else { '+' },
                minutes.abs() / 60
            ),
            "TZM" => format!("{:02}", minutes.abs() % 60),
            literal => literal.trim_start_matches('"').to_owned(),
        };
        text.push_str(&piece);
    }
    Ok(text)
}

/// `TO_DATE` and `TO_TIMESTAMP_TZ`: the local time written, and its offset when the format has one.
///
/// # Errors
///
/// Text that does not fit the format.
pub(crate) fn parse(
    text: &str,
    format: &str,
) -> Result<(NaiveDateTime, Option<FixedOffset>), Fault> {
    let (mut year, mut month, mut day) = (None, 1, 1);
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    let (mut offset_hour, mut offset_minute) = (None, 0);
    let mut rest = text;
    for part in parts(format)? {
        match part.as_str() {
            "YYYY" => year = Some(digits(&mut rest, 4)?),
            "MM" => month = digits(&mut rest, 2)?,
            "DD" => day = digits(&mut rest, 2)?,
            "HH24" => hour = digits(&mut rest, 2)?,
            "MI" => minute = digits(&mut rest, 2)?,
            "SS" => second = digits(&mut rest, 2)?,
            "TZH" => offset_hour = Some(signed(&mut rest)?),
            "TZM" => offset_minute = digits(&mut rest, 2)?,
            "YY" | "HH12" | "AM" => return Err(Fault::Unsupported),
            literal => {
                let literal = literal.trim_start_matches('"');
                rest = rest.strip_prefix(literal).ok_or(Fault::Unsupported)?;
            }
        }
    }
    let year = year.and_then(|year| i32::try_from(year).ok());
    let date = year.and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    let time = NaiveTime::from_hms_opt(hour, minute, second);
    let (date, time) = date
        .zip(time)
        .filter(|_| rest.is_empty())
        .ok_or(Fault::Unsupported)?;
    let offset = offset_hour.and_then(|(negative, hours)| {
        let seconds = i32::try_from(hours * 3600 + offset_minute * 60).ok()?;
        FixedOffset::east_opt(if negative { -seconds } else { seconds })
    });
    Ok((date.and_time(time), offset))
}

fn digits(rest: &mut &str, most: usize) -> Result<u32, Fault> {
    let length = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, after) = rest.split_at_checked(length).ok_or(Fault::Unsupported)?;
    *rest = after;
    number.parse().map_err(|_| Fault::Unsupported)
}

fn signed(rest: &mut &str) -> Result<(bool, u32), Fault> {
    let negative = rest.starts_with('-');
    *rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    Ok((negative, digits(rest, 2)?))
}

/// The instant a written time with offset means.
pub(crate) fn instant(time: NaiveDateTime, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    time.and_local_timezone(offset).single()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "YYYY-MM-DD HH24:MI:SS TZH:TZM";

    #[test]
    fn what_is_printed_is_parsed_again() {
        let (time, offset) = parse("2026-11-24 08:05:09 -08:00", FULL).unwrap();
        assert_eq!(offset, FixedOffset::west_opt(8 * 3600));
        let text = print(time, offset.unwrap(), FULL);
        assert_eq!(text, Ok("2026-11-24 08:05:09 -08:00".into()));
    }

    #[test]
    fn quoted_letters_are_text_and_unquoted_unknown_ones_are_refused() {
        let (time, _) = parse("2026-11-24", "YYYY-MM-DD").unwrap();
        let utc = FixedOffset::east_opt(0).unwrap();
        let iso = "YYYY-MM-DD\"T\"HH24:MI:SS";
        assert_eq!(print(time, utc, iso), Ok("2026-11-24T00:00:00".into()));
        assert_eq!(print(time, utc, "YYYY-MM-DDTHH24"), Err(Fault::Unsupported));
    }

    #[test]
    fn text_that_does_not_fit_the_format_is_refused() {
        for text in ["2026-13-01", "2026-11-24T00", "24/11/2026", ""] {
            assert!(parse(text, "YYYY-MM-DD").is_err(), "{text}");
        }
    }
}
