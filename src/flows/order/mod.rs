//! The order flow: a Shopify order becomes a sales order with its deposits.
