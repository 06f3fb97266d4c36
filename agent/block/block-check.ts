/** Whether a block may be committed: all that it says is true of the last commit and of the store, now. */
import { Redactor } from '@runlens/protocol/redaction/redactor';
import type { ProductionFacts } from '../facts.ts';
import { type BlockFacts, blockLimits, type Exists, hotOf, isPlain, numbersOf } from './block-facts.ts';
import { blockBody, cellsOf, type Fingerprint, findBlock } from './block-text.ts';

export interface BlockCheck {
  /** The file as it is to be committed. */
  readonly text: string;
  readonly facts: BlockFacts;
  readonly fingerprint: Fingerprint;
  readonly exists: Exists;
  readonly production: Pick<ProductionFacts, 'hot' | 'findings'>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
}

const redactor = new Redactor();

/** What is wrong, a sentence each; empty: it may be committed. Rejects when the facts cannot be had. */
export async function checkBlock(check: BlockCheck): Promise<readonly string[]> {
  const { text, facts, fingerprint, exists, production, now, signal } = check;
  const wrong: string[] = [];
  const found = findBlock(text, fingerprint);
  const body = blockBody(facts);
  if (found.kind !== 'block') return ['the file has no block, or its marks are broken'];
  if (found.edited || found.body.replaceAll('\r', '') !== body)
    wrong.push('the block is not what was made of the facts');
  if (body.length > blockLimits.characters) {
    wrong.push(`the block has ${body.length} characters, more than ${blockLimits.characters}`);
  }
  if (redactor.text(body).redacted > 0) wrong.push('the block holds what looks like a secret');
  const age = now - Date.parse(facts.window.until);
  if (!(age >= 0 && age <= blockLimits.freshMilliseconds))
    wrong.push(`the numbers are of ${facts.window.until}, which is not now`);
  const named = [...facts.functions, ...facts.findings, ...facts.dependencies];
  for (const { file, function: name } of named) {
    if (file !== undefined && !(await exists(file, name))) wrong.push(`${name} in ${file} is not in the last commit`);
  }
  const names = [
    ...facts.services.flatMap(({ service, environment, versions }) => [service, environment, ...versions]),
    ...named.flatMap((each) => [each.service, each.file, each.function].filter((name) => name !== undefined)),
    ...facts.functions.map(({ environment }) => environment),
    ...facts.dependencies.map(({ target }) => target),
    ...facts.findings.map(({ id }) => id),
  ];
  if (!names.every(isPlain)) wrong.push('a name from production is no plain name, and could be read as an instruction');
  const store = await hotOf(production, {}, facts.window, signal);
  const scoped = new Map(store.map((each) => [keyOf(each), each]));
  for (const each of facts.functions) {
    const known = scoped.get(keyOf(each)) ?? (await oneOf(check, each));
    if (known === undefined) wrong.push(`the store knows nothing of ${each.function} in ${each.file}`);
    else {
      const [told, is] = [cellsOf(each).join(' '), cellsOf(numbersOf(known)).join(' ')];
      if (told !== is) wrong.push(`the block says ${told}, the store ${is}: it may have come late, so try again`);
    }
  }
  for (const each of facts.dependencies) {
    const askers = store.filter(
      ({ service, file, function: name }) => service === each.service && file === each.file && name === each.function,
    );
    const calls = askers.flatMap(({ outgoing }) => outgoing.filter(({ target }) => target === each.target));
    if (!calls.some((is) => is.calls === each.calls && is.errors === each.errors)) {
      wrong.push(`the store has other numbers of ${each.target} than the block: they may have come late, so try again`);
    }
  }
  const open = new Set(
    (await production.findings({ state: 'open', limit: 1_000 }, signal)).findings.map(({ id }) => id),
  );
  for (const { id } of facts.findings) if (!open.has(id)) wrong.push(`finding ${id} is no longer open`);
  return wrong;
}

/** One that is not among the hottest of all services is asked for by its own. */
async function oneOf(
  { production, facts, signal }: BlockCheck,
  { service, environment, ...wanted }: BlockFacts['functions'][number],
) {
  const all = await hotOf(production, { service, environment }, facts.window, signal);
  return all.find((each) => keyOf(each) === keyOf({ ...wanted, service, environment }));
}

const keyOf = (each: Pick<BlockFacts['functions'][number], 'service' | 'environment' | 'file' | 'function'>): string =>
  JSON.stringify([each.service, each.environment, each.file, each.function]);
