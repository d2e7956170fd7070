'use strict';

const crypto = require('node:crypto');
const callback = require('SuiteScripts/waybill/waybill_callback');
const { World, UserEventType, suiteScriptError } = require('../netsuite/world.js');
const { install } = require('../netsuite/install.js');
const { load } = require('../netsuite/load.js');

const MINUTE = 60 * 1000;

let world;

const start = (configurations) => {
    world = new World();
    if (configurations) world.configurations = configurations;
    install(world);
};

beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2026-11-24T12:00:00Z') });
    start();
});

afterEach(() => jest.useRealTimers());

const save = (type, record = 'itemfulfillment', id = 881) => {
    const saved = { type: record, id };
    const isDelete = type === UserEventType.DELETE;
    callback.afterSubmit(world.event(type, isDelete ? null : saved, isDelete ? saved : null));
};

const bodies = () => world.posts.map((post) => post.body);

/** Answers only after `ms`. */
const slowly = (ms, code = 200) => () => {
    jest.setSystemTime(Date.now() + ms);
    return { code, body: '', headers: {} };
};

describe('what is said', () => {
    test.each([
        ['itemfulfillment', 'itemFulfillment'],
        ['salesorder', 'salesOrder'],
        ['returnauthorization', 'returnAuthorization'],
        ['itemreceipt', 'itemReceipt'],
        ['customer', 'customer'],
    ])('a saved %s is named as waybill names it', (type, record) => {
        save(UserEventType.CREATE, type, 12);
        expect(bodies()).toEqual([`{"record":"${record}","id":"12","kind":"create"}`]);
    });

    test.each([
        ['CREATE', 'create'],
        ['EDIT', 'update'],
        ['XEDIT', 'update'],
        ['SHIP', 'update'],
        ['PACK', 'update'],
        ['APPROVE', 'update'],
        ['CANCEL', 'update'],
        ['DELETE', 'delete'],
    ])('%s is a %s', (type, kind) => {
        save(UserEventType[type]);
        expect(bodies()).toEqual([`{"record":"itemFulfillment","id":"881","kind":"${kind}"}`]);
    });

    test('whatever else happens to a record is not called back, and costs nothing', () => {
        const said = ['CREATE', 'EDIT', 'XEDIT', 'SHIP', 'PACK', 'APPROVE', 'CANCEL', 'DELETE'];
        Object.keys(UserEventType).filter((type) => !said.includes(type)).forEach((type) => save(UserEventType[type]));
        ['lead', 'invoice', 'purchaseorder', 'inventoryitem'].forEach((type) => save(UserEventType.EDIT, type));
        expect([world.posts, world.units]).toEqual([[], 0]);
    });

    test('the request goes to the address of the configuration, slash or none', () => {
        save(UserEventType.CREATE);
        start([World.configuration({ custrecord_waybill_url: 'https://waybill.example.com/' })]);
        save(UserEventType.CREATE);
        expect(world.posts[0].url).toBe('https://waybill.example.com/callbacks/netsuite');
        expect(world.posts[0].headers['Content-Type']).toBe('application/json');
    });
});

describe('the signature', () => {
    test('is HMAC-SHA256 of id, time and body under the bytes of the secret', () => {
        save(UserEventType.CREATE);
        const [{ headers, body }] = world.posts;
        const key = Buffer.from('0123456789abcdef0123456789abcdef');
        const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
        const expected = crypto.createHmac('sha256', key).update(text).digest('base64');
        expect(headers['webhook-signature']).toBe(`v1,${expected}`);
        expect(headers['webhook-timestamp']).toBe(String(Date.parse('2026-11-24T12:00:00Z') / 1000));
    });

    test('has a new id for each save', () => {
        save(UserEventType.EDIT);
        save(UserEventType.EDIT);
        expect(new Set(world.posts.map((post) => post.headers['webhook-id'])).size).toBe(2);
    });

    test('shows the secret nowhere', () => {
        world.answer = () => { throw suiteScriptError('SSS_REQUEST_TIME_EXCEEDED', 'whsec'); };
        save(UserEventType.CREATE);
        const seen = JSON.stringify([world.posts, world.logs, world.configurations]);
        expect(seen).not.toContain(world.secrets.custsecret_waybill_callback);
        expect(seen).not.toContain('whsec');
    });
});

