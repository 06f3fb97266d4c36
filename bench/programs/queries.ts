/**
 * `node queries.cjs CASE QUERIES`: asks `node:sqlite` for one row at a time, in rounds of a hundred, and tells the CPU
 * time of the process for one query.
 */
import { DatabaseSync } from 'node:sqlite';

const perRound = 100;
const atOnce = 4;
const database = new DatabaseSync(':memory:');
database.exec('CREATE TABLE ratings (product INTEGER PRIMARY KEY, stars INTEGER)');
const insert = database.prepare('INSERT INTO ratings VALUES (?, ?)');
for (let product = 0; product < perRound; product += 1) insert.run(product, product % 6);
const rating = database.prepare('SELECT stars FROM ratings WHERE product = ?');

/** All in one function. */
function sumOfRatings(): number {
  let sum = 0;
  for (let product = 0; product < perRound; product += 1) sum += Number(rating.get(product)?.stars);
  return sum;
}

/** One a call, as it is where a list asks for each of its items. */
class Reviews {
  ratingOf(product: number): number {
    return Number(rating.get(product)?.stars);
  }
}
class Page {
  readonly #reviews = new Reviews();

  render(): number {
    return Array.from({ length: perRound }, (_, product) => this.card(product)).reduce((sum, stars) => sum + stars, 0);
  }

  card(product: number): number {
    return this.#reviews.ratingOf(product);
  }
}

/** One a call, by two functions in turn. */
function odd(product: number): number {
  return Number(rating.get(product)?.stars);
}
function even(product: number): number {
  return Number(rating.get(product)?.stars);
}
function inTurn(): number {
  let sum = 0;
  for (let product = 0; product < perRound; product += 1) sum += product % 2 === 0 ? even(product) : odd(product);
  return sum;
}

/** One a call, of functions that rest before it, several lists at once. */
async function later(product: number): Promise<number> {
  await undefined;
  return Number(rating.get(product)?.stars);
}
async function list(): Promise<number> {
  let sum = 0;
  for (let product = 0; product < perRound; product += 1) sum += await later(product);
  return sum;
}
async function lists(): Promise<number> {
  const sums = await Promise.all(Array.from({ length: atOnce }, () => list()));
  return sums.reduce((sum, one) => sum + one, 0) / atOnce;
}

const page = new Page();
const cases: Readonly<Record<string, { readonly round: () => number | Promise<number>; readonly queries: number }>> = {
  'in one function': { round: sumOfRatings, queries: perRound },
  'one a call': { round: () => page.render(), queries: perRound },
  'by two functions in turn': { round: inTurn, queries: perRound },
  'in async functions': { round: lists, queries: perRound * atOnce },
};

async function run(round: () => number | Promise<number>, rounds: number): Promise<number> {
  let sum = 0;
  for (let turn = 0; turn < rounds; turn += 1) sum += await round();
  return sum;
}

async function main(name = '', wanted = ''): Promise<void> {
  const chosen = cases[name];
  if (!chosen) throw new Error(`${name} is none of ${Object.keys(cases).join(', ')}`);
  const rounds = Math.ceil(Number(wanted) / chosen.queries);
  await run(chosen.round, rounds / 2);
  const started = process.cpuUsage();
  const outcome = await run(chosen.round, rounds);
  const { user, system } = process.cpuUsage(started);
  console.log(JSON.stringify({ microseconds: (user + system) / (rounds * chosen.queries), outcome }));
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
