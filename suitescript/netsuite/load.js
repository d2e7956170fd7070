// Loads our scripts as NetSuite does: each with its own globals, its modules given by name.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const FOLDER = path.join(__dirname, '../src/FileCabinet/SuiteScripts/waybill');

/**
 * What the script's module returns. Each call is a fresh server thread.
 *
 * @param {string} name file name without `.js`
 * @param {Record<string, object>} modules N/ modules by name
 * @param {object} log
 */
const load = (name, modules, log) => {
    let exported;
    const define = (names, factory) => {
        exported = factory(...names.map((one) => (one.startsWith('./') ? load(one.slice(2), modules, log) : modules[one])));
    };
    const file = path.join(FOLDER, `${name}.js`);
    vm.runInNewContext(fs.readFileSync(file, 'utf8'), { define, log, Date }, { filename: file });
    return exported;
};

module.exports = { load, FOLDER };
