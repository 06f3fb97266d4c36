/** Acorn parses the file named on its command line, again and again. */
import { readInput } from './input.ts';
import { phase } from './phases.ts';
import { repeated } from './repeated.ts';

const acorn: typeof import('acorn') = require('acorn');
phase('load');

const { times, text } = readInput();
repeated(times, Math.ceil(times / 10), () => acorn.parse(text, { ecmaVersion: 'latest' }).body.length);
