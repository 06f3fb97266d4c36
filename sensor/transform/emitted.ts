/**
 * The names that the sensor puts into a program, and each piece of text that it inserts. A file whose own text has one
 * of the two prefixes is left alone, so a name here never meets a name of the program's, and `restoreText` can tell
 * what was inserted from what was written.
 *
 * Globals, not imports: a global property cell costs as little as a constant, and needs no declaration that would
 * move lines, tangle cycles of modules or be read before it is initialised.
 */
export const globalPrefix = '$rlX7';
export const localPrefix = '_$rl';

export const globalNames = {
  /** `Int32Array`: calls left until the slow path, by slot. */
  countdown: `${globalPrefix}c`,
  /** `(slot) => token`: reloads the countdown; a token that is not 0 means this call is timed. */
  start: `${globalPrefix}s`,
  /** `(slot) => 0`: reloads the countdown of a function that is counted only. */
  recount: `${globalPrefix}k`,
  /** `(token) => void`: ends a timed call. */
  finish: `${globalPrefix}f`,
  /** `(slot, token, value) => value`: an async function returns; a promise is watched until it settles. */
  asyncReturn: `${globalPrefix}a`,
  /** `(slot, error, token) => error`: counts an error and ends a timed call. */
  fail: `${globalPrefix}x`,
  /** `(slot) => (gate, reader, value) => value`: in a twin, a call begins; what it gives is called at each of its gates. */
  enter: `${globalPrefix}e`,
  /** A tag that gives the arguments of the tag that was written, of a template over several lines: in a twin. */
  template: `${globalPrefix}p`,
} as const;

const g = globalNames;
const token = `${localPrefix}t`;
const value = `${localPrefix}v`;
const caught = `${localPrefix}e`;

/** Stands for a slot in a plan; written as its number when the plan is rendered. */
export const slotMark = '\0';

const count = `--${g.countdown}[${slotMark}]||${g.recount}(${slotMark})`;
/**
 * `|0` and `!==0` tell V8 that the token is a small integer, which it then keeps in a register and tests without asking
 * what it is: acorn's parser, wholly measured, went from 1.51 to 1.39 times its plain CPU time.
 */
const startTimed = `${token}=--${g.countdown}[${slotMark}]?0:${g.start}(${slotMark})|0`;
/** Stands for a twin in a plan. */
export const twinMark = '\u0003';
/** Between these stands a twin. */
export const twinBegin = `/*${globalPrefix}<*/`;
export const twinEnd = `/*${globalPrefix}>*/`;
/** The slow path says by a token below 0 that the function's twin is to run instead. */
const orTwin = `if(--${g.countdown}[${slotMark}]===0&&(${token}=${g.start}(${slotMark})|0)<0)return${twinMark};`;
const countOrTwin = `if(--${g.countdown}[${slotMark}]===0&&${g.recount}(${slotMark})<0)return${twinMark};`;
const finish = `${token}!==0&&${g.finish}(${token})`;

/** Tells an inserted `)` or `;` from a written one. */
const mark = `/*${globalPrefix}*/`;
const asyncMark = `/*${globalPrefix}:a*/`;

/** What is inserted, and where; `NUL` stands for the slot. */
export const pieces = {
  /** Counted only, cannot fail: at the start of a body, or around an arrow's expression. */
  count: `${count};`,
  countExpressionOpen: `(${count},`,
  countExpressionClose: `)${mark}`,
  /** Counted and its errors: generators. */
  generatorOpen: `try{${count};`,
  generatorClose: `}catch(${caught}){throw ${g.fail}(${slotMark},${caught},0)}`,
  /** Timed. */
  open: `let ${startTimed};try{`,
  openWithValue: `let ${value},${startTimed};try{`,
  /** The end of a body is reached: the sample ends there. `;` closes a last statement that has none. */
  end: `;${finish}`,
  close: `}catch(${caught}){throw ${g.fail}(${slotMark},${caught},${token})}`,
  returnOpen: ` ${value}=(`,
  /** `(0, f)` keeps a nameless function nameless, where `v = f` would name it. */
  returnNamelessOpen: ` ${value}=(0,`,
  returnClose: `),${finish},${value}`,
  returnNothing: ` void(${finish})`,
  asyncReturnOpen: ` ${g.asyncReturn}(${slotMark},${token},(`,
  asyncReturnClose: `))${asyncMark}`,
  /** Where the program left its semicolon to be inserted by the parser. */
  semicolon: `;${mark}`,
  /** An arrow's expression becomes a block. */
  arrowOpen: `{${mark}let ${value},${startTimed};try{return ${value}=(`,
  arrowNamelessOpen: `{${mark}let ${value},${startTimed};try{return ${value}=(0,`,
  arrowClose: `),${finish},${value}}catch(${caught}){throw ${g.fail}(${slotMark},${caught},${token})}}`,
  asyncArrowOpen: `{${mark}let ${startTimed};try{return ${g.asyncReturn}(${slotMark},${token},(`,
  asyncArrowClose: `))${asyncMark}}catch(${caught}){throw ${g.fail}(${slotMark},${caught},${token})}}`,
} as const;

/** The pieces at which a function with a twin begins, and those of a function without, by the same names. */
export const piecesWithTwin = {
  count: countOrTwin,
  countExpressionOpen: `(--${g.countdown}[${slotMark}]===0&&${g.recount}(${slotMark})<0?${twinMark}:`,
  generatorOpen: `${countOrTwin}try{`,
  open: `let ${token}=0;${orTwin}try{`,
  openWithValue: `let ${value},${token}=0;${orTwin}try{`,
  arrowOpen: `{${mark}let ${value},${token}=0;${orTwin}try{return ${value}=(`,
  arrowNamelessOpen: `{${mark}let ${value},${token}=0;${orTwin}try{return ${value}=(0,`,
  asyncArrowOpen: `{${mark}let ${token}=0;${orTwin}try{return ${g.asyncReturn}(${slotMark},${token},(`,
} as const satisfies Partial<Record<keyof typeof pieces, string>>;

/** An inserted text with the place of a twin, as it is where there is none: inside of a twin. */
export function withoutTwin(text: string): string {
  for (const [name, piece] of Object.entries(piecesWithTwin)) {
    // The keys are among those of `pieces`.
    if (text.endsWith(piece)) return text.slice(0, -piece.length) + pieces[name as keyof typeof piecesWithTwin];
  }
  return text;
}

const escaped = (text: string): string => text.replace(/[$()*+./?[\]^{|}\\]/g, '\\$&');

const inserted = new RegExp(
  [...Object.values(pieces), ...Object.values(piecesWithTwin)]
    .toSorted((a, b) => b.length - a.length)
    .map((piece) => escaped(piece).replaceAll(slotMark, '\\d+'))
    .join('|'),
  'g',
);

/** A whole twin. First of all it becomes the mark: a piece must not find its end in the twin of another. */
const wholeTwin = new RegExp(`${escaped(twinBegin)}[^]*?${escaped(twinEnd)}`, 'g');

/** The text as it was written, from a text with what the sensor inserted, whole or a function of it. */
export function restoreText(text: string): string {
  return text.includes(localPrefix) || text.includes(globalPrefix)
    ? text.replace(wholeTwin, twinMark).replace(inserted, '')
    : text;
}
