//! Shopify's signature: base64 of the HMAC-SHA256 of the raw bytes of the body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// Whether one of the secrets signed these bytes; compared in constant time.
///
/// Shopify signs bytes, not JSON: parsing and writing the body again changes them, so nothing may touch it
/// before this. A signature of another length, or in hex, is no signature.
pub(super) fn is_signed(secrets: &[Secret], signature: &str, body: &[u8]) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    secrets.iter().any(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
            return false;
        };
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '%s' '{"id":820982911946154508}' | openssl dgst -sha256 -hmac hush -binary | base64`
    const BODY: &[u8] = br#"{"id":820982911946154508}"#;
    const SIGNATURE: &str = "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I=";

    fn secrets(values: &[&str]) -> Vec<Secret> {
        values
            .iter()
            .map(|v| Secret::new((*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_signature_made_by_openssl_is_accepted() {
        assert!(is_signed(&secrets(&["hush"]), SIGNATURE, BODY));
        assert!(is_signed(&secrets(&["newer", "hush"]), SIGNATURE, BODY));
        assert!(!is_signed(&secrets(&["other"]), SIGNATURE, BODY));
        assert!(!is_signed(&[], SIGNATURE, BODY));
    }

    #[test]
    fn each_changed_byte_of_the_body_is_refused() {
        for place in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[place] ^= 1;
            assert!(
                !is_signed(&secrets(&["hush"]), SIGNATURE, &body),
                "byte {place}"
            );
        }
    }

    #[test]
    fn each_changed_byte_of_the_signature_is_refused() {
        let bytes = STANDARD.decode(SIGNATURE).unwrap_or_default();
        assert_eq!(bytes.len(), 32);
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(!is_signed(
                &secrets(&["hush"]),
                &STANDARD.encode(&changed),
                BODY
            ));
        }
    }

    #[test]
    fn another_length_or_form_is_a_refusal_and_no_panic() {
        let bytes = STANDARD.decode(SIGNATURE).unwrap_or_default();
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let short = STANDARD.encode(&bytes[..16]);
        let long = STANDARD.encode([bytes.as_slice(), &[0]].concat());
        for signature in [
            "",
            "=",
            "e30=",
            SIGNATURE.trim_end_matches('='),
            &hex,
            &short,
            &long,
        ] {
            assert!(
                !is_signed(&secrets(&["hush"]), signature, BODY),
                "{signature}"
            );
        }
    }
}
