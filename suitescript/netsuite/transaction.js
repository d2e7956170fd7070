// A transaction under legacy tax while it is saved: what a script sets, and what NetSuite makes of it.
'use strict';

const round = (value, digits) => {
    const size = Number((Math.abs(value) * 10 ** digits).toPrecision(13));
    return (Math.sign(value) * Math.round(size)) / 10 ** digits;
};

class Transaction {
    /**
     * @param {object} options
     * @param {'line' | 'document'} options.taxes where the account shows tax: on each line, or once
     * @param {object} options.body
     * @param {object[]} options.lines
     * @param {number} [options.digits] of the currency
     */
    constructor({ taxes, body, lines, digits = 2 }) {
        Object.assign(this, { type: 'salesorder', id: 1, taxes, digits, body: { ...body }, writes: 0 });
        this.lines = lines.map((line) => ({ ...line }));
        if (taxes === 'line') this.lines.forEach((line) => this.computeLine(line));
    }

    computeLine(line) {
        line.tax1amt = round((line.amount * (line.taxrate1 ?? 0)) / 100, this.digits) || 0;
    }

    getValue({ fieldId }) {
        return this.body[fieldId] ?? '';
    }

    setValue({ fieldId, value }) {
        this.writes += 1;
        this.body[fieldId] = value;
    }

    getSublistFields() {
        return ['item', 'quantity', 'rate', 'amount', 'custcol_waybill_tax', ...(this.taxes === 'line' ? ['taxcode', 'taxrate1', 'tax1amt'] : ['istaxable'])];
    }

    getLineCount() {
        return this.lines.length;
    }

    getSublistValue({ fieldId, line }) {
        return this.lines[line][fieldId] ?? '';
    }

    setSublistValue({ fieldId, line, value }) {
        if (!this.getSublistFields().includes(fieldId)) throw new Error('SSS_INVALID_SUBLIST_OPERATION');
        this.writes += 1;
        this.lines[line][fieldId] = value;
        if (fieldId === 'taxrate1') this.computeLine(this.lines[line]);
    }

    /** The tax the document is stored with. */
    taxTotal() {
        const shipping = round(((this.body.shippingcost ?? 0) * (this.body.shippingtax1rate ?? 0)) / 100, this.digits);
        if (this.taxes === 'line') {
            return round(this.lines.reduce((sum, line) => sum + line.tax1amt, shipping), this.digits);
        }
        if (this.body.taxamountoverride !== undefined) return this.body.taxamountoverride;
        const base = this.lines.filter((line) => line.istaxable).reduce((sum, line) => sum + line.amount, 0);
        return round((base * (this.body.taxrate ?? 0)) / 100 + shipping, this.digits);
    }
}

module.exports = { Transaction };