describe('who is not called', () => {
    const never = {
        'what the integration user saves': () => { world.user = 42; },
        'a switch that is off': () => { world.configurations[0].custrecord_waybill_callbacks = false; },
        'no configuration': () => { world.configurations = []; },
        'an inactive configuration': () => { world.configurations[0].isinactive = 'T'; },
        'two configurations': () => { world.configurations.push(World.configuration({ id: '2' })); },
        'a refreshed sandbox, with the configuration of production': () => { world.account = '1234567'; },
        'a configuration without a user': () => { world.configurations[0].custrecord_waybill_user = ''; },
        'an address that is not https': () => { world.configurations[0].custrecord_waybill_url = 'http://waybill.example.com'; },
        'an account without the secret': () => { world.secrets = {}; },
    };

    test.each(Object.entries(never))('%s', (_, arrange) => {
        arrange();
        install(world);
        expect(() => save(UserEventType.EDIT)).not.toThrow();
        expect(world.posts).toEqual([]);
    });

    test('the account is compared without regard to case and blanks', () => {
        world.configurations[0].custrecord_waybill_account = ' 1234567_sb1 ';
        save(UserEventType.EDIT);
        expect(world.posts).toHaveLength(1);
    });
});

describe('the person who saves', () => {
    const failures = {
        'a refusal': () => ({ code: 401 }),
        'a failing service': () => ({ code: 503 }),
        'a redirect': () => ({ code: 302 }),
        'no answer': () => { throw suiteScriptError('SSS_REQUEST_TIME_EXCEEDED'); },
        'something that is no error': () => { throw null; },
        'a slow answer': slowly(1001),
    };

    test.each(Object.entries(failures))('%s is not shown, and keeps every thread silent for five minutes', (_, answer) => {
        world.answer = answer;
        expect(() => save(UserEventType.EDIT)).not.toThrow();
        expect(world.posts).toHaveLength(1);

        world.answer = () => ({ code: 200 });
        const other = load('waybill_callback', world.modules(), world.log());
        const again = () => other.afterSubmit(world.event(UserEventType.EDIT, { type: 'salesorder', id: 5 }));
        jest.setSystemTime(Date.now() + 5 * MINUTE - 1);
        again();
        expect(world.posts).toHaveLength(1);

        jest.setSystemTime(Date.now() + 1);
        again();
        expect(world.posts).toHaveLength(2);
    });

    test('an answer within a second is no failure', () => {
        world.answer = slowly(1000, 202);
        save(UserEventType.EDIT);
        save(UserEventType.EDIT);
        expect(world.posts).toHaveLength(2);
        expect(world.configurations[0].custrecord_waybill_last_failure).toBe('');
    });

    test('an administrator reads when and how the last call failed, and can end the silence', () => {
        world.answer = () => ({ code: 503 });
        save(UserEventType.EDIT);
        const [configuration] = world.configurations;
        expect(configuration.custrecord_waybill_last_failure).toBe('2026-11-24T12:00:00.000Z answered 503');
        expect(configuration.custrecord_waybill_silent_until).toBe('2026-11-24T12:05:00.000Z');

        configuration.custrecord_waybill_silent_until = '';
        save(UserEventType.EDIT);
        expect(world.posts).toHaveLength(2);
    });

    test.each(['search', 'submitFields', 'crypto'])('never sees an error of %s', (broken) => {
        world.answer = () => ({ code: 500 });
        const fail = () => { throw suiteScriptError('UNEXPECTED_ERROR', 'acme@example.com'); };
        if (broken === 'crypto') world.crypto = () => ({ createSecretKey: fail });
        else world[broken] = fail;
        install(world);
        expect(() => save(UserEventType.EDIT)).not.toThrow();
        expect(world.logs).toEqual([{ level: 'error', title: 'waybill', details: 'UNEXPECTED_ERROR' }]);
    });

    test('pays at most 22 of the 1,000 units, 20 as a rule, 10 in silence', () => {
        save(UserEventType.EDIT);
        expect(world.units).toBe(20);
        world.answer = () => ({ code: 500 });
        save(UserEventType.EDIT);
        expect(world.units).toBe(42);
        save(UserEventType.EDIT);
        expect(world.units).toBe(52);
    });
});
