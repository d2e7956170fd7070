'use strict';

const legacyTax = require('SuiteScripts/waybill/waybill_legacy_tax');
const { World, UserEventType } = require('../netsuite/world.js');
const { install } = require('../netsuite/install.js');
const { Transaction } = require('../netsuite/transaction.js');

let world;

beforeEach(() => {
    world = new World();
    world.user = 42;
    world.context = 'RESTWEBSERVICES';
    install(world);
});

const submit = (transaction, type = UserEventType.CREATE) => {
    legacyTax.beforeSubmit(world.event(type, transaction));
    return transaction;
};

/** Three mugs of 3.33 at 8.25 %: NetSuite rounds to 0.82, the shop to 0.83. */
const mugs = (changed = {}) => new Transaction({
    taxes: 'line',
    body: { custbody_waybill_tax: '0.83', ...changed.body },
    lines: [{ amount: 9.99, taxrate1: 8.25, custcol_waybill_tax: '0.83', ...changed.line }],
});

describe('where each line is taxed', () => {
    test('a line gets its exact tax and keeps its rate when only cents part them', () => {
        const order = submit(mugs());
        expect([order.taxTotal(), order.lines[0].taxrate1]).toEqual([0.83, 8.25]);
    });

    test('the line takes what its discounts leave', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            body: { custbody_waybill_tax: '3.34' },
            lines: [
                { amount: 45, taxrate1: 8.25, custcol_waybill_tax: '3.00' },
                { amount: -5, taxrate1: 8.25 },
                { amount: -3.33, taxrate1: 8.25 },
                { amount: 4.1, taxrate1: 8.25, custcol_waybill_tax: '0.34' },
                { amount: 2, taxrate1: 0 },
            ],
        }));
        expect(order.taxTotal()).toBe(3.34);
        expect(order.lines.map((line) => line.tax1amt)).toEqual([3.68, -0.41, -0.27, 0.34, 0]);
    });

    test('one discount for all lines of a rate keeps the rates', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            body: { custbody_waybill_tax: '5.51' },
            lines: [
                { amount: 20, taxrate1: 10, custcol_waybill_tax: '1.80' },
                { amount: 30, taxrate1: 10, custcol_waybill_tax: '2.70' },
                { amount: 5, taxrate1: 20, custcol_waybill_tax: '1.01' },
                { amount: -5, taxrate1: 10 },
            ],
        }));
        expect(order.taxTotal()).toBe(5.51);
        expect(order.lines.map((line) => line.taxrate1)).toEqual([10, 10, 20, 10]);
        expect(order.lines.map((line) => line.tax1amt)).toEqual([2, 3, 1.01, -0.5]);
    });

    test('what the shop did not tax bears no tax, and a tender is no discount', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            body: { custbody_waybill_tax: '0.83' },
            lines: [
                { amount: 9.99, taxrate1: 8.25, custcol_waybill_tax: '0.83' },
                { amount: -9.99, taxrate1: 8.25, itemtype: 'OthCharge' },
                { amount: 3, taxrate1: 20 },
            ],
        }));
        expect(order.lines.map((line) => line.tax1amt)).toEqual([0.83, 0, 0]);
        expect(order.taxTotal()).toBe(0.83);
    });

    test('a rate that NetSuite chose itself gives way to the one that makes the amount', () => {
        const order = submit(mugs({ line: { taxrate1: 5 } }));
        expect([order.taxTotal(), order.lines[0].taxrate1]).toEqual([0.83, 8.30831]);
    });

    test('a line whose rate is right keeps it beside one whose rate is not', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            body: { custbody_waybill_tax: '2.83' },
            lines: [
                { amount: 9.99, taxrate1: 8.25, custcol_waybill_tax: '0.83' },
                { amount: 10, taxrate1: 5, custcol_waybill_tax: '2.00' },
            ],
        }));
        expect([order.taxTotal(), order.lines.map((line) => line.taxrate1)]).toEqual([2.83, [8.25, 20]]);
    });

    test('shipping gets the rate that makes its exact tax', () => {
        const order = submit(mugs({ body: { custbody_waybill_tax: '1.24', custbody_waybill_shipping_tax: '0.41', shippingcost: 4.99 } }));
        expect([order.taxTotal(), order.body.shippingtax1rate]).toEqual([1.24, 8.21643]);
    });

    test('an amount that ends in a zero may be sent without it', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            body: { custbody_waybill_tax: '2' },
            lines: [
                { amount: 23.4, taxrate1: 8.25, custcol_waybill_tax: '1.93' },
                { amount: 0.85, taxrate1: 8.25, custcol_waybill_tax: '0.07' },
            ],
        }));
        expect([order.taxTotal(), world.logs]).toEqual([2, []]);
    });

    test('yen have no cents', () => {
        const order = submit(new Transaction({
            taxes: 'line',
            digits: 0,
            body: { custbody_waybill_tax: '83' },
            lines: [{ amount: 825, taxrate1: 10, custcol_waybill_tax: '83' }],
        }));
        expect(order.taxTotal()).toBe(83);
    });

    test('every amount and rate comes out to the cent', () => {
        const random = mulberry32(20261124);
        const below = (most) => Math.floor(random() * most);
        for (let n = 0; n < 2000; n += 1) {
            const lines = Array.from({ length: 1 + below(5) }, () => generatedLine(below));
            const shipping = below(2) * (100 + below(2000));
            const shippingTax = Math.round(shipping * 0.0825) + (shipping && below(2));
            const total = lines.flat().reduce((sum, line) => sum + cents(line.custcol_waybill_tax), shippingTax);
            const order = submit(new Transaction({
                taxes: 'line',
                body: {
                    custbody_waybill_tax: decimal(total),
                    custbody_waybill_shipping_tax: decimal(shippingTax),
                    shippingcost: shipping / 100,
                },
                lines: lines.flat(),
            }));
            expect([n, order.taxTotal(), world.logs]).toEqual([n, total / 100, []]);
        }
    });
});

