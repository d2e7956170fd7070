/**
 * Reads the one configuration record of this account; without it none of our scripts does anything.
 *
 * It also holds the silence after a failed call. A field of the record, not N/cache: every server thread
 * sees it at once, an entry cannot be evicted, a person can read it, and it comes with the configuration
 * in the one search that is made anyway.
 *
 * @NApiVersion 2.1
 * @NModuleScope SameAccount
 */
define(['N/record', 'N/runtime', 'N/search'],
    /**
     * @param {typeof import('N/record')} record
     * @param {typeof import('N/runtime')} runtime
     * @param {typeof import('N/search')} search
     */
    (record, runtime, search) => {
        const TYPE = 'customrecord_waybill_configuration';
        const FIELDS = {
            callbacks: 'custrecord_waybill_callbacks',
            legacyTax: 'custrecord_waybill_legacy_tax',
            account: 'custrecord_waybill_account',
            url: 'custrecord_waybill_url',
            user: 'custrecord_waybill_user',
            silentUntil: 'custrecord_waybill_silent_until',
            lastFailure: 'custrecord_waybill_last_failure',
        };
        const SILENCE_MS = 5 * 60 * 1000;

        /**
         * @typedef {object} Configuration
         * @property {string} id of the record
         * @property {boolean} callbacks whether waybill is called
         * @property {boolean} legacyTax whether the cents of legacy tax are set right
         * @property {string} url where callbacks go
         * @property {string} user internal id of the user that waybill signs in as
         * @property {number} silentUntil milliseconds since 1970, or NaN
         */

        /**
         * The configuration, or null when there is none, it is incomplete, or it was made for another account:
         * a refreshed sandbox carries production's.
         *
         * Costs 10 units.
         *
         * @returns {Configuration | null}
         */
        const read = () => {
            const found = search.create({
                type: TYPE,
                filters: [['isinactive', 'is', 'F']],
                columns: Object.values(FIELDS),
            }).run().getRange({ start: 0, end: 2 });
            if (found.length === 0) return null;
            if (found.length > 1) {
                log.error({ title: 'waybill', details: 'there are two active configuration records: make one inactive' });
                return null;
            }
            /** @param {string} name */
            const text = (name) => String(found[0].getValue({ name }) ?? '').trim();
            if (text(FIELDS.account).toUpperCase() !== runtime.accountId.toUpperCase()) return null;
            const [url, user] = [text(FIELDS.url), text(FIELDS.user)];
            if (!url.startsWith('https://') || user === '') {
                log.error({ title: 'waybill', details: 'the configuration needs an address that begins with https://, and a user' });
                return null;
            }
            return {
                id: String(found[0].id),
                callbacks: isChecked(text(FIELDS.callbacks)),
                legacyTax: isChecked(text(FIELDS.legacyTax)),
                url: `${url.replace(/\/+$/, '')}/callbacks/netsuite`,
                user,
                silentUntil: Date.parse(text(FIELDS.silentUntil)),
            };
        };

        /**
         * A search answers with a boolean, an imported value can be T.
         *
         * @param {string} text
         */
        const isChecked = (text) => text === 'true' || text === 'T';

        /**
         * Whether the save under way is waybill's own.
         *
         * By user, not by context: other integrations use REST too.
         *
         * @param {Configuration} configuration
         */
        const isOurs = (configuration) => String(runtime.getCurrentUser().id) === configuration.user;

        /**
         * Keeps all threads of the account from calling for five minutes.
         *
         * Costs 2 units. Repeating it only moves the end.
         *
         * @param {Configuration} configuration
         * @param {string} failure
         */
        const silence = (configuration, failure) => {
            const now = Date.now();
            record.submitFields({
                type: TYPE,
                id: configuration.id,
                values: {
                    [FIELDS.silentUntil]: new Date(now + SILENCE_MS).toISOString(),
                    [FIELDS.lastFailure]: `${new Date(now).toISOString()} ${failure}`,
                },
            });
        };

        return { read, isOurs, silence };
    });
