/** What code of JavaScript mostly is made of, and what TypeScript adds: read once at the start, to make reading quick. */
export const javascriptSample = `
import { fetchItems, limit as most } from './items.js';
/** Prices. */
export class Cart extends Base {
  #items = new Map();
  static of(items = []) { return new Cart(items.map((each, at) => ({ ...each, at }))); }
  get total() { let sum = 0; for (const [, item] of this.#items) sum += item.price * 2; return sum; }
  async load(url, { signal } = {}) {
    try {
      const answer = await fetch(\`\${url}/items?limit=\${most}\`, { signal });
      if (!answer.ok || answer.status === 204) throw new Error('no items: ' + answer.status);
      this.#items.set('x', await answer.json());
    } catch (error) { if (error instanceof TypeError) return; throw error; } finally { this.done?.(); }
  }
}
export const rate = (value, by = 1) => (value > 10 ? \`\${value}\` : String(value / by));
export function main(args) {
  switch (args[0]) { case 'a': return rate(1); default: return [1, 2].filter((n) => n > 1 && !args[n]); }
}
// Rounded to cents, as the invoice does.
app.get('/items/:id', async (request, reply) => { reply.send(await fetchItems(request.params.id)); });
`;

export const typescriptSample = `${javascriptSample}
export interface Item { readonly name: string; price: number; tags?: readonly string[] }
type Priced<T extends Item = Item> = T | { [K in keyof T]: T[K] } | null;
export function priced(item: Item, by: number = 1): Priced | undefined {
  const { price, name }: Item = item;
  return (price > 0 ? { ...item, price: price * by, name } : null) as Priced;
}
`;
