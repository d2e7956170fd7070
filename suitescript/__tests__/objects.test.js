'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { parseStringPromise } = require('xml2js');
const { FOLDER } = require('../netsuite/load.js');

const SOURCE = path.join(__dirname, '../src');
const OBJECTS = path.join(SOURCE, 'Objects');
const FILE_CABINET = path.join(SOURCE, 'FileCabinet');

/** What an id begins with, and how long it may be. */
const IDS = {
    usereventscript: [/^customscript_waybill_[a-z_]+$/, 40],
    scriptdeployment: [/^customdeploy_waybill_[a-z_]+$/, 40],
    customrecordtype: [/^customrecord_waybill_[a-z_]+$/, 40],
    customrecordcustomfield: [/^custrecord_waybill_[a-z_]+$/, 40],
    transactionbodycustomfield: [/^custbody_waybill_[a-z_]+$/, 38],
    transactioncolumncustomfield: [/^custcol_waybill_[a-z_]+$/, 37],
};

/** The feature that an element, a record type or a kind of object needs. */
const FEATURES = {
    usereventscript: 'SERVERSIDESCRIPTING',
    customrecordtype: 'CUSTOMRECORDS',
    colitemfulfillment: 'ACCOUNTING',
    colitemreceipt: 'ADVRECEIVING',
    ITEMFULFILLMENT: 'INVENTORY',
    ITEMRECEIPT: 'ADVRECEIVING',
    SALESORDER: 'SALESORDERS',
    RETURNAUTHORIZATION: 'RETURNAUTHS',
    CASHSALE: 'RECEIVABLES',
    CUSTOMER: 'RECEIVABLES',
};

const parse = (file) => parseStringPromise(fs.readFileSync(file, 'utf8'), { strict: true });

const objects = fs.readdirSync(OBJECTS).map((file) => [file, path.join(OBJECTS, file)]);

/** Every element of an object that has a scriptid: [element, scriptid]. */
const named = (element, content) => {
    const own = content.$?.scriptid ? [[element, content.$.scriptid]] : [];
    const inner = Object.entries(content).filter(([name]) => name !== '$' && name !== '_');
    return own.concat(inner.flatMap(([name, all]) => [].concat(all).flatMap((one) => (typeof one === 'object' ? named(name, one) : []))));
};

const scripts = async () => {
    const all = await Promise.all(objects.map(([, file]) => parse(file)));
    return all.filter((object) => object.usereventscript).map((object) => object.usereventscript);
};

const deployments = (script) => script.scriptdeployments[0].scriptdeployment;

test.each(objects)('%s is well formed, and its file bears its id', async (name, file) => {
    const [[element, content]] = Object.entries(await parse(file));
    expect(IDS[element]).toBeDefined();
    expect(`${content.$.scriptid}.xml`).toBe(name);
});

test.each(objects)('%s uses ids that NetSuite takes, each once', async (_, file) => {
    const ids = Object.entries(await parse(file)).flatMap(([element, content]) => named(element, content));
    for (const [element, id] of ids) {
        const [pattern, most] = IDS[element];
        expect(id).toMatch(pattern);
        expect(id.length).toBeLessThanOrEqual(most);
    }
    expect(new Set(ids.map(([, id]) => id)).size).toBe(ids.length);
});

test('every script file exists, and every script of the folder is deployed or used by one that is', async () => {
    const files = (await scripts()).map((script) => {
        expect(script.scriptfile[0]).toMatch(/^\[\/SuiteScripts\/waybill\/\w+\.js\]$/);
        return path.join(FILE_CABINET, script.scriptfile[0].slice(1, -1));
    });
    const used = files.flatMap((file) => {
        const text = fs.readFileSync(file, 'utf8');
        expect(text).toContain('@NScriptType UserEventScript');
        return [...text.matchAll(/'\.\/(\w+)'/g)].map(([, name]) => `${name}.js`);
    });
    const present = fs.readdirSync(FOLDER);
    expect(new Set([...used, ...files.map((file) => path.basename(file))])).toEqual(new Set(present));
});

