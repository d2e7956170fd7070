//! Shopify's search syntax, the part of it that the twin's lists understand: `field:value` and comparators, joined by
//! blanks, `AND`, `OR`, with `-` or `NOT` in front and parentheses.

use chrono::{DateTime, NaiveDate, Utc};

/// A parsed search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    All,
    Term(Term),
    Not(Box<Search>),
    And(Vec<Search>),
    Or(Vec<Search>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// Absent in a word without a field.
    pub(crate) field: Option<String>,
    pub(crate) comparator: Comparator,
    pub(crate) value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Search {
    /// Reads a search. One that cannot be read is refused with the reason.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = tokens(text)?.into_iter().peekable();
        if words.peek().is_none() {
            return Ok(Self::All);
        }
        let search = any(&mut words)?;
        match words.next() {
            None => Ok(search),
            Some(word) => Err(format!("unexpected `{word}`")),
        }
    }

    /// Does it hold, given what each term says?
    pub(crate) fn holds(&self, term: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Term(it) => term(it),
            Self::Not(inner) => !inner.holds(term),
            Self::And(all) => all.iter().all(|inner| inner.holds(term)),
            Self::Or(any) => any.iter().any(|inner| inner.holds(term)),
        }
    }
}

impl Term {
    pub(crate) fn time(&self, at: DateTime<Utc>) -> bool {
        let value = DateTime::parse_from_rfc3339(&self.value)
            .map(|value| value.to_utc())
            .ok()
            .or_else(|| {
                let day: NaiveDate = self.value.parse().ok()?;
                Some(day.and_hms_opt(0, 0, 0)?.and_utc())
            });
        value.is_some_and(|value| self.comparator.holds(&at, &value))
    }

    pub(crate) fn id(&self, id: u64) -> bool {
        let value = self
            .value
            .rsplit('/')
            .next()
            .and_then(|value| value.parse().ok());
        value.is_some_and(|value| self.comparator.holds(&id, &value))
    }

    pub(crate) fn text(&self, text: &str) -> bool {
        match self.value.strip_suffix('*') {
            Some(start) => text.to_lowercase().starts_with(&start.to_lowercase()),
            None => text.eq_ignore_ascii_case(&self.value),
        }
    }
}

type Words = std::iter::Peekable<std::vec::IntoIter<String>>;

fn any(words: &mut Words) -> Result<Search, String> {
    let mut choices = vec![all(words)?];
    while words.next_if(|word| word == "OR").is_some() {
        choices.push(all(words)?);
    }
    Ok(one_or(choices, Search::Or))
}

fn all(words: &mut Words) -> Result<Search, String> {
    let mut parts = vec![one(words)?];
    while let Some(word) = words.peek() {
        if word == "OR" || word == ")" {
            break;
        }
        if word == "AND" {
            words.next();
        }
        parts.push(one(words)?);
    }
    Ok(one_or(parts, Search::And))
}

fn one_or(mut parts: Vec<Search>, many: fn(Vec<Search>) -> Search) -> Search {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => many(parts.into_iter().chain(last).collect()),
    }
}

fn one(words: &mut Words) -> Result<Search, String> {
    let word = words.next().ok_or("the search ends too early")?;
    match word.as_str() {
        "NOT" | "-" => Ok(Search::Not(Box::new(one(words)?))),
        "(" => {
            let inner = any(words)?;
            match words.next().as_deref() {
                Some(")") => Ok(inner),
                _ => Err("`)` is missing".into()),
            }
        }
        _ => Ok(Search::Term(term(&word))),
    }
}

fn term(word: &str) -> Term {
    let (field, rest) = match word.split_once(':') {
        Some((field, rest)) if !field.starts_with(['\'', '"']) => (Some(field.to_owned()), rest),
        Some(_) | None => (None, word),
    };
    let comparators = [
        (">=", Comparator::GreaterOrEqual),
        ("<=", Comparator::LessOrEqual),
        (">", Comparator::Greater),
        ("<", Comparator::Less),
    ];
    let found = comparators
        .into_iter()
        .find_map(|(sign, comparator)| Some((comparator, rest.strip_prefix(sign)?)));
    let (comparator, value) = found.unwrap_or((Comparator::Equal, rest));
    Term {
        field,
        comparator,
        value: value.trim_matches(['\'', '"']).replace('\\', ""),
    }
}

/// Words; a quoted part keeps its blanks and its quotes.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    for sign in text.chars() {
        if quote == Some(sign) {
            quote = None;
            word.push(sign);
        } else if quote.is_some() {
            word.push(sign);
        } else if sign.is_whitespace() || sign == '(' || sign == ')' {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.extend((!sign.is_whitespace()).then(|| sign.to_string()));
        } else if sign == '-' && word.is_empty() {
            words.push("-".into());
        } else {
            quote = matches!(sign, '\'' | '"').then_some(sign);
            word.push(sign);
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".into());
    }
    words.extend((!word.is_empty()).then_some(word));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(search: &str, fields: &[(&str, &str)]) -> bool {
        Search::parse(search).unwrap().holds(&|term| {
            fields
                .iter()
                .any(|(name, value)| term.field.as_deref() == Some(name) && term.text(value))
        })
    }

    #[test]
    fn terms_join_by_and_bind_closer_than_or_and_can_be_negated() {
        let fields = [("status", "open"), ("tag", "two words")];
        assert!(holds("status:open tag:'two words'", &fields));
        assert!(holds("status:closed AND tag:x OR status:open", &fields));
        assert!(!holds("status:open -tag:'two words'", &fields));
        assert!(holds("NOT (status:closed OR tag:x)", &fields));
        assert!(holds("", &fields));
    }

    #[test]
    fn a_time_is_compared_as_a_time() {
        let search = Search::parse("updated_at:>='2026-11-24T00:00:00Z'").unwrap();
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let holds = |text: &str| search.holds(&|term| term.time(at(text)));
        assert!(holds("2026-11-24T00:00:00Z"));
        assert!(holds("2026-11-23T23:00:00-05:00"));
        assert!(!holds("2026-11-23T23:59:59Z"));
    }

    #[test]
    fn an_open_quote_is_refused() {
        assert!(Search::parse("name:'#1001").is_err());
    }
}
