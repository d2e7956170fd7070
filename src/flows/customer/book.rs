//! The saved addresses and the address book, made equal address by address. Pure.
//!
//! Of a pair, the side that changed is right, or the owner. What one side lacks was added on the other, or
//! removed here: removed, if it was known to be on both. Whatever is on one side only and nobody touches
//! since stays there.

use serde_json::{Value, json};

use super::addresses::{self, Pairs, as_line, hash_of, saved_hash};
use super::links::{Known, Last};
use super::referee::{Changed, Referee, Side};
use crate::config::store::Owner;
use crate::netsuite::address::Address;
use crate::netsuite::customers::{Customer as Record, Line};
use crate::shopify::customer::{Customer, Saved};
use crate::shopify::order;

/// Shopify shows no more of a customer's addresses: those that are not shown may be there.
const MOST_SHOWN: usize = 100;

/// One address that Shopify lacks, or holds otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    /// The saved address to change; a new one if absent.
    pub(super) saved: Option<u64>,
    pub(super) line: String,
    pub(super) hash: String,
    pub(super) address: order::Address,
    pub(super) is_default: bool,
}

/// What each side must be told.
pub(super) struct Book<'a> {
    /// Lines for NetSuite's address book.
    pub(super) lines: Vec<Value>,
    /// Whether all other lines are to go.
    pub(super) replaces: bool,
    pub(super) owed: Vec<Owed>,
    /// The saved addresses to remove from Shopify.
    pub(super) removed: Vec<u64>,
    /// NetSuite's side once the lines are written.
    pub(super) after: Record,
    gone: Vec<String>,
    customer: &'a Customer,
    record: &'a Record,
    last: &'a Last,
}

/// Compares the books of both sides.
pub(super) fn merge<'a>(
    customer: &'a Customer,
    record: &'a Record,
    last: &'a Last,
    referee: &Referee<'_>,
    default_changed: Changed,
) -> Book<'a> {
    let owner = referee.settings.fields.addresses;
    let mut book = Book {
        lines: Vec::new(),
        replaces: false,
        owed: Vec::new(),
        removed: Vec::new(),
        after: record.clone(),
        gone: Vec::new(),
        customer,
        record,
        last,
    };
    let pairs = addresses::pair(customer, record, last);
    for (saved, line) in &pairs.both {
        book.both(saved, line, owner, referee);
    }
    for saved in &pairs.saved {
        book.saved_alone(saved, owner, referee);
    }
    for line in &pairs.lines {
        book.line_alone(line, owner, referee);
    }
    book.remove_lines();
    match referee.wins(owner, default_changed) {
        Some(Side::Shopify) => book.default_in_netsuite(&pairs),
        Some(Side::Netsuite) => book.default_in_shopify(&pairs),
        None => {}
    }
    book.name_what_stays();
    book
}

