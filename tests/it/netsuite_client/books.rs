//! The books of an order: every document, whoever made it, and what they cost in calls.

use rust_decimal::Decimal;
use sandbox::netsuite::{Kind, SeedItem, Settings};
use serde_json::{Value, json};
use waybill::link::{ExternalId, InternalId};
use waybill::netsuite::books::{Books, LineKind};

use super::{World, live, settings, so, timing};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn id(id: u64) -> InternalId {
    InternalId(id.to_string())
}

/// As [`World::start`], with the column of our line keys, and a token at hand.
pub(super) async fn world() -> World {
    let custom_fields = ["custcol_waybill_line".to_owned()].into();
    let settings = Settings {
        custom_fields,
        ..settings()
    };
    let world = World::with(settings, timing()).await;
    world.client.currencies(&live()).await.unwrap();
    world
}

/// Two mugs at 12.50 with a discount of 5.00, shipping of 4.00 and tax on both.
pub(super) async fn order(world: &World) -> u64 {
    let discount = SeedItem::of(Kind::DiscountItem, "Discount");
    let discount = world.account.seed_item(discount);
    let mut body = world.order(&so(1));
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    body["item"]["items"][0]["custcol_waybill_line"] = json!("11");
    body["item"]["items"][0]["taxDetailsReference"] = json!("11");
    let lower = json!({
        "item": { "id": discount.to_string() }, "rate": number("-5.00"),
        "custcol_waybill_line": "11-d",
    });
    body["item"]["items"].as_array_mut().unwrap().push(lower);
    body["shippingCost"] = number("4.00");
    body["taxDetailsOverride"] = json!(true);
    body["taxDetails"] = json!({ "items": [
        { "taxDetailsReference": "11", "taxType": "1", "taxCode": "9", "taxBasis": 20, "taxRate": 10, "taxAmount": 2 },
        { "taxDetailsReference": "SHIPPING", "taxType": "1", "taxCode": "9", "taxBasis": 4, "taxRate": 10, "taxAmount": number("0.40") },
    ]});
    let key = so(1);
    let made = world
        .client
        .create(&live(), "salesOrder", &key, &body)
        .await;
    made.unwrap().0.parse().unwrap()
}

pub(super) fn deposit(world: &World, order: u64, payment: u64) -> u64 {
    let body = json!({
        "customer": world.customer, "salesOrder": order, "payment": payment, "account": "123",
    });
    world
        .account
        .person_creates(Kind::CustomerDeposit, &body)
        .unwrap()
}

/// What a person makes of a document.
fn make(world: &World, from: Kind, of: u64, to: Kind, body: Value) -> u64 {
    world.account.person_makes(from, of, to, &body).unwrap()
}

/// The books, and how many calls they took.
async fn books(world: &World, order: u64, money: &[u64]) -> (Books, u32) {
    let journal = live();
    let money: Vec<_> = money.iter().map(|money| id(*money)).collect();
    let books = world.client.books(&journal, &id(order), &money).await;
    (books.unwrap(), journal.calls())
}

fn records(books: &Books) -> Vec<&str> {
    books
        .documents
        .iter()
        .map(|document| document.record.as_str())
        .collect()
}

#[tokio::test]
async fn an_order_with_its_deposit_is_two_queries() {
    let world = world().await;
    let order = order(&world).await;
    let deposit = deposit(&world, order, 30);

    let (books, calls) = books(&world, order, &[]).await;

    assert_eq!(calls, 2);
    assert_eq!(records(&books), ["salesorder", "customerdeposit"]);
    let head = books.order().unwrap();
    assert_eq!(head.external_id, Some(so(1)));
    assert_eq!((head.total, head.open), (dec("26.40"), Decimal::ZERO));
    assert_eq!(head.status.as_deref(), Some("B"));
    assert!(head.date.is_some() && head.modified.is_some() && head.number.is_some());
    let paid = books.of("customerdeposit").next().unwrap();
    assert_eq!(paid.id, id(deposit));
    assert_eq!((paid.total, paid.open), (dec("30"), dec("30")));
    assert_eq!(paid.created_from, [id(order)]);
    assert!(paid.lines.is_empty());
}

