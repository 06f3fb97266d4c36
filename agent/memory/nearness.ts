/** Which memories matter for what an agent touches. Pure. */
import type { FunctionName, FunctionStanding, Memory } from './memory.ts';

export interface Touched {
  readonly functions: readonly FunctionName[];
  readonly files: readonly string[];
  /** Functions that call those, by production. */
  readonly callers: readonly FunctionName[];
  readonly service?: string | undefined;
  readonly event?: string | undefined;
  /** Words to look for. */
  readonly words?: string | undefined;
  readonly agent: string;
}

export interface Near {
  readonly memory: Memory;
  readonly nearness: number;
  /** Why it is told. */
  readonly why: readonly string[];
}

const day = 86_400_000;
/** After so long a memory counts half as recent. */
const halfLife = 30 * day;

/** The nearest first, of equally near ones the newest; those that have nothing to do with what is asked are left out. */
export function nearest(
  memories: readonly Memory[],
  touched: Touched,
  now: number,
  places: ReadonlyMap<Memory, readonly FunctionStanding[]> = new Map(),
): readonly Near[] {
  const asked =
    touched.functions.length + touched.files.length > 0 ||
    [touched.words, touched.service, touched.event].some((each) => each !== undefined);
  return memories
    .map((memory) => nearnessOf(memory, touched, now, places.get(memory) ?? []))
    .filter(({ why }) => !asked || why.length > 0)
    .sort((one, other) => other.nearness - one.nearness || (one.memory.at < other.memory.at ? 1 : -1));
}

function nearnessOf(memory: Memory, touched: Touched, now: number, places: readonly FunctionStanding[]): Near {
  const why: string[] = [];
  let nearness = 0;
  const add = (worth: number, reason: string): void => {
    nearness += worth;
    why.push(reason);
  };
  const names: readonly FunctionName[] = [
    ...memory.functions,
    ...places.flatMap((each) => ('file' in each ? [each] : [])),
  ];
  const has = (wanted: readonly FunctionName[]): boolean =>
    names.some((own) => wanted.some((each) => each.file === own.file && each.function === own.function));
  if (has(touched.functions)) add(10, 'the same function');
  else if (has(touched.callers)) add(4, 'a caller');
  const files = [...touched.files, ...touched.functions.map(({ file }) => file)];
  if (names.some(({ file }) => files.includes(file))) add(4, 'the same file');
  else {
    const shared = Math.max(0, ...names.flatMap((own) => files.map((file) => sharedFolders(own.file, file))));
    if (shared > 0) add(Math.min(2, shared * 0.5), 'the same folder');
  }
  if (touched.event !== undefined && memory.events.includes(touched.event)) add(6, 'the same event');
  const services = [...memory.services, ...memory.evidence.map(({ service }) => service)];
  if (touched.service !== undefined && services.includes(touched.service)) add(2, 'the same service');
  const share = wordsFound(memory, touched.words);
  if (share > 0) add(5 * share, 'its words');
  // Weighs among what is near, and alone is no reason to tell it.
  if (memory.open.length > 0 && memory.agent === touched.agent) nearness += 1;
  nearness += 0.5 ** (Math.max(0, now - Date.parse(memory.at)) / halfLife);
  return { memory, nearness, why };
}

/** Folders that two paths have in common, from the root. */
function sharedFolders(one: string, other: string): number {
  const [left, right] = [one, other].map((path) => path.split('/').slice(0, -1));
  let shared = 0;
  while (left?.[shared] !== undefined && left[shared] === right?.[shared]) shared += 1;
  return shared;
}

const mostWords = 20;

/** The share of the words that the memory holds. */
function wordsFound({ title, text, open, functions }: Memory, words: string | undefined): number {
  const wanted = [...new Set(words?.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [])].slice(0, mostWords);
  if (wanted.length === 0) return 0;
  const held = [title, text, ...open, ...functions.flatMap((each) => [each.file, each.function])]
    .join('\n')
    .toLowerCase();
  return wanted.filter((word) => held.includes(word)).length / wanted.length;
}
