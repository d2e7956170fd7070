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
         * @typedef {{ lines: number[], discounts: number[], exact: number, rate: number }} Group lines, the discounts that lower them, their tax
         * @typedef {(() => unknown)[]} Writes
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
            const writes = planned(saved);
            if (writes) {
                writes.forEach((write) => write());
            } else {
                log.error({ title: 'waybill', details: 'the amounts of tax contradict the document: it stays as NetSuite computed it' });
            }
        };

        /**
         * All that has to be set, or null where that is not clear.
         *
         * @param {Saved} saved
         * @returns {Writes | null}
         */
        const planned = (saved) => {
            const body = [saved.getValue({ fieldId: 'custbody_waybill_tax' }), saved.getValue({ fieldId: 'custbody_waybill_shipping_tax' }) || '0'];
            const texts = [...body, ...each(saved).map((line) => value(saved, line, 'custcol_waybill_tax') || '0')];
            if (!texts.every(isDecimal)) return null;
            // The currency's digits are those of the amount that has most.
            const digits = Math.max(...texts.map((text) => decimals(text).length));
            const [tax, shipping] = body.map((text) => units(Number(text), digits));
            const rate = shippingRate(saved, shipping, digits);
            // An account taxes each line, or the document as a whole.
            const byLine = (saved.getSublistFields({ sublistId: ITEM }) || []).includes('tax1amt');
            const taxes = byLine ? lines(saved, tax - shipping, digits) : whole(saved, tax, shipping, digits);
            return rate && taxes && [...rate, ...taxes];
        };

        /**
         * The writes that give each taxed line its exact tax and every other none, or null.
         *
         * @type {(saved: Saved, tax: number, digits: number) => Writes | null}
         */
        const lines = (saved, tax, digits) => {
            const nearby = byPlace(saved, digits);
            if (nearby.reduce((sum, group) => sum + group.exact, 0) !== tax) return null;
            /** @type {(groups: Group[]) => boolean} */
            const hold = (groups) => groups.every((group) => isNear(saved, group, digits));
            // A discount lowers the line before it, or there is one for all lines of a rate; if neither gives the
            // tax, NetSuite took other rates than were sent.
            const groups = [nearby, byRate(saved, nearby)].find(hold) || nearby.map((group) => rerated(saved, group, digits));
            if (groups.some((group) => !Number.isFinite(group.rate) || group.rate < 0)) return null;
            const ours = groups.flatMap((group) => [...group.lines, ...group.discounts]);
            const others = each(saved).filter((line) => !ours.includes(line) && rateOf(saved, line) !== 0);
            return [
                ...groups.flatMap((group) => groupTaxes(saved, group, digits)),
                ...others.map((line) => () => set(saved, line, 'taxrate1', 0)),
            ];
        };

        /**
         * Each line with an exact tax, and the discounts right behind it.
         *
         * @type {(saved: Saved, digits: number) => Group[]}
         */
        const byPlace = (saved, digits) => {
            /** @type {Group[]} */
            const found = [];
            let isOpen = false;
            for (const line of each(saved)) {
                const exact = value(saved, line, 'custcol_waybill_tax');
                const last = found[found.length - 1];
                if (exact) found.push({ lines: [line], discounts: [], exact: units(Number(exact), digits), rate: rateOf(saved, line) });
                else if (isOpen && isDiscount(saved, line, last.rate)) last.discounts.push(line);
                isOpen = Boolean(exact) || (isOpen && last.discounts.includes(line));
            }
            return found;
        };

        /**
         * The same lines, all of a rate together, and the discounts of that rate wherever they are.
         *
         * @type {(saved: Saved, groups: Group[]) => Group[]}
         */
        const byRate = (saved, groups) => [...new Set(groups.map((group) => group.rate))].map((rate) => {
            const alike = groups.filter((group) => group.rate === rate);
            const own = alike.flatMap((group) => group.lines);
            return {
                rate,
                lines: own,
                discounts: each(saved).filter((line) => !own.includes(line) && isDiscount(saved, line, rate)),
                exact: alike.reduce((sum, group) => sum + group.exact, 0),
            };
        });

        /**
         * A discount carries the rate of what it lowers, and no tax of its own.
         *
         * @type {(saved: Saved, line: number, rate: number) => boolean}
         */
        const isDiscount = (saved, line, rate) =>
            net(saved, line) < 0
            && rateOf(saved, line) === rate
            && !value(saved, line, 'custcol_waybill_tax')
            && ['', 'Discount'].includes(String(value(saved, line, 'itemtype') || ''));

        /** @type {(saved: Saved, group: Group) => number} */
        const base = (saved, group) => [...group.lines, ...group.discounts].reduce((sum, line) => sum + net(saved, line), 0);

        /** Whether only cents part the group's tax from its rate. @type {(saved: Saved, group: Group, digits: number) => boolean} */
        const isNear = (saved, group, digits) =>
            Math.abs(units((base(saved, group) * group.rate) / 100, digits) - group.exact) <= CENTS * group.lines.length;

        /** The group at a rate that gives its tax. @type {(saved: Saved, group: Group, digits: number) => Group} */
        const rerated = (saved, group, digits) => (isNear(saved, group, digits)
            ? group
            : { ...group, rate: rounded((group.exact / 10 ** digits / base(saved, group)) * 100) });

        /**
         * The writes that make a group carry exactly its tax; its first line takes the cents that rounding leaves.
         *
         * @type {(saved: Saved, group: Group, digits: number) => Writes}
         */
        const groupTaxes = (saved, group, digits) => {
            const [first, ...rest] = [...group.lines, ...group.discounts];
            const taxes = rest.map((line) => units((net(saved, line) * group.rate) / 100, digits));
            const left = group.exact - taxes.reduce((sum, tax) => sum + tax, 0);
            return [first, ...rest].flatMap((line, n) => [
                () => set(saved, line, 'taxrate1', group.rate),
                () => set(saved, line, 'tax1amt', (n === 0 ? left : taxes[n - 1]) / 10 ** digits),
            ]);
        };

        /**
         * The writes that give the document its exact tax, or null.
         *
         * @type {(saved: Saved, tax: number, shipping: number, digits: number) => Writes | null}
         */
        const whole = (saved, tax, shipping, digits) => {
            const taxable = each(saved).filter((line) => isTaxable(value(saved, line, 'istaxable')));
            const sum = taxable.reduce((total, line) => total + net(saved, line), 0);
            const rate = rateFor(Number(saved.getValue({ fieldId: 'taxrate' }) || 0), sum, tax - shipping, digits);
            return rate === null ? null : [
                () => saved.setValue({ fieldId: 'taxrate', value: rate }),
                () => saved.setValue({ fieldId: 'taxamountoverride', value: tax / 10 ** digits }),
            ];
        };

        /**
         * The rate there is, where only cents part it from `tax`; else the one that gives it; null where nothing is taxed.
         *
         * @type {(present: number, base: number, tax: number, digits: number) => number | null}
         */
        const rateFor = (present, base, tax, digits) => {
            if (Math.abs(units((base * present) / 100, digits) - tax) <= CENTS) return present;
            return base === 0 ? null : rounded((tax / 10 ** digits / base) * 100);
        };

        /**
         * The write of a rate at which the shipping's tax is exact, none where it is not taxed; null where no rate is.
         *
         * @type {(saved: Saved, tax: number, digits: number) => Writes | null}
         */
        const shippingRate = (saved, tax, digits) => {
            if (tax === 0) return [];
            const cost = Number(saved.getValue({ fieldId: 'shippingcost' }) || 0);
            const rate = rounded((tax / 10 ** digits / cost) * 100);
            if (cost === 0 || units((cost * rate) / 100, digits) !== tax) return null;
            return [() => saved.setValue({ fieldId: 'shippingtax1rate', value: rate })];
        };

        /** @type {(saved: Saved, line: number) => number} */
        const rateOf = (saved, line) => Number(value(saved, line, 'taxrate1') || 0);

        /** @type {(saved: Saved) => number[]} */
        const each = (saved) => Array.from({ length: saved.getLineCount({ sublistId: ITEM }) }, (_, line) => line);

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

        /** @param {any} text */
        const isDecimal = (text) => /^-?\d+(\.\d+)?$/.test(String(text));

        /** @param {any} text */
        const decimals = (text) => String(text).split('.')[1] || '';

        /** @param {number} rate */
        const rounded = (rate) => Number(rate.toFixed(RATE_DIGITS));

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