#[tokio::test]
async fn lines_have_their_keys_and_amounts_without_the_ledgers_signs() {
    let world = world().await;
    let order = order(&world).await;
    let one = json!({ "item": { "items": [{ "orderLine": 1, "quantity": 1 }] } });
    make(&world, Kind::SalesOrder, order, Kind::ItemFulfillment, one);

    let (books, _) = books(&world, order, &[]).await;

    let lines = &books.order().unwrap().lines;
    let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
    let [item, shipping, tax] = [LineKind::Item, LineKind::Shipping, LineKind::Tax];
    assert_eq!(kinds, [item, item, shipping, tax]);
    let amounts: Vec<_> = lines.iter().map(|line| line.amount).collect();
    assert_eq!(amounts, ["25", "-5", "4", "2.40"].map(dec));
    let mug = &lines[0];
    assert_eq!((mug.line, mug.key.as_deref()), (1, Some("11")));
    assert_eq!(mug.item, Some(id(world.mug)));
    assert_eq!(mug.quantity, dec("2"));
    assert_eq!((mug.fulfilled, mug.billed), (dec("1"), Decimal::ZERO));
    assert_eq!(mug.location, Some(InternalId("6".to_owned())));
    assert!(!mug.closed);
    assert_eq!(lines[1].key.as_deref(), Some("11-d"));
    assert_eq!(lines[1].quantity, Decimal::ZERO);
    let shipped = books.of("itemfulfillment").next().unwrap();
    assert_eq!(shipped.lines[0].key.as_deref(), Some("11"));
    assert_eq!(shipped.lines[0].quantity, dec("1"));
    assert_eq!(shipped.status.as_deref(), Some("C"));
}

/// Shipped, billed, paid by the deposit; one mug returned, received, credited and refunded.
struct Returned {
    order: u64,
    deposit: u64,
    invoice: u64,
    memo: u64,
    refund: u64,
}

async fn returned(world: &World) -> Returned {
    let order = order(world).await;
    let deposit = deposit(world, order, 30);
    make(
        world,
        Kind::SalesOrder,
        order,
        Kind::ItemFulfillment,
        json!({}),
    );
    let invoice = make(world, Kind::SalesOrder, order, Kind::Invoice, json!({}));
    let pays = json!({ "apply": { "items": [{ "doc": { "id": invoice.to_string() }, "apply": true, "amount": 20 }] } });
    make(
        world,
        Kind::CustomerDeposit,
        deposit,
        Kind::DepositApplication,
        pays,
    );
    let one = json!({
        "orderStatus": "B", "shippingCost": 0,
        "item": { "items": [{ "line": 1, "quantity": 1 }, { "line": 2, "quantity": 0 }] },
    });
    let rma = make(
        world,
        Kind::Invoice,
        invoice,
        Kind::ReturnAuthorization,
        one,
    );
    let from_rma = |to: Kind, body: Value| make(world, Kind::ReturnAuthorization, rma, to, body);
    from_rma(Kind::ItemReceipt, json!({}));
    let memo = from_rma(Kind::CreditMemo, json!({}));
    let refund = json!({
        "customer": world.customer, "account": "123",
        "apply": { "items": [{ "doc": { "id": memo.to_string() }, "line": 1, "apply": true, "amount": 10 }] },
    });
    let refund = world
        .account
        .person_creates(Kind::CustomerRefund, &refund)
        .unwrap();
    Returned {
        order,
        deposit,
        invoice,
        memo,
        refund,
    }
}

#[tokio::test]
async fn what_people_made_in_netsuite_is_in_the_books_with_what_is_left_of_it() {
    let world = world().await;
    let made = returned(&world).await;

    let (books, calls) = books(&world, made.order, &[]).await;

    assert!(calls <= 4, "{calls}");
    assert_eq!(
        records(&books),
        [
            "salesorder",
            "customerdeposit",
            "itemfulfillment",
            "invoice",
            "depositapplication",
            "returnauthorization",
            "itemreceipt",
            "creditmemo",
            "customerrefund",
        ]
    );
    let open = |record| books.of(record).next().unwrap().open;
    assert_eq!(open("invoice"), dec("6.40"));
    assert_eq!(open("customerdeposit"), dec("10"));
    // 12.50 for the mug and half of its line's tax, less the 10 that went back.
    assert_eq!(open("creditmemo"), dec("3.50"));
    assert_eq!(open("customerrefund"), Decimal::ZERO);
    let sources = |record| &books.of(record).next().unwrap().created_from;
    assert_eq!(*sources("customerrefund"), [id(made.memo)]);
    let used = sources("depositapplication");
    assert!(used.contains(&id(made.deposit)) && used.contains(&id(made.invoice)));
    let memo = books.of("creditmemo").next().unwrap();
    assert_eq!(memo.lines[0].amount, dec("12.50"));
    assert_eq!(memo.lines[0].key.as_deref(), Some("11"));
    let rma = books.of("returnauthorization").next().unwrap();
    let goods = &rma.lines[0];
    assert_eq!((goods.fulfilled, goods.billed), (dec("1"), dec("1")));
    assert_eq!(books.by_external_id(&so(1)).unwrap().id, id(made.order));
    let unknown = ExternalId("cm-us-9".to_owned());
    assert!(books.by_external_id(&unknown).is_none());
}

