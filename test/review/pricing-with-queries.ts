/**
 * The shop's `pricing/price.ts` with two database queries for each cart, as a change that is tested and not noticed: put
 * into the text of the file. Throws where the shop's code has become another one.
 */
export function withTwoQueries(text: string): string {
  const changed = text
    .replace(
      "import * as rules from './rules.ts';",
      `import { DatabaseSync } from 'node:sqlite';
import * as rules from './rules.ts';

const campaigns = new DatabaseSync(':memory:');
campaigns.exec('CREATE TABLE campaigns (country TEXT, share REAL); CREATE TABLE holidays (country TEXT, day TEXT)');
const shareOf = campaigns.prepare('SELECT share FROM campaigns WHERE country = ?');
const holidayOf = campaigns.prepare('SELECT day FROM holidays WHERE country = ?');`,
    )
    .replace(
      '  const goodsCents = lines.reduce',
      '  shareOf.get(country);\n  holidayOf.get(country);\n  const goodsCents = lines.reduce',
    );
  if (!changed.includes('const holidayOf') || !changed.includes('holidayOf.get')) {
    throw new Error("the shop's pricing is not what this change is for");
  }
  return changed;
}