test('scripts run on these records and on no other, for everybody, with the rights to read the configuration', async () => {
    const runs = {};
    for (const script of await scripts()) {
        runs[script.$.scriptid] = deployments(script).map((deployment) => deployment.recordtype[0]);
        for (const deployment of deployments(script)) {
            expect([deployment.status, deployment.isdeployed, deployment.allroles]).toEqual([['RELEASED'], ['T'], ['T']]);
            expect(deployment.runasrole).toEqual(['ADMINISTRATOR']);
        }
    }
    expect(runs).toEqual({
        customscript_waybill_callback: ['ITEMFULFILLMENT', 'SALESORDER', 'RETURNAUTHORIZATION', 'ITEMRECEIPT', 'CUSTOMER'],
        customscript_waybill_legacy_tax: ['SALESORDER', 'CASHSALE'],
    });
});

test('callbacks come from every context, tax is touched over REST alone', async () => {
    const contexts = {};
    for (const script of await scripts()) {
        for (const { executioncontext } of deployments(script)) (contexts[script.$.scriptid] ??= new Set()).add(executioncontext[0]);
    }
    expect([...contexts.customscript_waybill_legacy_tax]).toEqual(['RESTWEBSERVICES']);
    const [callback] = contexts.customscript_waybill_callback;
    expect(contexts.customscript_waybill_callback.size).toBe(1);
    expect(callback.split('|')).toEqual(expect.arrayContaining(['USERINTERFACE', 'CSVIMPORT', 'RESTWEBSERVICES', 'WEBSERVICES', 'WORKFLOW', 'MAPREDUCE']));
});

test('fields are text that is stored, and not required of anybody', async () => {
    for (const [name, file] of objects.filter(([name]) => /^cust(body|col)_/.test(name))) {
        const [field] = Object.values(await parse(file));
        expect([name, field.fieldtype, field.storevalue]).toEqual([name, ['TEXT'], ['T']]);
        expect(field.ismandatory).toBeUndefined();
        expect(field.bodysale ?? field.colsale).toEqual(['T']);
    }
});

test('the line id reaches fulfillments and receipts too', async () => {
    const { transactioncolumncustomfield: field } = await parse(path.join(OBJECTS, 'custcol_waybill_line.xml'));
    expect([field.colsale, field.colitemfulfillment, field.colitemreceipt]).toEqual([['T'], ['T'], ['T']]);
});

test('the configuration has the fields that the script reads, all off or empty at first', async () => {
    const { customrecordtype: type } = await parse(path.join(OBJECTS, 'customrecord_waybill_configuration.xml'));
    const fields = type.customrecordcustomfields[0].customrecordcustomfield;
    const read = fs.readFileSync(path.join(FOLDER, 'waybill_configuration.js'), 'utf8').matchAll(/'(custrecord_\w+)'/g);
    expect(fields.map((field) => field.$.scriptid).sort()).toEqual([...read].map(([, id]) => id).sort());
    const checks = fields.filter((field) => field.fieldtype[0] === 'CHECKBOX');
    expect(checks.map((field) => field.defaultchecked)).toEqual([['F'], ['F']]);
    // Deploying again would put the values of an instance in place of the administrator's.
    expect(type.instances).toBeUndefined();
    expect([type.accesstype, type.permissions]).toEqual([['USEPERMISSIONLIST'], undefined]);
});

test('the manifest declares what the objects need, and nothing else', async () => {
    const { manifest } = await parse(path.join(SOURCE, 'manifest.xml'));
    expect(manifest.$.projecttype).toBe('ACCOUNTCUSTOMIZATION');
    expect(manifest.frameworkversion).toEqual(['1.0']);
    const declared = manifest.dependencies[0].features[0].feature.map((feature) => [feature._, feature.$.required]);
    const needed = new Set();
    for (const [, file] of objects) {
        const [[element, content]] = Object.entries(await parse(file));
        const records = content.scriptdeployments ? deployments(content).map((one) => one.recordtype[0]) : [];
        [element, ...Object.keys(content), ...records].forEach((name) => FEATURES[name] && needed.add(FEATURES[name]));
    }
    expect(declared).toEqual([...needed].sort().map((feature) => [feature, 'true']));
});

test('all four parts are deployed', async () => {
    const { deploy } = await parse(path.join(SOURCE, 'deploy.xml'));
    expect(deploy).toEqual({
        configuration: [{ path: ['~/AccountConfiguration/*'] }],
        files: [{ path: ['~/FileCabinet/*'] }],
        objects: [{ path: ['~/Objects/*'] }],
        translationimports: [{ path: ['~/Translations/*'] }],
    });
});
