/**
 * The business code of a service as it is usual: a basket comes as JSON, is validated by a schema, priced by the
 * catalogue's rules, reserved, written up and answered as JSON. About 370 calls of its own functions for a basket of
 * ten lines; two baskets of ten are refused by an error.
 */
import { z } from 'zod';

export class CheckoutError extends Error {
  override readonly name: string = 'CheckoutError';
}

class OutOfStockError extends CheckoutError {
  override readonly name = 'OutOfStockError';
}

const basketSchema = z.object({
  customer: z.object({ id: z.int(), country: z.string().length(2), email: z.email() }),
  coupon: z.string().max(20).optional(),
  lines: z
    .array(z.object({ sku: z.string().min(5), quantity: z.int().min(1).max(50), note: z.string().max(80).optional() }))
    .min(1)
    .max(50),
});
type Basket = z.infer<typeof basketSchema>;
type BasketLine = Basket['lines'][number];

interface Product {
  readonly sku: string;
  readonly title: string;
  readonly cents: number;
  readonly category: string;
  readonly grams: number;
}

interface PricedLine {
  readonly product: Product;
  readonly quantity: number;
  readonly net: number;
  readonly tax: number;
  readonly reasons: readonly string[];
}

const categories = ['kitchen', 'garden', 'lighting', 'books', 'desk'];
const products = new Map(Array.from({ length: 500 }, (_, index) => [`sku-${1000 + index}`, makeProduct(index)]));
const taxRates = new Map([
  ['DE', { full: 0.19, reduced: 0.07 }],
  ['FR', { full: 0.2, reduced: 0.055 }],
  ['NL', { full: 0.21, reduced: 0.09 }],
]);
const coupons = new Map([
  ['WELCOME10', { percent: 10, least: 2_000 }],
  ['GARDEN5', { percent: 5, least: 0 }],
]);
const titleCache = new Map<string, string>();
const audit: string[] = [];

function makeProduct(index: number): Product {
  const category = categories[index % categories.length] ?? 'desk';
  const title = `${category} thing no. ${index} of the long shelf`;
  return { sku: `sku-${1000 + index}`, title, cents: 350 + ((index * 1_237) % 9_000), category, grams: 50 + index };
}

function parseBasket(body: unknown): Basket {
  const parsed = basketSchema.safeParse(body);
  if (!parsed.success) throw new CheckoutError(describeIssues(parsed.error));
  return parsed.data;
}

function describeIssues(error: z.ZodError): string {
  return error.issues.map(describeIssue).join('; ');
}

