/** markdown-it renders the files named on its command line, again and again. */
import type markdownIt from 'markdown-it';
import { readInput } from './input.ts';
import { phase } from './phases.ts';
import { repeated } from './repeated.ts';

const createRenderer: typeof markdownIt = require('markdown-it');
const renderer = createRenderer({ html: true, linkify: true, typographer: true });
phase('load');

const { times, text } = readInput();
repeated(times, Math.ceil(times / 10), () => renderer.render(text).length);
