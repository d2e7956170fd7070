//! Companies: what is told of which part, and what lists and single reads show.

use sandbox::shopify::{Address, Branch, Contact};
use serde_json::json;

use crate::world::shop;

const ONE: &str = "query($id: ID!) { company(id: $id) { name externalId locations(first: 9) { nodes { name phone
    shippingAddress { address1 zoneCode countryCode companyName } billingAddress { address1 }
    buyerExperienceConfiguration { paymentTermsTemplate { name } } } } mainContact { customer { email } } } }";
const MOVED: &str = "query($query: String) { companies(first: 9, query: $query, sortKey: UPDATED_AT) { nodes { id } }
    companyLocations(first: 9, query: $query, sortKey: UPDATED_AT) { nodes { id company { id } } } }";

#[tokio::test]
async fn a_company_shows_its_locations_and_each_part_moves_by_itself() {
    let (shop, api) = shop().await;
    let buyer = shop.add_customer("buyer@example.com", None);
    let id = shop.create_company(|it| {
        it.name = "Acme".to_owned();
        it.locations.push(Branch {
            shipping_address: Some(Address::sample()),
            terms: Some("Net 30".to_owned()),
            ..Branch::new("North")
        });
        it.contacts.push(Contact {
            is_main: true,
            ..Contact::new(buyer)
        });
    });
    let gid = format!("gid://shopify/Company/{id}");
    let told = &api.data(ONE, json!({ "id": gid })).await["company"];
    assert_eq!(
        told["mainContact"]["customer"]["email"],
        "buyer@example.com"
    );
    let north = &told["locations"]["nodes"][0];
    assert_eq!(north["shippingAddress"]["zoneCode"], "KY");
    assert_eq!(north["shippingAddress"]["companyName"], "Acme");
    assert_eq!(north["billingAddress"], json!(null));
    let terms = &north["buyerExperienceConfiguration"]["paymentTermsTemplate"];
    assert_eq!(terms["name"], "Net 30");

    let before = shop.company(id).unwrap();
    shop.change_company(id, |it| {
        it.locations[0].phone = Some("+15550100001".to_owned())
    });
    let after = shop.company(id).unwrap();
    assert_eq!(before.updated_at, after.updated_at);
    let since = "updated_at:>='2000-01-01T00:00:00Z'";
    let found = api.data(MOVED, json!({ "query": since })).await;
    assert_eq!(found["companies"]["nodes"], json!([{ "id": gid }]));
    assert_eq!(found["companyLocations"]["nodes"][0]["company"]["id"], gid);
}
