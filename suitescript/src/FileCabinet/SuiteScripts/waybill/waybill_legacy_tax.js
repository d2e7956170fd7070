/**
 * Gives what waybill writes exactly Shopify's tax where NetSuite computes legacy tax by rate.
 *
 * waybill sends the rates NetSuite computes with and, in fields of ours, the exact amounts. Cents are set
 * right; a rate is replaced only where NetSuite took another one than was sent. Fields that contradict each
 * other or the document change nothing: waybill's read-back then finds what NetSuite computed.
 *
 * @NApiVersion 2.1
 * @NScriptType UserEventScript
 * @NModuleScope SameAccount
 */
define(['N/runtime', './waybill_configuration'],
    /**
     * @param {typeof import('N/runtime')} runtime
     * @param {any} configuration waybill_configuration.js
     */
    (runtime, configuration) => {
        /** How far rounding may part a tax from its rate, in units of its last digit; beyond it the rate is another one. */
        const CENTS = 5;
        /** NetSuite's percent fields keep this many digits after the point. */
        const RATE_DIGITS = 5;
        const ITEM = 'item';

        /**
         * @typedef {import('N/record').Record} Saved
         * @typedef {{ units: number, digits: number }} Amount exact, in units of 10^-digits
         * @typedef {{ line: number, exact: Amount, discounts: number[] }} Taxed a line and its discounts
         */

        /** @param {import('N/types').EntryPoints.UserEvent.beforeSubmitContext} context */
        const beforeSubmit = (context) => {
            try {
                if (isMeant(context)) mend(context.newRecord);
            } catch (error) {
                log.error({ title: 'waybill', details: `the tax stays as NetSuite computed it: ${error}` });
            }
        };

        /** The cheap questions first. @param {import('N/types').EntryPoints.UserEvent.beforeSubmitContext} context */
        const isMeant = ({ type, UserEventType, newRecord }) => {
            if (type !== UserEventType.CREATE && type !== UserEventType.EDIT) return false;
            if (runtime.executionContext !== runtime.ContextType.REST_WEBSERVICES) return false;
            if (!newRecord.getValue({ fieldId: 'custbody_waybill_tax' })) return false;
            // SuiteTax has no legacy fields.
            if (runtime.isFeatureInEffect({ feature: 'TAX_OVERHAULING' })) return false;
            const settings = configuration.read();
            return Boolean(settings && settings.legacyTax && configuration.isOurs(settings));
        };

        /** @param {Saved} saved */
        const mend = (saved) => {
            const tax = amount(saved.getValue({ fieldId: 'custbody_waybill_tax' }));
            const shipping = amount(saved.getValue({ fieldId: 'custbody_waybill_shipping_tax' }) || '0');
            // An account taxes each line, or the document as a whole.
            const byLine = (saved.getSublistFields({ sublistId: ITEM }) || []).includes('tax1amt');
            const writes = tax && shipping && (byLine ? lines(saved, tax, shipping) : whole(saved, tax, shipping));
            if (writes) {
                writes.forEach((write) => write());
            } else {
                log.error({ title: 'waybill', details: 'the amounts of tax contradict the document: it stays as NetSuite computed it' });
            }
        };

        /**
         * The writes that give each taxed line its exact tax, or null.
         *
         * @param {Saved} saved
         * @param {Amount} tax
         * @param {Amount} shipping
         */
        const lines = (saved, tax, shipping) => {
            const writes = shippingRate(saved, shipping);
            let left = tax.units - scaled(shipping, tax.digits);
            for (const group of taxed(saved)) {
                const taxes = groupTaxes(saved, group);
                if (!writes || !taxes) return null;
                writes.push(...taxes);
                left -= scaled(group.exact, tax.digits);
            }
            return left === 0 ? writes : null;
        };

        /**
         * The writes that make a line and its discounts together carry exactly its tax, or null where there is nothing to tax.
         *
         * @param {Saved} saved
         * @param {Taxed} group
         */
        const groupTaxes = (saved, { line, exact, discounts }) => {
            const all = [line, ...discounts];
            const { units: target, digits } = exact;
            const base = all.reduce((sum, one) => sum + net(saved, one), 0);
            const rate = rateFor(Number(value(saved, line, 'taxrate1') || 0), base, target, digits);
            if (rate === null) return null;
            const off = discounts.map((discount) => units((net(saved, discount) * rate) / 100, digits));
            // The line takes the cents that rounding leaves.
            const shares = [target - off.reduce((sum, share) => sum + share, 0), ...off];
            return all.flatMap((one, n) => [
                () => set(saved, one, 'taxrate1', rate),
                () => set(saved, one, 'tax1amt', shares[n] / 10 ** digits),
            ]);
        };

        /**
         * The writes that give the document its exact tax, or null.
         *
         * @param {Saved} saved
         * @param {Amount} tax
         * @param {Amount} shipping
         */
        const whole = (saved, tax, shipping) => {
            const writes = shippingRate(saved, shipping);
            let base = 0;
            for (let line = 0; line < saved.getLineCount({ sublistId: ITEM }); line += 1) {
                if (isTaxable(value(saved, line, 'istaxable'))) base += net(saved, line);
            }
            const target = tax.units - scaled(shipping, tax.digits);
            const rate = rateFor(Number(saved.getValue({ fieldId: 'taxrate' }) || 0), base, target, tax.digits);
            if (!writes || rate === null) return null;
            writes.push(
                () => saved.setValue({ fieldId: 'taxrate', value: rate }),
                () => saved.setValue({ fieldId: 'taxamountoverride', value: tax.units / 10 ** tax.digits }),
            );
            return writes;
        };

        /**
         * The rate there is, where only cents part it from `target`; else the one that gives it; null where nothing is taxed.
         *
         * @type {(present: number, base: number, target: number, digits: number) => number | null}
         */
        const rateFor = (present, base, target, digits) => {
            if (Math.abs(units((base * present) / 100, digits) - target) <= CENTS) return present;
            return base === 0 ? null : rounded((target / 10 ** digits / base) * 100);
        };

        /**
         * The lines with an exact tax, each with the discount lines that follow it: these carry its rate and no amount.
         *
         * @param {Saved} saved
         * @returns {Taxed[]}
         */
        const taxed = (saved) => {
            /** @type {Taxed[]} */
            const found = [];
            let open = false;
            for (let line = 0; line < saved.getLineCount({ sublistId: ITEM }); line += 1) {
                const exact = amount(value(saved, line, 'custcol_waybill_tax'));
                const rate = Number(value(saved, line, 'taxrate1') || 0);
                if (exact) {
                    found.push({ line, exact, discounts: [] });
                    open = true;
                } else if (open && rate !== 0 && net(saved, line) < 0) {
                    found[found.length - 1].discounts.push(line);
                } else {
                    open = false;
                }
            }
            return found;
        };

        /**
         * The write of a rate at which the shipping's tax is exact; nothing where shipping is not taxed; null where none is.
         *
         * @param {Saved} saved
         * @param {Amount} shipping
         * @returns {(() => unknown)[] | null}
         */
        const shippingRate = (saved, shipping) => {
            if (shipping.units === 0) return [];
            const cost = Number(saved.getValue({ fieldId: 'shippingcost' }) || 0);
            if (cost === 0) return null;
            const rate = rounded((shipping.units / 10 ** shipping.digits / cost) * 100);
            if (units((cost * rate) / 100, shipping.digits) !== shipping.units) return null;
            return [() => saved.setValue({ fieldId: 'shippingtax1rate', value: rate })];
        };

        /** @param {number} rate */
        const rounded = (rate) => Number(rate.toFixed(RATE_DIGITS));

        /** @type {(saved: Saved, line: number) => number} */
        const net = (saved, line) => {
            const stated = value(saved, line, 'amount');
            if (stated !== '' && stated !== null && stated !== undefined) return Number(stated);
            return Number(value(saved, line, 'quantity') || 1) * Number(value(saved, line, 'rate') || 0);
        };

        /** @type {(saved: Saved, line: number, fieldId: string) => any} */
        const value = (saved, line, fieldId) => saved.getSublistValue({ sublistId: ITEM, fieldId, line });

        /** @type {(saved: Saved, line: number, fieldId: string, value: number) => unknown} */
        const set = (saved, line, fieldId, value) => saved.setSublistValue({ sublistId: ITEM, fieldId, line, value });

        /** @param {any} value */
        const isTaxable = (value) => value === true || value === 'T';

        /**
         * A decimal of ours (`0.83`, `83`), or null.
         *
         * @param {any} text
         * @returns {Amount | null}
         */
        const amount = (text) => {
            const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(text ?? '').trim());
            if (!parts) return null;
            const [, sign, whole, part = ''] = parts;
            return { units: Number(`${sign}${whole}${part}`), digits: part.length };
        };

        /** @type {(amount: Amount, digits: number) => number} */
        const scaled = (amount, digits) => amount.units * 10 ** (digits - amount.digits);

        /**
         * `value` in units of 10^-digits, half away from zero as NetSuite rounds; what a float adds at the half is taken off.
         *
         * @type {(value: number, digits: number) => number}
         */
        const units = (value, digits) => {
            const size = Math.abs(value) * 10 ** digits;
            return Math.sign(value) * Math.round(Number(size.toPrecision(13))) || 0;
        };

        return { beforeSubmit };
    });
