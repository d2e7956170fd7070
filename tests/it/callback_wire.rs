//! The fake NetSuite posts what the real script posts: what holds against one holds against the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use sandbox::netsuite::{Callbacks, Kind};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::door::CALLBACKS;
use crate::suitescript::Request;
use crate::world::World;

/// What a post says, but for what differs from post to post.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    body: String,
    /// Names in small letters; hexadecimal digits of the id, digits of the time and the signature's characters as `x`.
    headers: BTreeMap<String, String>,
}

impl Shape {
    fn of<'a>(body: &str, headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let headers = headers.into_iter().filter_map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            let shape = match name.as_str() {
                "content-type" => value.to_owned(),
                "webhook-id" => {
                    let random = value.strip_prefix("msg_")?;
                    format!(
                        "msg_{}",
                        random.replace(|c: char| c.is_ascii_hexdigit(), "x")
                    )
                }
                "webhook-timestamp" => value.replace(|c: char| c.is_ascii_digit(), "x"),
                "webhook-signature" => {
                    let base64 = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
                    format!("v1,{}", value.strip_prefix("v1,")?.replace(base64, "x"))
                }
                _ => return None,
            };
            Some((name, shape))
        });
        Shape {
            body: body.to_owned(),
            headers: headers.collect(),
        }
    }

    /// Of the post that the script makes.
    fn scripted(event: &str, record: &str, id: u64) -> Self {
        let post = Request::of(CALLBACKS[0], event, record, &id.to_string(), 0);
        let headers = post.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        Shape::of(&post.body, headers)
    }
}

type Got = Arc<Mutex<Vec<Shape>>>;

async fn receive(State(got): State<Got>, headers: HeaderMap, body: String) {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    got.lock().unwrap().push(Shape::of(&body, headers));
}

#[tokio::test]
async fn the_twins_callbacks_are_the_scripts_to_the_byte() {
    let world = World::start().await;
    let got = Got::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(receive).with_state(got.clone());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    world.netsuite.configure(|settings| {
        settings.callbacks = Some(Callbacks {
            url,
            secret: CALLBACKS[0].to_owned(),
            ..Callbacks::default()
        });
    });

    let customer = json!({"companyName": "Acme", "subsidiary": {"id": "2"}});
    let id = world
        .netsuite
        .person_creates(Kind::Customer, &customer)
        .unwrap();
    let change = json!({"phone": "1"});
    world
        .netsuite
        .person_edits(Kind::Customer, id, &change, &[])
        .unwrap();
    world.netsuite.person_deletes(Kind::Customer, id).unwrap();
    world.netsuite.callbacks_settled().await;

    let expected = [
        Shape::scripted("CREATE", "customer", id),
        Shape::scripted("EDIT", "customer", id),
        Shape::scripted("DELETE", "customer", id),
    ];
    assert_eq!(expected[0].headers.len(), 4, "{expected:?}");
    assert_eq!(got.lock().unwrap().as_slice(), expected);
}
