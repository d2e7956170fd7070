/**
 * Signs a callback as Standard Webhooks asks: HMAC-SHA256 of `id.seconds.body` under the account's API secret.
 *
 * @NApiVersion 2.1
 * @NModuleScope SameAccount
 */
define(['N/crypto', 'N/crypto/random', 'N/encode'],
    /**
     * @param {typeof import('N/crypto')} crypto
     * @param {typeof import('N/crypto/random')} random
     * @param {typeof import('N/encode')} encode
     */
    (crypto, random, encode) => {
        /** Holds what follows `whsec_`: base64, so that its bytes are the key the service decodes. */
        const SECRET = 'custsecret_waybill_callback';

        /**
         * The headers that prove `body`, under a new id.
         *
         * @param {string} body exactly what is sent
         * @returns {Record<string, string>}
         */
        const headers = (body) => {
            const id = `msg_${random.generateUUID()}`;
            const seconds = String(Math.floor(Date.now() / 1000));
            const key = crypto.createSecretKey({ secret: SECRET, encoding: encode.Encoding.BASE_64 });
            const hmac = crypto.createHmac({ algorithm: crypto.HashAlg.SHA256, key });
            hmac.update({ input: `${id}.${seconds}.${body}`, inputEncoding: encode.Encoding.UTF_8 });
            const digest = hmac.digest({ outputEncoding: encode.Encoding.BASE_64 });
            return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${digest}` };
        };

        return { headers };
    });