#[tokio::test]
async fn money_that_only_our_links_know_is_in_the_books_and_other_orders_are_not() {
    let world = world().await;
    let made = returned(&world).await;
    let loose = json!({ "customer": world.customer, "payment": 7, "account": "123" });
    let loose = world
        .account
        .person_creates(Kind::CustomerDeposit, &loose)
        .unwrap();
    let other = world.order(&so(2));
    let other = world.account.person_creates(Kind::SalesOrder, &other);
    deposit(&world, other.unwrap(), 3);

    let (books, _) = books(&world, made.order, &[loose, made.refund]).await;

    assert_eq!(books.documents.len(), 10);
    assert_eq!(books.documents[0].id, id(made.order));
    let last = books.documents.last().unwrap();
    assert_eq!((&last.id, last.open), (&id(loose), dec("7")));
}

#[tokio::test]
async fn a_cash_sale_and_its_refund_are_books_too() {
    let world = world().await;
    let mut sale = world.order(&so(1));
    sale.as_object_mut().unwrap().remove("orderStatus");
    sale["externalId"] = json!("cs-us-1");
    let sale = world.account.person_creates(Kind::CashSale, &sale).unwrap();
    let back = json!({ "account": "123", "item": { "items": [{ "line": 1, "quantity": 1 }] } });
    make(&world, Kind::CashSale, sale, Kind::CashRefund, back);

    let (books, calls) = books(&world, sale, &[]).await;

    assert_eq!(calls, 2);
    assert_eq!(records(&books), ["cashsale", "cashrefund"]);
    assert_eq!(books.order().unwrap().total, dec("25"));
    assert_eq!(books.documents[1].lines[0].amount, dec("12.50"));
}

#[tokio::test]
async fn a_deleted_order_has_no_books() {
    let world = world().await;
    let order = order(&world).await;
    world
        .account
        .person_deletes(Kind::SalesOrder, order)
        .unwrap();
    let (books, _) = books(&world, order, &[]).await;
    assert_eq!(books, Books::default());
    assert!(books.order().is_none());
}

#[tokio::test]
async fn books_of_more_than_a_thousand_lines_are_read_whole() {
    let world = world().await;
    let mut body = world.order(&so(1));
    let line = body["item"]["items"][0].clone();
    body["item"]["items"] = vec![line; 340].into();
    world.account.set_on_hand(world.mug, "6", 10_000.into());
    let order = world
        .account
        .person_creates(Kind::SalesOrder, &body)
        .unwrap();
    make(
        &world,
        Kind::SalesOrder,
        order,
        Kind::ItemFulfillment,
        json!({}),
    );
    make(&world, Kind::SalesOrder, order, Kind::Invoice, json!({}));

    let (books, calls) = books(&world, order, &[]).await;

    let lines: Vec<_> = books
        .documents
        .iter()
        .map(|document| document.lines.len())
        .collect();
    assert_eq!(lines, [340, 340, 340]);
    assert_eq!(calls, 3);
}

#[tokio::test]
async fn where_many_orders_stand_is_one_query() {
    let world = world().await;
    let shipped = order(&world).await;
    make(
        &world,
        Kind::SalesOrder,
        shipped,
        Kind::ItemFulfillment,
        json!({}),
    );
    let open = world.order(&so(2));
    let open = world
        .account
        .person_creates(Kind::SalesOrder, &open)
        .unwrap();
    let journal = live();
    let asked = [id(shipped), id(open), id(999_999)];

    let states = world.client.order_states(&journal, &asked).await.unwrap();

    assert_eq!(journal.calls(), 1);
    let state = |at: usize| {
        let state = &states[at];
        (
            state.status.as_deref().unwrap(),
            state.fulfilled,
            state.billed,
        )
    };
    assert_eq!(states.len(), 2);
    assert_eq!(state(0), ("F", dec("2"), Decimal::ZERO));
    assert_eq!(state(1), ("B", Decimal::ZERO, Decimal::ZERO));
    assert_eq!(states[0].total, dec("26.40"));
    assert!(states[0].modified.is_some());
}
