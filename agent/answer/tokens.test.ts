import { countTokens } from 'gpt-tokenizer';
import { expect, test } from 'vitest';
import { estimateTokens } from './tokens.ts';

const texts = {
  sentence: 'Called 40.2k/min, p50 3.1 ms, p99 120 ms, 0.4 % of calls fail; measured since two hours ago.',
  row: '12|OrderBook.markPaid.transaction(#1)|583/min|357 µs|2.2 ms|0\n'.repeat(20),
  paths: 'examples/shop/payments/gateway-client.ts:31 src/AbstractSingletonProxyFactoryBean.java:4\n'.repeat(10),
  statement: 'SELECT id, sku, name, description, category_id, price_cents FROM products WHERE id = ?',
  json: JSON.stringify({
    verdict: 'Hot',
    data: '«x»\nline|function\n12|price|40.2k/min',
    contextVersion: 'cv-1ea6ce09748b',
  }),
  foreign: 'Preis für Größe überschritten; 価格が見つかりません; цена не найдена',
  digits: '0123456789abcdef'.repeat(8),
  marks: '{}[]()<>!?;:,.-_=+*/\\|'.repeat(6),
};

test.each(Object.entries(texts))(
  '%s: never clearly below what a real tokenizer counts, nor twice as much',
  (_, text) => {
    const real = countTokens(text);
    const estimated = estimateTokens(text);
    expect(estimated).toBeGreaterThanOrEqual(real * 0.95);
    expect(estimated).toBeLessThanOrEqual(real * 2 + 3);
  },
);
