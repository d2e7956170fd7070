'use strict';

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const read = (file) => JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));

/** Of tools that run here and nowhere else: no package goes to NetSuite. */
const LICENCES = [
    '(MIT OR CC0-1.0)',
    'Apache-2.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'CC-BY-4.0', // the data of caniuse-lite
    'ISC',
    'MIT',
    'Python-2.0', // argparse
    'UPL-1.0', // Oracle's own
];

test('every package has a licence we know', () => {
    const { packages } = read('package-lock.json');
    const unknown = Object.entries(packages).filter(([name, { license }]) => name && !LICENCES.includes(license));
    expect(unknown).toEqual([]);
});

test('the lock file names no registry, and every package has its hash', () => {
    const { packages } = read('package-lock.json');
    const others = Object.entries(packages).filter(([name, { resolved, integrity }]) => name && (resolved || !integrity));
    expect(others).toEqual([]);
});

test('the versions of the tools are exact', () => {
    const { dependencies, devDependencies } = read('package.json');
    expect(dependencies).toBeUndefined();
    Object.values(devDependencies).forEach((version) => expect(version).toMatch(/^\d+\.\d+\.\d+$/));
});

test('nothing but our own files is in what is deployed', () => {
    const inside = fs.readdirSync(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const others = inside.filter(({ name }) => !/^(waybill_\w+\.js|cust\w+_waybill_\w+\.xml|manifest\.xml|deploy\.xml)$/.test(name));
    expect([inside.length > 10, others]).toEqual([true, []]);
});
