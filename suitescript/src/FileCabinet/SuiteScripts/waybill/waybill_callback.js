/**
 * Tells waybill which document was saved, and never fails or holds up the person who saved it.
 *
 * What a call does not say, or a call that was never made, waybill's sweeps find.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 * @NModuleScope SameAccount
 */
define(['N/https', './waybill_configuration', './waybill_signature'],
    /**
     * @param {typeof import('N/https')} https
     * @param {any} configuration waybill_configuration.js
     * @param {any} signature waybill_signature.js
     */
    (https, configuration, signature) => {
        const SLOW_MS = 1000;

        /** NetSuite's record types, and what waybill calls them. @type {Record<string, string>} */
        const RECORDS = {
            itemfulfillment: 'itemFulfillment',
            salesorder: 'salesOrder',
            returnauthorization: 'returnAuthorization',
            itemreceipt: 'itemReceipt',
            customer: 'customer',
        };

        /**
         * Runs in the user's save, after the record is stored: an error that left it would be shown to them.
         *
         * @param {import('N/types').EntryPoints.UserEvent.afterSubmitContext} context
         */
        const afterSubmit = (context) => {
            try {
                const body = announcement(context);
                if (body) tell(body);
            } catch (error) {
                log.error({ title: 'waybill', details: named(error) });
            }
        };

        /**
         * What is sent about this save, or null when waybill need not hear of it.
         *
         * @param {import('N/types').EntryPoints.UserEvent.afterSubmitContext} context
         */
        const announcement = (context) => {
            const kind = kindOf(context);
            if (!kind) return null;
            // After a delete only the old record says which one it was.
            const saved = kind === 'delete' ? context.oldRecord : context.newRecord;
            const record = saved && RECORDS[String(saved.type)];
            return saved && record ? JSON.stringify({ record, id: String(saved.id), kind }) : null;
        };

        /** @param {import('N/types').EntryPoints.UserEvent.afterSubmitContext} context */
        const kindOf = ({ type, UserEventType }) => {
            switch (type) {
                case UserEventType.CREATE:
                    return 'create';
                case UserEventType.EDIT:
                case UserEventType.XEDIT:
                case UserEventType.SHIP:
                case UserEventType.PACK:
                case UserEventType.APPROVE:
                case UserEventType.CANCEL:
                    return 'update';
                case UserEventType.DELETE:
                    return 'delete';
                default:
                    return null;
            }
        };

        /**
         * One post, unless it is switched off, our own change, or lately failed.
         *
         * @param {string} body
         */
        const tell = (body) => {
            const settings = configuration.read();
            if (!settings || !settings.callbacks || configuration.isOurs(settings)) return;
            if (Date.now() < settings.silentUntil) return;
            const headers = { 'Content-Type': 'application/json', ...signature.headers(body) };
            const failure = post(settings.url, headers, body);
            if (failure) configuration.silence(settings, failure);
        };

        /**
         * What was wrong with the call, or null. N/https has no shorter deadline than its 45 s, so a slow answer
         * is a failure: the next person does not wait for it.
         *
         * @param {string} url
         * @param {Record<string, string>} headers
         * @param {string} body
         */
        const post = (url, headers, body) => {
            const began = Date.now();
            try {
                const { code } = https.post({ url, headers, body });
                if (code < 200 || code > 299) return `answered ${code}`;
            } catch (error) {
                return named(error);
            }
            const took = Date.now() - began;
            return took > SLOW_MS ? `took ${took} ms` : null;
        };

        /** The name alone: a message can quote what was sent. @param {any} error */
        const named = (error) => String((error && error.name) || 'an error without a name');

        return { afterSubmit };
    });