describe('where the document is taxed as a whole', () => {
    const order = (changed = {}) => new Transaction({
        taxes: 'document',
        body: { custbody_waybill_tax: '1.24', custbody_waybill_shipping_tax: '0.41', shippingcost: 4.99, taxrate: 8.25, ...changed },
        lines: [{ amount: 9.99, istaxable: true, custcol_waybill_tax: '0.83' }, { amount: 5, istaxable: false }],
    });

    test('it gets its exact tax and keeps its rate', () => {
        const saved = submit(order());
        expect([saved.taxTotal(), saved.body.taxrate]).toEqual([1.24, 8.25]);
    });

    test('a rate that NetSuite chose itself gives way', () => {
        const saved = submit(order({ taxrate: 20 }));
        expect([saved.taxTotal(), saved.body.taxrate]).toEqual([1.24, 8.30831]);
    });
});

describe('what contradicts itself stays as NetSuite computed it, and is logged', () => {
    const contradictions = {
        'lines that do not add up to the document': () => mugs({ body: { custbody_waybill_tax: '0.84' } }),
        'tax on a line without an amount': () => mugs({ line: { amount: 0, custcol_waybill_tax: '0.83' } }),
        'tax on shipping that costs nothing': () => mugs({ body: { custbody_waybill_tax: '1.24', custbody_waybill_shipping_tax: '0.41' } }),
        'an amount that is no decimal': () => mugs({ body: { custbody_waybill_tax: '0,83' } }),
    };

    test.each(Object.entries(contradictions))('%s', (_, transaction) => {
        const order = submit(transaction());
        expect(order.writes).toBe(0);
        expect(world.logs).toHaveLength(1);
    });

    test('an error of NetSuite', () => {
        const order = mugs();
        order.getSublistFields = () => { throw new Error('UNEXPECTED_ERROR'); };
        expect(() => submit(order)).not.toThrow();
        expect([order.writes, world.logs.length]).toEqual([0, 1]);
    });
});

describe('whose documents are left alone', () => {
    const others = {
        "another integration's": () => { world.user = 8; },
        "a person's, in the form": () => { world.context = 'USERINTERFACE'; },
        'our own user in the form': () => { world.context = 'USERINTERFACE'; },
        'an account with SuiteTax': () => { world.features = ['TAX_OVERHAULING']; },
        'an account that did not ask for it': () => { world.configurations[0].custrecord_waybill_legacy_tax = false; },
        'a refreshed sandbox': () => { world.account = '1234567'; },
        'an account without a configuration': () => { world.configurations = []; },
    };

    test.each(Object.entries(others))('%s', (_, arrange) => {
        arrange();
        install(world);
        expect(submit(mugs()).writes).toBe(0);
    });

    test('one without our fields, at no cost', () => {
        expect(submit(mugs({ body: { custbody_waybill_tax: '' } })).writes).toBe(0);
        expect(world.units).toBe(0);
    });

    test.each(['DELETE', 'XEDIT', 'COPY', 'APPROVE'])('%s', (type) => {
        expect(submit(mugs(), UserEventType[type]).writes).toBe(0);
    });

    test('callbacks that are switched off change nothing about tax', () => {
        world.configurations[0].custrecord_waybill_callbacks = false;
        expect(submit(mugs(), UserEventType.EDIT).taxTotal()).toBe(0.83);
        expect(world.units).toBe(10);
    });
});

/** A line and up to two discounts; its exact tax is what the shop may have rounded to. */
const generatedLine = (below) => {
    const rate = [5, 8.25, 8.875, 19, 21][below(5)];
    const gross = 100 + below(20000);
    const discounts = Array.from({ length: below(3) }, () => 1 + below(gross / 4));
    const net = discounts.reduce((left, one) => left - one, gross);
    const tax = Math.max(0, Math.round((net * rate) / 100) + below(3) - 1);
    return [
        { amount: gross / 100, taxrate1: rate, custcol_waybill_tax: decimal(tax) },
        ...discounts.map((one) => ({ amount: -one / 100, taxrate1: rate })),
    ];
};

const decimal = (cents) => (cents / 100).toFixed(2);

const cents = (text) => (text ? Math.round(Number(text) * 100) : 0);

/** Random numbers that a seed repeats. */
const mulberry32 = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
