//! A database belongs to one NetSuite account and its stores: stamped at the first start, compared at every other.

use std::collections::BTreeMap;

use sqlx::PgPool;
use sqlx::types::Json;

use crate::config::Config;

/// Why this database is not for this configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "this database belongs to NetSuite account {stamped}, and [netsuite] account is {configured}: name the right database in DATABASE_URL, or give the account a new one"
    )]
    Account { stamped: String, configured: String },
    #[error(
        "in this database the store {store} is {stamped}, and [[store]] domain is {configured}: give the other shop another name"
    )]
    Domain {
        store: String,
        stamped: String,
        configured: String,
    },
    #[error(
        "in this database {domain} is the store {stamped}, and [[store]] name is {configured}: a name goes into external ids and never changes"
    )]
    Name {
        domain: String,
        stamped: String,
        configured: String,
    },
    #[error("the database's stamp cannot be read")]
    Unread(#[from] sqlx::Error),
}

/// Stamps a new database, or proves that it is this configuration's. A store that is new is added.
///
/// # Errors
///
/// [`Error::Account`], [`Error::Domain`] and [`Error::Name`] need a person; nothing is changed then.
pub async fn verify(pool: &PgPool, config: &Config) -> Result<(), Error> {
    let account = config.netsuite.account.to_uppercase();
    let stores = config.stores.iter();
    let stores = stores.map(|store| (store.name.clone(), store.domain.clone()));
    let stores: BTreeMap<String, String> = stores.collect();

    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "insert into installation (account, stores) values ($1, $2) on conflict (one) do nothing",
        account,
        serde_json::json!(stores),
    )
    .execute(&mut *transaction)
    .await?;
    let stamp = sqlx::query!(
        r#"select account, stores as "stores: Json<BTreeMap<String, String>>" from installation for update"#
    )
    .fetch_one(&mut *transaction)
    .await?;
    compare(&stamp.account, &stamp.stores, &account, &stores)?;
    sqlx::query!(
        "update installation set stores = stores || $1 where not stores @> $1",
        serde_json::json!(stores),
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

fn compare(
    stamped_account: &str,
    stamped: &BTreeMap<String, String>,
    account: &str,
    stores: &BTreeMap<String, String>,
) -> Result<(), Error> {
    if stamped_account != account {
        return Err(Error::Account {
            stamped: stamped_account.to_owned(),
            configured: account.to_owned(),
        });
    }
    for (name, domain) in stores {
        if let Some(other) = stamped.get(name).filter(|other| *other != domain) {
            return Err(Error::Domain {
                store: name.clone(),
                stamped: other.clone(),
                configured: domain.clone(),
            });
        }
        let namesake = stamped
            .iter()
            .find(|(other, its)| *its == domain && *other != name);
        if let Some((other, _)) = namesake {
            return Err(Error::Name {
                domain: domain.clone(),
                stamped: other.clone(),
                configured: name.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample;

    /// The least configuration, for this account and these stores.
    fn config(account: &str, stores: &[(&str, &str)]) -> Config {
        let mut config = sample();
        config.netsuite.account = account.to_owned();
        let one = config.stores.remove(0);
        config.stores = stores
            .iter()
            .map(|(name, domain)| {
                let mut store = one.clone();
                store.name = (*name).to_owned();
                store.domain = format!("{domain}.myshopify.com");
                store
            })
            .collect();
        config
    }

    #[sqlx::test]
    async fn the_same_configuration_fits_again_and_a_new_store_is_added(pool: PgPool) {
        verify(&pool, &config("1234567_sb1", &[("us", "acme-us")]))
            .await
            .unwrap();
        let more = config("1234567_SB1", &[("us", "acme-us"), ("eu", "acme-eu")]);
        verify(&pool, &more).await.unwrap();
        verify(&pool, &more).await.unwrap();

        let error = verify(&pool, &config("1234567_SB1", &[("eu", "another")]))
            .await
            .unwrap_err();

        assert!(matches!(error, Error::Domain { .. }), "{error}");
    }

    #[sqlx::test]
    async fn another_account_a_renamed_store_and_a_changed_domain_are_refused(pool: PgPool) {
        verify(&pool, &config("1234567", &[("us", "acme-us")]))
            .await
            .unwrap();

        for (account, store, what) in [
            (
                "7654321",
                ("us", "acme-us"),
                "belongs to NetSuite account 1234567",
            ),
            ("1234567", ("usa", "acme-us"), "never changes"),
            (
                "1234567",
                ("us", "acme-eu"),
                "the store us is acme-us.myshopify.com",
            ),
        ] {
            let error = verify(&pool, &config(account, &[store])).await.unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}
