//! Whom `export-customer` and `forget-customer` are about: what was asked for, and the ids behind an e-mail.

use sqlx::PgPool;
use waybill::config::Config;
use waybill::privacy::Person;

use super::Failure;

/// The person that `who` names: STORE/ID of a configured store, or an e-mail.
pub(super) async fn known(config: &Config, _pool: &PgPool, who: &str) -> Result<Person, Failure> {
    let person: Person = who.parse().map_err(Failure::unusable)?;
    for (store, _) in &person.customers {
        if !config.stores.iter().any(|known| known.name == *store) {
            return Err(Failure::unusable(anyhow::anyhow!(
                "there is no store `{store}`"
            )));
        }
    }
    Ok(person)
}
