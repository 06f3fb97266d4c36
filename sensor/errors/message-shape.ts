import { constants } from 'node:os';
import { longestMessage } from './own-facts.ts';
import { contractions, vocabulary } from './vocabulary.ts';

const longestShape = 160;
const longestWord = 20;
/** Stands for what is left out, while its surroundings are still being looked at; taken out of the message before. */
const hole = '\u0001';

/** Codes of the operating system, and those of Node's resolver, which are not among its constants. */
const systemCodes: ReadonlySet<string> = new Set([
  ...Object.keys(constants.errno),
  ...Object.keys(constants.signals),
  ...'ENOTFOUND EREFUSED ETIMEOUT ENODATA EFORMERR ESERVFAIL ENOTIMP EBADQUERY EBADNAME EBADRESP EOF'.split(' '),
  ...'EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME EAI_SERVICE EPROTO ECANCELED'.split(' '),
]);

/** What follows one of these and a colon is never told, whatever it is. */
const sensitive =
  /(?<![\w:/.-])(?:pass(?:word|phrase|code)?|secrets?|tokens?|(?:api|private|secret|access|session)?[ _-]?keys?|credentials?|authorization|bearer|cookies?|sessions?|pin|user(?:name)?s?|names?|e-?mails?|phones?|address(?:es)?|accounts?|cards?|value|received|got|input|data|body)\s*[:=]/i;

/** V8 quotes what it could not parse as it came, quotes and all. */
const jsonExcerpt = /\.{0,3}"[\s\S]*"\.{0,3}(?= is not valid JSON)/;
const quoted =
  /"(?:\\[\s\S]|[^"\\])*(?:"|$)|`(?:\\[\s\S]|[^`\\])*(?:`|$)|(?<![A-Za-z])'(?:\\[\s\S]|[^'\\]|'(?=[A-Za-z]))*(?:'|$)|“[^”]*(?:”|$)|‘[^’]*(?:’|$)|«[^»]*(?:»|$)/g;
/** Data that was written into a message: from the first bracket to the last, or to the end. */
const bracketed = /[[{](?:[\s\S]*[\]}]|[\s\S]*$)/;
const markup = /<[\s\S]*>/;

const number = /^[-+~]?\d[\d.,:/_+-]*(?:%|[A-Za-z]{1,3})?$/;
const writtenAsWord = /^(?:[a-z]+|[A-Z][a-z]*|[A-Z]+)$/;
const nodeCode = /^ERR(?:_[A-Z\d]+)+$/;
const onlyPunctuation = /^[-–—.…,:;!?]{1,3}$/;
const parts = /^([(]?)(.*?)([).,:;!?…]*)$/s;

/**
 * What kind of message an error has, without any value: `no such product: {}`, `connect ECONNREFUSED {}`.
 *
 * It fails closed: only words of `vocabulary.ts`, codes of the system and simple punctuation are left, and everything
 * else is a placeholder: `{n}` a number, `{}` anything. Text in quotes and brackets, and what follows a word such as
 * `password:`, is left out also where it is plain words. At most 160 characters.
 */
export function messageShape(message: string): string {
  const text = message
    .slice(0, longestMessage)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(jsonExcerpt, hole)
    .replace(quoted, hole)
    .replace(bracketed, hole)
    .replace(markup, hole);
  const named = sensitive.exec(text);
  const known = named ? `${text.slice(0, named.index + named[0].length)} ${hole}` : text;
  const cut = message.length > longestMessage ? `${known} ${hole}` : known;
  const shaped = cut
    .split(/\s+/u)
    .filter((token) => token !== '')
    .map(shapeOf)
    .join(' ')
    .replace(/\{n?\}(?: \{n?\})+/g, (run) => (run.includes('{}') ? '{}' : run));
  return shaped.length <= longestShape ? shaped : `${shaped.slice(0, shaped.lastIndexOf(' ', longestShape - 2))} …`;
}

function shapeOf(token: string): string {
  if (onlyPunctuation.test(token)) return token;
  const [, before = '', core = '', after = ''] = parts.exec(token) ?? [];
  // More than one sign is somebody's text.
  if (after.length > 3) return '{}';
  return `${before}${kept(core)}${after}`;
}

function kept(core: string): string {
  if (isWord(core) || contractions.has(core.toLowerCase()) || systemCodes.has(core)) return core;
  if (number.test(core)) return '{n}';
  if (nodeCode.test(core) && core.split('_').every(isCodePart)) return core;
  const compound = core.split(/[-/]/);
  if (compound.length <= 3 && compound.every(isWord)) return core;
  return '{}';
}

function isWord(text: string): boolean {
  return text.length <= longestWord && writtenAsWord.test(text) && vocabulary.has(text.toLowerCase());
}

/** `ERR_MODULE_NOT_FOUND`: of Node's own codes; digits as in `ERR_HTTP2_…`. */
function isCodePart(part: string): boolean {
  const word = part.toLowerCase().replace(/\d$/, '');
  return part === 'ERR' || vocabulary.has(word) || word === 'arg' || word === 'args' || word === 'fs';
}
