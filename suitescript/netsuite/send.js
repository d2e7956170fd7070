// Runs the callback script once and prints the request it makes: { url, headers, body }.
//
//     node send.js SECRET TYPE RECORD ID [SECONDS_AGO]
//     node send.js MDEyMzQ1Njc= CREATE itemfulfillment 881
'use strict';

const { World, UserEventType } = require('./world.js');
const { load } = require('./load.js');

const [secret, type, record, id, secondsAgo = '0'] = process.argv.slice(2);
const now = Date.now;
Date.now = () => now() - Number(secondsAgo) * 1000;

const world = new World();
world.secrets.custsecret_waybill_callback = secret;
const saved = { type: record, id: Number(id) };
load('waybill_callback', world.modules(), world.log()).afterSubmit(world.event(UserEventType[type], saved, saved));

if (world.posts.length !== 1) throw new Error(`posts: ${world.posts.length}, log: ${JSON.stringify(world.logs)}`);
process.stdout.write(JSON.stringify(world.posts[0]));
