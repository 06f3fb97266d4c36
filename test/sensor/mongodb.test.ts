/** Commands of MongoDB's real driver, and of mongoose upon it, to a peer that speaks its wire protocol. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderWith } from './beside-service.ts';
import { MongodbPeer } from './databases/mongodb-peer.ts';
import { runWithOperations } from './databases/operations-told.ts';
import { nodeMajors, type ServiceFolder } from './service-process.ts';

const driver = `
import { MongoClient, ObjectId } from 'mongodb';
const client = new MongoClient(process.env.DATABASE_URL, { serverSelectionTimeoutMS: 5000 });
const products = client.db('shop').collection('products');
async function seed() {
  await products.insertMany(Array.from({ length: 5 }, (_, id) => ({ _id: id, name: 's3cret' + id, price: 5 })));
}
async function product(id) { return products.findOne({ _id: id }, { projection: { name: 1 } }); }
async function page() {
  const found = [];
  for (const id of [0, 1, 2, 3]) found.push(await product(id));
  return found;
}
async function all() { return products.find({ price: 5 }).batchSize(2).sort({ name: 1 }).toArray(); }
async function some() { return products.find({ name: { $in: ['s3cret1', 's3cret2'] }, 'line1.s3cret-key': 1 }).toArray(); }
async function report() {
  const stages = [{ $match: { price: { $gt: 4711 } } }, { $group: { _id: '$s3cret', total: { $sum: '$price' } } }];
  return products.aggregate(stages).toArray();
}
async function rename() { return products.updateOne({ _id: 1 }, { $set: { name: 's3cret' } }); }
async function remove() { return products.deleteMany({ name: 's3cret' }); }
async function twice() { await products.insertOne({ _id: 2, name: 's3cret-again' }); }
async function wrong() { await products.find({ $s3cret: 1 }).toArray(); }
async function lost() { await client.db('shop').command({ dropConnection: 1 }); }
async function parallel() { await Promise.all([0, 1, 2].map((id) => product(id))); }

await client.connect();
await seed();
for (let i = 0; i < 3; i += 1) {
  const found = await page();
  if (found.some((one, id) => one.name !== 's3cret' + id)) throw new Error('wrong answer ' + JSON.stringify(found));
}
await parallel();
const told = [(await all()).length, (await some()).length, (await report()).length];
told.push((await rename()).modifiedCount, (await remove()).deletedCount);
for (const fails of [twice, wrong, lost]) {
  try { await fails(); told.push('no error'); } catch (error) { told.push(error.constructor.name, error.code); }
}
await client.close();
console.log(JSON.stringify(told));
`;

const schemas = `
import mongoose from 'mongoose';
const Product = mongoose.model('Product', new mongoose.Schema({ _id: Number, name: String }));
async function seed() { await Product.create({ _id: 1, name: 's3cret' }, { _id: 2, name: 's3cret' }); }
async function one(id) { return await Product.findById(id); }
async function lazily(id) { return Product.findOne({ name: 's3cret', _id: id }).lean(); }
async function list() { for (const id of [1, 2, 1]) await one(id); }
await mongoose.connect(process.env.DATABASE_URL + '/shop', { autoIndex: false, autoCreate: false });
await seed();
await list();
console.log((await one(1)).name, (await lazily(2)).name);
await mongoose.disconnect();
`;

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await folderWith(['mongodb', 'mongoose'], { 'driver.mjs': driver, 'schemas.mjs': schemas });
});
afterAll(() => folder[Symbol.asyncDispose]());

const find = 'find products {"filter":{"_id":"?"},"projection":{"name":"?"}}';
const findAll = 'find products {"filter":{"price":"?"},"sort":{"name":"?"}}';
const match = '{"$match":{"price":{"$gt":"?"}}}';
const group = '{"$group":{"_id":"?","total":{"$sum":"?"}}}';

it.each(nodeMajors)(
  'commands are told by who asks, with no value in them, as often as the server got them (Node %i)',
  async (node) => {
    await using peer = await MongodbPeer.start();
    const ran = await runWithOperations({ node, folder, arguments: ['driver.mjs'] }, peer.url);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual([
      ...[5, 0, 5, 1, 1],
      ...['MongoServerError', 11000, 'MongoServerError', 2, 'MongoNetworkError', null],
    ]);
    const counts = ran.counts('db.client.operation.duration');
    expect(counts).toEqual({
      'seed | insert products': 1,
      [`product | ${find}`]: 15,
      [`all | ${findAll}`]: 1,
      'all | getMore products': 2,
      'some | find products {"filter":{"name":{"$in":"?"},"?":"?"}}': 1,
      [`report | aggregate products {"pipeline":[${match},${group}]}`]: 1,
      'rename | update products {"updates":[{"q":{"_id":"?"},"u":{"$set":{"name":"?"}}}]}': 1,
      'remove | delete products {"deletes":[{"q":{"name":"?"},"limit":"?"}]}': 1,
      'twice | insert products | 11000': 1,
      'wrong | find products {"filter":{"?":"?"}} | 2': 1,
      'lost | dropConnection | MongoNetworkError': 1,
    });
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(peer.log.length);
    expect(ran.sums('runlens.query.repeats')).toMatchObject({ [`product | ${find} | page`]: 12 });
    expect(ran.sums('db.client.response.returned_rows')).toEqual({
      [`product | ${find}`]: 15,
      [`all | ${findAll}`]: 2,
      'all | getMore products': 3,
      'some | find products {"filter":{"name":{"$in":"?"},"?":"?"}}': 0,
      [`report | aggregate products {"pipeline":[${match},${group}]}`]: 5,
    });
    expect(ran.sent).not.toMatch(/s3cret|4711/);
  },
);

it.each([20, 24] as const)('of mongoose, the function of the service is told (Node %i)', async (node) => {
  await using peer = await MongodbPeer.start();
  const ran = await runWithOperations({ node, folder, arguments: ['schemas.mjs'] }, peer.url);
  expect(ran).toMatchObject({ code: 0, stdout: 's3cret s3cret\n', stderr: '' });
  const byId = 'find products {"filter":{"_id":"?"}}';
  expect(ran.counts('db.client.operation.duration')).toEqual({
    'seed | insert products': 2,
    [`one | ${byId}`]: 4,
    'lazily | find products {"filter":{"name":"?","_id":"?"}}': 1,
  });
  expect(peer.log).toHaveLength(7);
  expect(ran.sums('runlens.query.repeats')).toMatchObject({ [`one | ${byId} | list`]: 3 });
  expect(ran.sent).not.toContain('s3cret');
});