impl Book<'_> {
    /// An address that both have.
    fn both(&mut self, saved: &Saved, line: &Line, owner: Option<Owner>, referee: &Referee<'_>) {
        let Some(wanted) = as_line(saved).filter(|wanted| *wanted != line.address) else {
            return;
        };
        let changed = match self.last.lines.get(&saved.id) {
            Some(known) => Changed {
                shopify: is_changed(saved, known),
                netsuite: known.hash != hash_of(&line.address),
            },
            None => Changed::UNKNOWN,
        };
        // Carried as well as the two systems can say it.
        if !changed.shopify && !changed.netsuite {
            return;
        }
        match referee.wins(owner, changed) {
            Some(Side::Shopify) => self.change_line(line, &wanted),
            Some(Side::Netsuite) => {
                let address = addresses::inverse(&line.address);
                self.owe(Some(saved.id), line, address, false);
            }
            None => {}
        }
    }

    /// An address that only Shopify has.
    fn saved_alone(&mut self, saved: &Saved, owner: Option<Owner>, referee: &Referee<'_>) {
        let Some(wanted) = as_line(saved) else {
            return;
        };
        let is_there = self.after.addresses.iter().any(|it| it.address == wanted);
        let stays = self.last.alone.saved.get(&saved.id) == Some(&saved_hash(&saved.address));
        if is_there || stays {
            return;
        }
        // It was written or read there once.
        let removed = self.last.lines.get(&saved.id);
        let changed = Changed {
            shopify: removed.is_none_or(|known| is_changed(saved, known)),
            netsuite: removed.is_some(),
        };
        match referee.wins(owner, changed) {
            Some(Side::Shopify) => self.add_line(saved, wanted),
            // Shopify keeps the address that orders start from.
            Some(Side::Netsuite)
                if removed.is_some() && self.customer.default_address != Some(saved.id) =>
            {
                self.removed.push(saved.id);
            }
            Some(Side::Netsuite) | None => {}
        }
    }

    /// An address that only NetSuite has.
    fn line_alone(&mut self, line: &Line, owner: Option<Owner>, referee: &Referee<'_>) {
        let hash = hash_of(&line.address);
        let mut saved = self.customer.addresses.iter();
        let is_there = saved.any(|it| as_line(it).as_ref() == Some(&line.address));
        if is_there || self.last.alone.lines.get(&line.key) == Some(&hash) {
            return;
        }
        let removed = self.was_saved(line, &hash);
        let removed = removed.filter(|_| self.customer.addresses.len() < MOST_SHOWN);
        let changed = Changed {
            shopify: removed.is_some(),
            netsuite: removed.is_none_or(|known| known.hash != hash),
        };
        match referee.wins(owner, changed) {
            Some(Side::Netsuite) => self.owe(None, line, addresses::inverse(&line.address), false),
            Some(Side::Shopify) if removed.is_some() => self.gone.push(line.key.clone()),
            Some(Side::Shopify) | None => {}
        }
    }

    /// What is known of the line, if it was a saved address that is gone: by its key, or by what was
    /// written if nobody has read it since.
    fn was_saved(&self, line: &Line, hash: &str) -> Option<&Known> {
        let is_gone = |id: &u64| self.customer.addresses.iter().all(|it| it.id != *id);
        let is_it = |known: &Known| match &known.line {
            Some(key) => *key == line.key,
            None => known.hash == hash,
        };
        let mut known = self.last.lines.iter();
        known
            .find(|(id, known)| is_gone(id) && is_it(known))
            .map(|(_, known)| known)
    }

    fn change_line(&mut self, line: &Line, wanted: &Address) {
        self.lines.push(
            json!({ "id": addresses::number(&line.key), "addressBookAddress": addresses::whole(wanted) }),
        );
        let same = |it: &&mut Line| it.key == line.key;
        for held in self.after.addresses.iter_mut().filter(same) {
            held.address = wanted.clone();
        }
    }

    fn add_line(&mut self, saved: &Saved, wanted: Address) {
        let first = self.after.addresses.is_empty();
        self.lines.push(json!({
            "label": addresses::label(saved), "defaultBilling": first, "defaultShipping": first,
            "addressBookAddress": wanted,
        }));
        self.after.addresses.push(Line {
            key: String::new(),
            label: None,
            default_billing: first,
            default_shipping: first,
            address: wanted,
        });
    }

    fn owe(&mut self, saved: Option<u64>, line: &Line, address: order::Address, is_default: bool) {
        self.owed.push(Owed {
            saved,
            line: line.key.clone(),
            hash: hash_of(&line.address),
            address,
            is_default,
        });
    }

    fn remove_lines(&mut self) {
        self.replaces = !self.gone.is_empty();
        let gone = &self.gone;
        self.after.addresses.retain(|it| !gone.contains(&it.key));
    }

    /// The saved default is where goods go. Where bills go is touched only while nobody has said so.
    fn default_in_netsuite(&mut self, pairs: &Pairs<'_>) {
        let default = self.customer.default_address;
        let paired = pairs.both.iter().find(|(it, _)| Some(it.id) == default);
        let alone = pairs.saved.iter().find(|it| Some(it.id) == default);
        let wanted = alone.and_then(|saved| as_line(saved));
        let is_it = |line: &Line| match paired {
            Some((_, paired)) => line.key == paired.key,
            None => wanted.as_ref() == Some(&line.address),
        };
        let Some(at) = self.after.addresses.iter().position(is_it) else {
            return;
        };
        for (place, line) in self.after.addresses.iter_mut().enumerate() {
            let is_default = place == at;
            if line.default_shipping != is_default {
                line.default_shipping = is_default;
                addresses::set(&mut self.lines, line, "defaultShipping", is_default);
            }
        }
    }

    fn default_in_shopify(&mut self, pairs: &Pairs<'_>) {
        let Some(line) = self.record.addresses.iter().find(|it| it.default_shipping) else {
            return;
        };
        if let Some(owed) = self.owed.iter_mut().find(|owed| owed.line == line.key) {
            owed.is_default = true;
            return;
        }
        let paired = pairs.both.iter().find(|(_, it)| it.key == line.key);
        if let Some((saved, _)) = paired
            && self.customer.default_address != Some(saved.id)
        {
            self.owe(Some(saved.id), line, saved.address.clone(), true);
        }
    }

    /// Where lines go, all others are named: what is not named goes, too.
    fn name_what_stays(&mut self) {
        if !self.replaces {
            return;
        }
        for line in self.after.addresses.iter().filter(|it| !it.key.is_empty()) {
            let id = addresses::number(&line.key);
            if !self.lines.iter().any(|sent| sent.get("id") == Some(&id)) {
                self.lines.push(json!({ "id": id }));
            }
        }
    }
}

/// Whether a saved address is not as it was. Of one that was last seen by an older version nobody knows.
fn is_changed(saved: &Saved, known: &Known) -> bool {
    let now = saved_hash(&saved.address);
    known.saved.as_ref().is_some_and(|last| *last != now)
}
