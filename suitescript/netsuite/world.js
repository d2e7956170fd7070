// A NetSuite account as our scripts see it: the N/ modules with the behaviour Oracle documents, over the data of a test.
'use strict';

const crypto = require('node:crypto');

/** Governance units, by what a call does. */
const UNITS = { search: 10, post: 10, submitCustom: 2 };

const Encoding = { UTF_8: 'UTF_8', BASE_16: 'BASE_16', BASE_32: 'BASE_32', BASE_64: 'BASE_64', BASE_64_URL_SAFE: 'BASE_64_URL_SAFE', HEX: 'HEX' };

const BUFFER = { UTF_8: 'utf8', BASE_16: 'hex', BASE_64: 'base64', BASE_64_URL_SAFE: 'base64url', HEX: 'hex' };

const UserEventType = Object.fromEntries(
    ['APPROVE', 'CANCEL', 'CHANGEPASSWORD', 'COPY', 'CREATE', 'DELETE', 'DROPSHIP', 'EDIT', 'EDITFORECAST', 'EMAIL', 'MARKCOMPLETE',
        'ORDERITEMS', 'PACK', 'PAYBILLS', 'PRINT', 'QUICKVIEW', 'REASSIGN', 'REJECT', 'SHIP', 'SPECIALORDER', 'TRANSFORM', 'VIEW', 'XEDIT']
        .map((name) => [name, name.toLowerCase()]),
);

/** As NetSuite raises: a name to tell it by. */
const suiteScriptError = (name, message = name) => Object.assign(new Error(message), { name });

class World {
    constructor() {
        this.account = '1234567_SB1';
        this.user = 7;
        this.context = 'USERINTERFACE';
        this.features = [];
        this.secrets = { custsecret_waybill_callback: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64') };
        this.configurations = [World.configuration()];
        /** What waybill answers; may throw. */
        this.answer = () => ({ code: 200, body: '', headers: {} });
        this.posts = [];
        this.logs = [];
        this.units = 0;
    }

    static configuration(changed = {}) {
        return {
            id: '1',
            isinactive: 'F',
            custrecord_waybill_callbacks: true,
            custrecord_waybill_legacy_tax: true,
            custrecord_waybill_account: '1234567_SB1',
            custrecord_waybill_url: 'https://waybill.example.com',
            custrecord_waybill_user: '42',
            custrecord_waybill_silent_until: '',
            custrecord_waybill_last_failure: '',
            ...changed,
        };
    }

    /** The argument of an entry point. */
    event(type, newRecord, oldRecord = null) {
        return { type, newRecord, oldRecord, UserEventType };
    }

    log() {
        const note = (level) => (options) => this.logs.push({ level, ...options });
        return { debug: note('debug'), audit: note('audit'), error: note('error'), emergency: note('emergency') };
    }

    modules() {
        return {
            'N/crypto': this.crypto(),
            'N/crypto/random': { generateUUID: () => crypto.randomUUID() },
            'N/encode': { Encoding },
            'N/https': { post: (options) => this.post(options) },
            'N/record': { submitFields: (options) => this.submitFields(options) },
            'N/runtime': this.runtime(),
            'N/search': { create: (options) => this.search(options) },
        };
    }

    runtime() {
        return {
            accountId: this.account,
            executionContext: this.context,
            ContextType: { REST_WEBSERVICES: 'RESTWEBSERVICES', USER_INTERFACE: 'USERINTERFACE', CSV_IMPORT: 'CSVIMPORT' },
            getCurrentUser: () => ({ id: this.user }),
            isFeatureInEffect: ({ feature }) => this.features.includes(feature.toUpperCase()),
        };
    }

    crypto() {
        return {
            HashAlg: { SHA256: 'SHA256', SHA512: 'SHA512' },
            createSecretKey: ({ secret, encoding = Encoding.HEX }) => {
                if (!(secret in this.secrets)) throw suiteScriptError('INVALID_SECRET');
                return { guid: secret, encoding };
            },
            createHmac: ({ algorithm, key }) => {
                const hmac = crypto.createHmac(algorithm.toLowerCase(), Buffer.from(this.secrets[key.guid], BUFFER[key.encoding]));
                return {
                    update: ({ input, inputEncoding = Encoding.UTF_8 }) => {
                        hmac.update(Buffer.from(input, BUFFER[inputEncoding]));
                    },
                    digest: ({ outputEncoding = Encoding.HEX } = {}) => {
                        const digest = hmac.digest(BUFFER[outputEncoding]);
                        return outputEncoding === Encoding.HEX ? digest.toUpperCase() : digest;
                    },
                };
            },
        };
    }

    post({ url, headers, body }) {
        this.units += UNITS.post;
        if (!url.startsWith('https://')) throw suiteScriptError('SSS_INVALID_URL');
        this.posts.push({ url, headers, body });
        return this.answer({ url, headers, body });
    }

    search({ type, filters, columns }) {
        if (type !== 'customrecord_waybill_configuration') throw suiteScriptError('SSS_INVALID_SRCH_TYPE');
        const [[field, operator, wanted]] = filters;
        if (field !== 'isinactive' || operator !== 'is') throw suiteScriptError('SSS_INVALID_SRCH_FILTER');
        const row = (found) => ({
            id: found.id,
            getValue: ({ name }) => {
                if (!columns.includes(name)) throw suiteScriptError('SSS_INVALID_SRCH_COL');
                return found[name];
            },
        });
        const getRange = ({ start, end }) => {
            this.units += UNITS.search;
            return this.configurations.filter((found) => found.isinactive === wanted).slice(start, end).map(row);
        };
        return { run: () => ({ getRange }) };
    }

    submitFields({ type, id, values }) {
        this.units += UNITS.submitCustom;
        const found = this.configurations.find((one) => one.id === id);
        if (type !== 'customrecord_waybill_configuration' || !found) throw suiteScriptError('RCRD_DSNT_EXIST');
        Object.assign(found, values);
        return id;
    }
}

module.exports = { World, UserEventType, suiteScriptError };
