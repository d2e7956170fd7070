// Puts a World's behaviour into Oracle's stubs, which jest gives to our scripts in place of the N/ modules.
'use strict';

/** @param {import('./world.js').World} world */
const install = (world) => {
    for (const [name, behaviour] of Object.entries(world.modules())) Object.assign(require(name), behaviour);
    global.log = world.log();
};

module.exports = { install };
