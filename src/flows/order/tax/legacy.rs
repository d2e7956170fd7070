//! Legacy tax: the rates go with the document, and beside them the exact amounts for the bundle's script.
//!
//! NetSuite computes legacy tax itself and ignores the amounts of a request. So `legacy_rate` sends
//! what it computes with, and three fields of ours from which the beforeSubmit script of the bundle
//! (it acts for our user only) sets the cents right. Without the script, or where it cannot, the
//! document stays as NetSuite computed it and the read-back compares it within `[store.tax] tolerance`.
//!
//! | field | on | what it is |
//! |---|---|---|
//! | `isTaxable` | every line, the header | whether Shopify taxed it; `false` on lines that are none (tip, tender, …) |
//! | `taxRate1` | taxed lines | all taxes of the line together, in percent: 8.25 |
//! | `taxCode` | taxed lines | of `[[store.tax.map]]`, where an entry fits |
//! | `taxRate` | the header | the tax of the whole document, in percent of what is taxed |
//! | `shippingTaxCode` | the header | of `[[store.tax.map]]`, where the shipping is taxed and an entry fits |
//! | `custcol_waybill_tax` | taxed lines | the exact tax of the line after its discounts: `0.83` |
//! | `custbody_waybill_shipping_tax` | the header | the exact tax of `shippingCost`: `0.41` |
//! | `custbody_waybill_tax` | the header | the exact tax of the document: what `taxTotal` must be |
//!
//! Our three fields are free-form text: a decimal in the document's currency, with a point. A discount
//! line carries the rate and code of the line before it, and no `custcol_waybill_tax`: the line's own
//! is what is left after the discount. The lines' and the shipping's add up to `custbody_waybill_tax`.
//! A document that changes carries all of them again. Tax that a marketplace remits is in none of them.
