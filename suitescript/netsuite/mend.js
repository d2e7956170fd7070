// Runs the legacy tax script over a sales order that waybill wrote, and prints the tax it is then stored with,
// in an account that taxes each line and in one that taxes the document: { line, document }.
//
// On standard input: { fields, lines: [{ amount, item_type, fields }] }, as the REST service names fields.
'use strict';

const fs = require('node:fs');
const { World, UserEventType } = require('./world.js');
const { Transaction } = require('./transaction.js');
const { load } = require('./load.js');

/** SuiteScript writes every field's id small. */
const small = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));

const order = JSON.parse(fs.readFileSync(0, 'utf8'));
const lines = order.lines.map(({ amount, item_type, fields }) => ({ ...small(fields), itemtype: item_type, amount: Number(amount) }));

const taxTotal = (taxes) => {
    const world = new World();
    Object.assign(world, { user: 42, context: 'RESTWEBSERVICES' });
    const saved = new Transaction({ taxes, body: small(order.fields), lines });
    load('waybill_legacy_tax', world.modules(), world.log()).beforeSubmit(world.event(UserEventType.CREATE, saved));
    if (world.logs.length > 0) throw new Error(JSON.stringify(world.logs));
    return saved.taxTotal().toFixed(2);
};

process.stdout.write(JSON.stringify({ line: taxTotal('line'), document: taxTotal('document') }));
