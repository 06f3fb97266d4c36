/**
 * The business code of the measured services: small functions of every kind that call each other, as people write
 * them: about 40 calls for each line of an order. One order in ten is refused by an error.
 */
interface OrderLine {
  readonly sku: string;
  readonly count: number;
  readonly price: number;
}

interface Receipt {
  readonly id: number;
  readonly lines: readonly string[];
  readonly subtotal: number;
  readonly tax: number;
  readonly total: number;
  readonly checksum: number;
}

export class OrderError extends Error {
  override readonly name = 'OrderError';
}

const catalogue = new Map(Array.from({ length: 50 }, (_, index) => [`sku-${index}`, 3 + ((index * 37) % 90)]));

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }

  get text(): string {
    return `${whole(this.cents)}.${padded(this.cents % 100)}`;
  }

  plus(other: Money): Money {
    return new Money(this.cents + other.cents);
  }

  times(factor: number): Money {
    return new Money(rounded(this.cents * factor));
  }
}

const zero = new Money(0);
const whole = (cents: number) => Math.floor(cents / 100);
const padded = (cents: number) => (cents < 10 ? `0${cents}` : String(cents));
const rounded = (value: number) => Math.round(value);

/** The order that a request asks for: always the same for the same id. */
function makeOrder(id: number, lines: number): readonly OrderLine[] {
  const random = generator(id);
  return Array.from({ length: Math.min(lines, 100) }, () => makeLine(random));
}

function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state;
  };
}

function makeLine(random: () => number): OrderLine {
  const sku = `sku-${random() % 50}`;
  return { sku, count: 1 + (random() % 5), price: priceOf(sku) };
}

function priceOf(sku: string): number {
  return (catalogue.get(sku) ?? 0) * 100;
}

function check(line: OrderLine): OrderLine {
  if (!isSku(line.sku) || !isCount(line.count)) throw new OrderError(`line ${line.sku} cannot be ordered`);
  return line;
}

const isSku = (sku: string) => sku.startsWith('sku-') && sku.length > 4;
const isCount = (count: number) => Number.isInteger(count) && count > 0;

function lineTotal(line: OrderLine): Money {
  return discounted(new Money(line.price).times(line.count), discountFor(line));
}

function discountFor({ count }: OrderLine): number {
  if (isBulk(count)) return 0.1;
  return 0;
}

const isBulk = (count: number) => count >= 4;

function discounted(money: Money, discount: number): Money {
  return discount === 0 ? money : money.times(1 - discount);
}

function taxOf(money: Money, line: OrderLine): Money {
  return money.times(taxRate(line));
}

function taxRate({ sku }: OrderLine): number {
  return isReduced(sku) ? 0.07 : 0.19;
}

const isReduced = (sku: string) => sku.charCodeAt(4) % 2 === 0;

function describe(line: OrderLine, total: Money): string {
  return `${line.count} ${label(line.sku)} ${total.text}`;
}

function label(sku: string): string {
  return upper(sku.slice(0, 3)) + sku.slice(3);
}

const upper = (text: string) => text.toUpperCase();

function checksum(lines: readonly string[]): number {
  let sum = 0;
  for (const line of lines) sum = mix(sum, hash(line));
  return sum;
}

function hash(text: string): number {
  let value = 7;
  for (let at = 0; at < text.length; at += 4) value = ((value * 31) ^ text.charCodeAt(at)) >>> 0;
  return value;
}

function mix(a: number, b: number): number {
  return ((a * 31) ^ b) >>> 0;
}

async function stockOf(sku: string): Promise<number> {
  return (await warehouse(sku)) - reserved(sku);
}

async function warehouse(sku: string): Promise<number> {
  return sku.length * 100;
}

const reserved = (sku: string) => sku.length;

async function assertInStock(lines: readonly OrderLine[]): Promise<void> {
  for (const { sku, count } of lines.slice(0, 4)) {
    if ((await stockOf(sku)) < count) throw new OrderError(`not enough ${sku}`);
  }
}

function assertAccepted(id: number): void {
  if (id % 10 === 3) throw new OrderError(`order ${id} is refused`);
}

/** Throws an `OrderError` for one id in ten, after most of the work. */
export async function placeOrder(id: number, size: number): Promise<Receipt> {
  const order = makeOrder(id, size).map(check);
  await assertInStock(order);
  const totals = order.map(lineTotal);
  const subtotal = totals.reduce((sum, money) => sum.plus(money), zero);
  const tax = order.reduce((sum, line, index) => sum.plus(taxOf(totals[index] ?? zero, line)), zero);
  const lines = order.map((line, index) => describe(line, totals[index] ?? zero));
  assertAccepted(id);
  const total = subtotal.plus(tax);
  return { id, lines, subtotal: subtotal.cents, tax: tax.cents, total: total.cents, checksum: checksum(lines) };
}
