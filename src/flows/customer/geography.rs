//! Countries and provinces by ISO 3166, in the form that Shopify takes: from codes, longer codes or names.
//!
//! What the data does not know is passed as it is: both vendors have codes of their own (Kosovo's `XK`,
//! Mexico's older abbreviations), and the other system says so if it is none of its.

use rust_iso3166::{CountryCode, from_alpha2, from_alpha3};

/// A two-letter country code of a code or a name.
pub(super) fn country(text: &str) -> String {
    let upper = text.trim().to_uppercase();
    let by_name = || {
        let mut all = rust_iso3166::ALL.iter();
        all.find(|country| country.name.to_uppercase() == upper)
    };
    let found = from_alpha2(&upper)
        .or_else(|| from_alpha3(&upper))
        .or_else(|| by_name().copied());
    found.map_or(upper, |country: CountryCode| country.alpha2.to_owned())
}

/// The code of a province as Shopify writes it: without its country, but for Japan's.
pub(super) fn province(country: &str, text: &str) -> String {
    let text = text.trim();
    let upper = text.to_uppercase();
    let long = format!("{country}-{upper}");
    let of = from_alpha2(country);
    let all = of.as_ref().and_then(CountryCode::subdivisions);
    let found = all.into_iter().flatten().find(|province| {
        [upper.as_str(), long.as_str()].contains(&province.code)
            || province.name.to_uppercase() == upper
    });
    match found {
        Some(province) if country == "JP" => province.code.to_owned(),
        Some(province) => {
            let code = province.code.strip_prefix(country).unwrap_or(province.code);
            code.trim_start_matches('-').to_owned()
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_either_code_and_by_its_name() {
        for text in ["DE", "de", "DEU", "Germany", " germany "] {
            assert_eq!(country(text), "DE", "{text}");
        }
        assert_eq!(country("XK"), "XK");
    }

    #[test]
    fn a_province_is_known_by_either_code_and_by_its_name() {
        for (of, text, code) in [
            ("US", "KY", "KY"),
            ("US", "Kentucky", "KY"),
            ("US", "us-ky", "KY"),
            ("CA", "CA-QC", "QC"),
            ("AU", "New South Wales", "NSW"),
            ("JP", "13", "JP-13"),
            ("JP", "JP-13", "JP-13"),
            ("IT", "IT-RM", "RM"),
        ] {
            assert_eq!(province(of, text), code, "{of} {text}");
        }
        assert_eq!(province("MX", "DF"), "DF");
        assert_eq!(province("XK", "Prizren"), "Prizren");
    }
}
