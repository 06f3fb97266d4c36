/** marked renders the files named on its command line, again and again. */
import { readInput } from './input.ts';
import { phase } from './phases.ts';
import { repeated } from './repeated.ts';

// An ES module, which Node hands to hooks of `require` all the same.
const { marked }: typeof import('marked') = require('marked');
phase('load');

const { times, text } = readInput();
repeated(times, Math.ceil(times / 10), () => String(marked.parse(text, { async: false })).length);
