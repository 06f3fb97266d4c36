/** A service of many small functions, as files on a disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const functionsPerFile = 100;
const filesPerFolder = 20;

/** Writes CommonJS modules with so many functions in all: each exports a list of them. Gives their paths. */
export function writeManyFunctions(folder: string, functions: number): readonly string[] {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'many-functions', version: '1.0.0' }));
  return Array.from({ length: Math.ceil(functions / functionsPerFile) }, (_, file) => {
    const area = join(folder, 'src', `area-${Math.floor(file / filesPerFolder)}`);
    mkdirSync(area, { recursive: true });
    const path = join(area, `orders-of-region-${file}.cjs`);
    writeFileSync(path, moduleText(file));
    return path;
  });
}

/** Half of them functions, half of them methods; a line or two each, and none so small that it cannot fail. */
function moduleText(file: number): string {
  const half = Array.from({ length: functionsPerFile / 2 }, (_, index) => index);
  const functions = half.map(
    (index) => `function priceOfPart${index}(amount) {
  if (amount < 0) throw new RangeError('negative');
  return (amount * ${3 + index} + ${file}) % 1000;
}`,
  );
  const methods = half.map(
    (index) => `  discountOfPart${index}(amount) {
    const kept = this.rate * amount;
    return kept > ${index} ? kept : ${index};
  }`,
  );
  return `'use strict';
${functions.join('\n')}
class Region${file} {
  rate = 0.5;
${methods.join('\n')}
}
const region = new Region${file}();
module.exports = [
  ${half.map((index) => `priceOfPart${index}`).join(', ')},
  ${half.map((index) => `region.discountOfPart${index}.bind(region)`).join(', ')},
];
`;
}
