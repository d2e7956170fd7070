//! Metafields: what apps note on orders and customers.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// One value on one owner.
#[derive(Clone, Debug)]
pub struct Metafield {
    pub id: u64,
    /// The owner's gid.
    pub owner: String,
    pub namespace: String,
    pub key: String,
    pub kind: String,
    pub value: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Metafield {
    /// What a writer gives back to say which value it means to replace.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.kind);
        hash.update([0]);
        hash.update(&self.value);
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
