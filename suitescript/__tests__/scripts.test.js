'use strict';

const fs = require('node:fs');
const { load, FOLDER } = require('../netsuite/load.js');

const scripts = fs.readdirSync(FOLDER).map((file) => file.replace(/\.js$/, ''));

test.each(scripts)('%s asks nothing of NetSuite while it is defined', (script) => {
    const untouchable = new Proxy({}, {
        get: (_, name) => { throw new Error(`${script} asked for ${String(name)}`); },
    });
    const modules = new Proxy({}, { get: () => untouchable });
    expect(() => load(script, modules, untouchable)).not.toThrow();
});

test.each(scripts)('%s is SuiteScript 2.1 of this account alone', (script) => {
    const text = fs.readFileSync(`${FOLDER}/${script}.js`, 'utf8');
    expect(text).toMatch(/^\/\*\*\n[^]*?@NApiVersion 2\.1\n[^]*?@NModuleScope SameAccount\n \*\/\n/);
});
