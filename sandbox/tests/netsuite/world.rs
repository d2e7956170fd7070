//! An account with a customer, items and a token, and the calls of the tests.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, StatusCode};
use sandbox::netsuite::{Account, Certificate, Kind, SeedItem, Settings};
use serde_json::{Value, json};

pub(crate) const EC_KEY: &str = include_str!("../../keys/ec-p256.pem");
pub(crate) const RSA_KEY: &str = include_str!("../../keys/rsa-3072.pem");
pub(crate) const EC384_KEY: &str = include_str!("../../keys/ec-p384.pem");

pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) customer: u64,
    pub(crate) mug: u64,
    pub(crate) shirt: u64,
    pub(crate) discount: u64,
    pub(crate) fee: u64,
}

/// What came back of a call.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// The id at the end of `Location`.
    pub(crate) fn id(&self) -> u64 {
        let location = self
            .location
            .as_ref()
            .unwrap_or_else(|| panic!("no Location in {self:?}"));
        location.rsplit('/').next().unwrap().parse().unwrap()
    }

    pub(crate) fn detail(&self) -> &str {
        self.body["o:errorDetails"][0]["detail"]
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["o:errorDetails"][0]["o:errorCode"]
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &str {
        self.body["o:errorDetails"][0]["o:errorPath"]
            .as_str()
            .unwrap_or_default()
    }
}

pub(crate) fn settings() -> Settings {
    let certificate = |id: &str, key: &str| Certificate {
        id: id.into(),
        public_key: key.into(),
    };
    Settings {
        certificates: vec![
            certificate("ec", include_str!("../../keys/ec-p256.pub.pem")),
            certificate("rsa", include_str!("../../keys/rsa-3072.pub.pem")),
            certificate("ec384", include_str!("../../keys/ec-p384.pub.pem")),
        ],
        ..Settings::default()
    }
}

/// The claims of a good assertion.
pub(crate) fn claims(url: &str) -> Value {
    let now = chrono::Utc::now().timestamp();
    json!({
        "iss": "sandbox-client-id",
        "scope": ["rest_webservices"],
        "aud": format!("{url}/services/rest/auth/oauth2/v1/token"),
        "iat": now,
        "exp": now + 300,
    })
}

pub(crate) fn signed(algorithm: Algorithm, kid: &str, claims: &Value) -> String {
    let header = Header {
        alg: algorithm,
        kid: Some(kid.into()),
        ..Header::default()
    };
    let key = if algorithm == Algorithm::ES256 {
        EncodingKey::from_ec_pem(EC_KEY.as_bytes())
    } else if algorithm == Algorithm::ES384 {
        EncodingKey::from_ec_pem(EC384_KEY.as_bytes())
    } else {
        EncodingKey::from_rsa_pem(RSA_KEY.as_bytes())
    };
    encode(&header, claims, &key.unwrap()).unwrap()
}

pub(crate) async fn ask_token(http: &reqwest::Client, url: &str, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ];
    reply(
        http.post(format!("{url}/services/rest/auth/oauth2/v1/token"))
            .form(&form)
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn reply(response: reqwest::Response) -> Reply {
    let headers = response.headers().clone();
    Reply {
        status: response.status(),
        location: headers
            .get("location")
            .map(|value| value.to_str().unwrap().into()),
        headers,
        body: serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default(),
    }
}

impl World {
    pub(crate) async fn start() -> World {
        World::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> World {
        let account = Account::start(settings).await.unwrap();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let assertion = signed(Algorithm::ES256, "ec", &claims(&account.url()));
        let token = ask_token(&http, &account.url(), &assertion).await.body["access_token"]
            .as_str()
            .unwrap()
            .to_owned();
        let buyer = json!({
            "isPerson": true, "firstName": "Ada", "lastName": "Example", "email": "ada@example.com",
            "subsidiary": { "id": "2" }, "externalId": "cust-us-77",
        });
        let customer = account.seed_customer(&buyer).unwrap();
        let mug = account.seed_item(SeedItem::new("MUG").with_stock("6", 100));
        let shirt = account.seed_item(
            SeedItem::new("SHIRT-s")
                .with_stock("6", 10)
                .with_stock("7", 5),
        );
        let discount = account.seed_item(SeedItem::of(Kind::DiscountItem, "Discount"));
        let fee = account.seed_item(SeedItem::of(Kind::OtherChargeSaleItem, "Fee"));
        account.reset_calls();
        World {
            account,
            http,
            token,
            customer,
            mug,
            shirt,
            discount,
            fee,
        }
    }

    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> reqwest::Result<Reply> {
        self.try_call_with(method, path, body, &[]).await
    }

    pub(crate) async fn try_call_with(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Reply> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.account.url()))
            .bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        Ok(reply(request.send().await?).await)
    }

    pub(crate) async fn call(&self, method: Method, record: &str, body: &Value) -> Reply {
        self.try_call(method, &format!("/services/rest/record/v1/{record}"), body)
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, record: &str, body: &Value) -> Reply {
        self.call(Method::POST, record, body).await
    }

    pub(crate) async fn patch(&self, record: &str, body: &Value) -> Reply {
        self.call(Method::PATCH, record, body).await
    }

    pub(crate) async fn get(&self, record: &str) -> Reply {
        self.call(Method::GET, record, &Value::Null).await
    }

    pub(crate) async fn query(&self, sql: &str, params: &[&str]) -> Reply {
        let body = json!({ "q": sql, "params": params });
        let path = "/services/rest/query/v1/suiteql";
        self.try_call_with(Method::POST, path, &body, &[("prefer", "transient")])
            .await
            .unwrap()
    }

    /// The rows of a query that must work.
    pub(crate) async fn rows(&self, sql: &str, params: &[&str]) -> Vec<Value> {
        let reply = self.query(sql, params).await;
        assert_eq!(reply.status, 200, "{sql}: {}", reply.body);
        reply.body["items"].as_array().unwrap().clone()
    }

    /// An approved order of two mugs at 12.50, for the location where they are.
    pub(crate) fn order(&self) -> Value {
        json!({
            "entity": { "id": self.customer.to_string() },
            "orderStatus": { "id": "B" },
            "location": { "id": "6" },
            "item": { "items": [self.line(self.mug, 2, "12.50")] },
        })
    }

    pub(crate) fn line(&self, item: u64, quantity: u32, rate: &str) -> Value {
        let rate: Value = serde_json::from_str(rate).unwrap();
        json!({ "item": { "id": item.to_string() }, "quantity": quantity, "price": { "id": "-1" }, "rate": rate })
    }

    pub(crate) fn discount_line(&self, rate: &str) -> Value {
        json!({ "item": { "id": self.discount.to_string() }, "rate": serde_json::from_str::<Value>(rate).unwrap() })
    }
}

/// Waits for a condition.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(
            std::time::Instant::now() < deadline,
            "waited in vain: {what}"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
