//! Addresses within NetSuite's field lengths; what is cut is kept whole for the memo.

use super::text::cut;
use crate::netsuite::address::Address;
use crate::shopify::order;

/// NetSuite's lengths, in characters.
const NAME: usize = 83;
const STREET: usize = 150;
const CITY: usize = 50;
const ZIP: usize = 36;
const PHONE: usize = 32;

/// An address, and the full text of what did not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) address: Option<Address>,
    /// `shipping addr1: the whole street`.
    pub(super) cut: Vec<String>,
}

/// The address of an order. `which` names it in the memo: `shipping`, `billing`.
pub(super) fn address(source: Option<&order::Address>, which: &str) -> Fitted {
    let Some(source) = source else {
        return Fitted::default();
    };
    let mut lost = Vec::new();
    let mut keep =
        |name: &str, text: Option<&str>, limit| field(which, name, text, limit, &mut lost);
    let person = person(source);
    let company = filled(source.company.as_deref());
    let code = source.netsuite_state.as_deref();
    let state = filled(code.or(source.province_code.as_deref()));
    // A province without a code is no NetSuite state; it must not get lost on the parcel either.
    let province = filled(source.province.as_deref()).filter(|_| state.is_none());
    let address = Address {
        attention: keep("attention", company.and(person.as_deref()), NAME),
        addressee: keep("addressee", company.or(person.as_deref()), NAME),
        addr1: keep("addr1", source.address1.as_deref(), STREET),
        addr2: keep("addr2", source.address2.as_deref(), STREET),
        addr3: keep("addr3", province, STREET),
        city: keep("city", source.city.as_deref(), CITY),
        state: state.map(str::to_owned),
        zip: keep("zip", source.zip.as_deref(), ZIP),
        country: filled(source.country_code.as_deref()).map(str::to_owned),
        addr_phone: keep("addrPhone", source.phone.as_deref(), PHONE),
    };
    Fitted {
        address: (address != Address::default()).then_some(address),
        cut: lost,
    }
}

fn field(
    which: &str,
    name: &str,
    text: Option<&str>,
    limit: usize,
    lost: &mut Vec<String>,
) -> Option<String> {
    let text = filled(text)?;
    let Some(short) = cut(text, limit) else {
        return Some(text.to_owned());
    };
    lost.push(format!("{which} {name}: {text}"));
    filled(Some(short)).map(str::to_owned)
}

/// Trimmed, and `None` when nothing is left.
pub(super) fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn person(source: &order::Address) -> Option<String> {
    let names = [source.first_name.as_deref(), source.last_name.as_deref()];
    let names: Vec<&str> = names.into_iter().filter_map(filled).collect();
    (!names.is_empty()).then(|| names.join(" "))
}