function describeIssue({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): string {
  return `${path.map(String).join('.')}: ${message}`;
}

function productOf(sku: string): Product {
  const product = products.get(sku);
  if (!product) throw new CheckoutError(`there is no ${sku}`);
  return product;
}

/** Lines of the same product become one. */
function mergeLines(lines: readonly BasketLine[]): readonly BasketLine[] {
  const merged = new Map<string, BasketLine>();
  for (const line of lines) merged.set(line.sku, addTo(merged.get(line.sku), line));
  return [...merged.values()].sort(bySku);
}

function addTo(before: BasketLine | undefined, line: BasketLine): BasketLine {
  return before ? { ...before, quantity: before.quantity + line.quantity } : line;
}

function bySku(a: BasketLine, b: BasketLine): number {
  return a.sku < b.sku ? -1 : 1;
}

class PriceRule {
  readonly name: string;
  readonly #applies: (product: Product, quantity: number) => boolean;
  readonly #factor: number;

  constructor(name: string, applies: (product: Product, quantity: number) => boolean, factor: number) {
    this.name = name;
    this.#applies = applies;
    this.#factor = factor;
  }

  applyTo(cents: number, product: Product, quantity: number): number {
    return this.#applies(product, quantity) ? roundCents(cents * this.#factor) : cents;
  }
}

const rules = [
  new PriceRule('bulk', (_product, quantity) => quantity >= 10, 0.9),
  new PriceRule('books are fixed', ({ category }) => category === 'books', 1),
  new PriceRule('heavy', ({ grams }, quantity) => grams * quantity > 2_000, 1.02),
  new PriceRule('garden season', ({ category }) => isInSeason(category), 0.95),
];

function isInSeason(category: string): boolean {
  return category === 'garden';
}

function roundCents(value: number): number {
  return Math.round(value);
}

function priceLine(line: BasketLine, country: string): PricedLine {
  const product = productOf(line.sku);
  const reasons: string[] = [];
  let net = product.cents * line.quantity;
  for (const rule of rules) {
    const changed = rule.applyTo(net, product, line.quantity);
    if (changed !== net) reasons.push(rule.name);
    net = changed;
  }
  return { product, quantity: line.quantity, net, tax: taxOf(net, product, country), reasons };
}

function taxOf(net: number, product: Product, country: string): number {
  return roundCents(net * taxRateOf(country, isReduced(product)));
}

function taxRateOf(country: string, reduced: boolean): number {
  const rates = taxRates.get(country);
  if (!rates) throw new CheckoutError(`nothing is sent to ${country}`);
  return reduced ? rates.reduced : rates.full;
}

function isReduced({ category }: Product): boolean {
  return category === 'books';
}

function discountFor(code: string | undefined, net: number): number {
  const coupon = code === undefined ? undefined : coupons.get(normalizeCode(code));
  if (code !== undefined && !coupon) throw new CheckoutError(`there is no coupon ${code}`);
  return coupon && net >= coupon.least ? roundCents((net * coupon.percent) / 100) : 0;
}

function normalizeCode(code: string): string {
  return code.trim().toUpperCase();
}

/** What a shop would ask its warehouse: answered from memory here, in the same two steps. */
async function reserve(lines: readonly PricedLine[]): Promise<readonly string[]> {
  const places: string[] = [];
  for (const line of lines) places.push(await reserveLine(line));
  return places;
}

async function reserveLine({ product, quantity }: PricedLine): Promise<string> {
  const available = await stockOf(product);
  if (quantity > available) throw new OutOfStockError(`only ${available} of ${product.sku} are there`);
  return placeOf(product);
}

async function stockOf({ grams }: Product): Promise<number> {
  return grams >= 540 ? 5 : 40;
}

function placeOf({ sku, category }: Product): string {
  return `${shelfOf(category)}/${sku.slice(-2)}`;
}

function shelfOf(category: string): string {
  return category.slice(0, 1).toUpperCase();
}

function shippingFor(lines: readonly PricedLine[]): number {
  const grams = lines.reduce((sum, { product, quantity }) => sum + product.grams * quantity, 0);
  return grams > 5_000 ? 990 : 490;
}

function titleOf({ sku, title }: Product): string {
  const kept = titleCache.get(sku);
  if (kept !== undefined) return kept;
  const made = title.split(' ').map(capitalize).join(' ');
  titleCache.set(sku, made);
  return made;
}

function capitalize(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function formatMoney(cents: number): string {
  return `${Math.floor(cents / 100)}.${pad(cents % 100)} EUR`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function invoiceLine({ product, quantity, net, tax, reasons }: PricedLine): string {
  const because = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  return `${quantity} x ${titleOf(product)}: ${formatMoney(net)} + ${formatMoney(tax)}${because}`;
}

function reference(basket: Basket, total: number): string {
  let hash = 2_166_136_261;
  const text = JSON.stringify({ basket, total });
  for (let at = 0; at < text.length; at += 16) hash = mix(hash, text, at);
  return hash.toString(36);
}

/** FNV-1a, one step. */
function mix(hash: number, text: string, at: number): number {
  return Math.imul(hash ^ text.charCodeAt(at), 16_777_619) >>> 0;
}

function writeAudit(entry: object): void {
  audit.push(JSON.stringify(entry));
  if (audit.length > 1_000) audit.splice(0, 500);
}

function maskEmail(email: string): string {
  const [name = '', domain = ''] = email.split('@');
  return `${name.slice(0, 2)}…@${domain}`;
}

function sum(lines: readonly PricedLine[], part: 'net' | 'tax'): number {
  return lines.reduce((total, line) => total + line[part], 0);
}

/** Throws a `CheckoutError` for a basket that cannot be bought. */
export async function checkOut(body: unknown): Promise<object> {
  const basket = parseBasket(body);
  const { id, country, email } = basket.customer;
  const lines = mergeLines(basket.lines).map((line) => priceLine(line, country));
  const places = await reserve(lines);
  const [net, tax] = [sum(lines, 'net'), sum(lines, 'tax')];
  const discount = discountFor(basket.coupon, net);
  const shipping = shippingFor(lines);
  const total = net + tax + shipping - discount;
  const order = reference(basket, total);
  writeAudit({ order, id, email: maskEmail(email), total, places });
  return {
    order,
    total: formatMoney(total),
    discount: formatMoney(discount),
    shipping: formatMoney(shipping),
    invoice: lines.map(invoiceLine),
    places,
  };
}
