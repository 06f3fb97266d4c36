import { findFunctions } from '../naming/functions.ts';
import { childEntries, childOf, childrenOf, isFunction, type SyntaxNode, textOf, unwrapped } from '../naming/syntax.ts';

/** One of several things that a function waits for one after the other, though none of them needs another. */
export interface IndependentWait {
  /** Of its first `await`. */
  readonly offset: number;
  /** What is called, in order: `profileOf`, `store.messages`. */
  readonly called: readonly string[];
}

/** More in one function are left out. */
const mostWaits = 8;
const mostCalled = 4;
const longestName = 60;

/**
 * Of each `async` function of a tree, by the offset of its start, the waits that could run together. Told is only what follows
 * from the text: values bound by `const x = await call(…)`, one statement after another, none of which is read by the next group
 * and between which nothing else is done. Calls whose names say that they change something, and those of one connection, have
 * an order that no name tells, and end a group.
 */
export function independentWaits(program: SyntaxNode, text: string): ReadonlyMap<number, readonly IndependentWait[]> {
  const found = new Map<number, readonly IndependentWait[]>();
  for (const { start, body, node } of findFunctions(program, text)) {
    if (node.async !== true || body.type !== 'BlockStatement') continue;
    const waits: IndependentWait[] = [];
    const stretches: (readonly IndependentWait[])[] = [];
    inBlocks(body, (statements) => {
      for (const groups of segments(statements)) if (groups.length > 1) stretches.push(groups);
    });
    const all = stretches.flat();
    for (const stretch of stretches) {
      // Of two branches that call the same nobody knows which was gone through, unless one of them calls something else as well.
      const isKnown = stretch.some(({ called }) => called.some((each) => countOf(body, each) <= countIn(all, each)));
      if (isKnown) waits.push(...stretch);
    }
    if (waits.length > 1) found.set(start, waits.slice(0, mostWaits));
  }
  return found;
}

/** How often the function waits for a call of that name; those inside others are theirs. */
const countOf = (body: SyntaxNode, name: string): number =>
  waitsIn(body).filter((node) => waitOf(node)?.called === name).length;
const countIn = (waits: readonly IndependentWait[], name: string): number =>
  waits.reduce((sum, { called }) => sum + called.filter((each) => each === name).length, 0);

function inBlocks(node: SyntaxNode, take: (statements: readonly SyntaxNode[]) => void): void {
  if (node.type === 'BlockStatement') take(childrenOf(node, 'body'));
  else if (node.type === 'SwitchCase') take(childrenOf(node, 'consequent'));
  for (const [, child] of childEntries(node)) if (!isFunction(child)) inBlocks(child, take);
}

interface Step {
  readonly bound: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
  readonly wait: { readonly offset: number; readonly called: string } | undefined;
}

/** The groups of each stretch of statements that only bind values. */
function* segments(statements: readonly SyntaxNode[]): Generator<readonly IndependentWait[]> {
  let steps: Step[] = [];
  for (const statement of statements) {
    const step = stepOf(statement);
    if (step !== undefined) {
      steps.push(...step);
      continue;
    }
    yield groupsOf(steps);
    steps = [];
  }
  yield groupsOf(steps);
}

/** Undefined: something else is done there, whose order may matter. */
function stepOf(statement: SyntaxNode): readonly Step[] | undefined {
  if (statement.type !== 'VariableDeclaration') return undefined;
  const steps: Step[] = [];
  for (const declarator of childrenOf(statement, 'declarations')) {
    const [id, init] = [childOf(declarator, 'id'), childOf(declarator, 'init')];
    if (!id || !init) return undefined;
    const waits = waitsIn(init);
    const [first] = waits;
    const wait = first && waitOf(first);
    // Several in one expression, or something that is no plain call: what they need of each other is not looked into.
    if (waits.length > 1 || (first && !wait)) return undefined;
    steps.push({ bound: namesIn(id), read: namesIn(init), wait });
  }
  return steps;
}

function waitsIn(node: SyntaxNode): readonly SyntaxNode[] {
  if (isFunction(node)) return [];
  const inner = childEntries(node).flatMap(([, child]) => waitsIn(child));
  return node.type === 'AwaitExpression' ? [node, ...inner] : inner;
}

/** By their names these change something, or wait for time to pass or for the next of a row. */
const ordered =
  /^(?:add|append|apply|assign|begin|book|cancel|clear|click|close|commit|connect|create|delete|destroy|disconnect|dispose|drop|emit|end|enqueue|ensure|exec|fill|flush|goto|import|increment|init|initialize|insert|launch|lock|login|logout|migrate|move|next|open|pay|post|publish|pull|push|put|read|register|release|remove|rename|reserve|reset|rollback|run|save|seed|send|set|shift|sleep|start|step|stop|store|submit|sync|take|touch|transfer|unlock|update|upload|upsert|wait|write)(?![a-z])|^(?:delay|timeout|setTimeout|setImmediate|all|allSettled|any|race)$/;
/** What is asked of one connection is answered one after the other in any case. */
const connection =
  /^(?:client|connection|conn|trx|tx|transaction|session|manager|cursor|reader|stream|page|browser|lock)$/i;

function waitOf(node: SyntaxNode): Step['wait'] {
  const call = childOf(node, 'argument');
  const callee = call && calleeOf(unwrapped(call));
  if (callee === undefined) return undefined;
  const parts = callee.split('.');
  const name = parts.at(-1) ?? '';
  if (name === '' || ordered.test(name) || parts.slice(0, -1).some((part) => connection.test(part))) return undefined;
  return { offset: node.start, called: parts.slice(-2).join('.').slice(0, longestName) };
}

/** `store.messages` of `this.#store.messages(…)`. */
function calleeOf(call: SyntaxNode): string | undefined {
  if (call.type !== 'CallExpression') return undefined;
  const callee = childOf(call, 'callee');
  return callee && pathOf(unwrapped(callee));
}

function pathOf(node: SyntaxNode): string | undefined {
  if (node.type === 'Identifier') return textOf(node, 'name');
  if (node.type === 'ThisExpression') return '';
  if (node.type !== 'MemberExpression' || node.computed === true) return undefined;
  const [object, property] = [childOf(node, 'object'), childOf(node, 'property')];
  const name = property && textOf(property, 'name');
  const before = object && pathOf(unwrapped(object));
  if (name === undefined || before === undefined) return undefined;
  return before === '' ? name : `${before}.${name}`;
}

/** All names that stand in it; too many do no harm, as they can only tie together. Keys of properties are none. */
function namesIn(node: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (each: SyntaxNode): void => {
    const name = each.type === 'Identifier' ? textOf(each, 'name') : undefined;
    if (name !== undefined) names.add(name);
    for (const [key, child] of childEntries(each)) {
      if ((key === 'property' || key === 'key') && each.computed !== true) continue;
      visit(child);
    }
  };
  visit(node);
  return names;
}

/** Steps that need each other, directly or through others, are one group; those without a wait are none by themselves. */
function groupsOf(steps: readonly Step[]): readonly IndependentWait[] {
  const groupOf = steps.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (groupOf[at] !== undefined && groupOf[at] !== at) at = groupOf[at] ?? at;
    return at;
  };
  steps.forEach(({ read }, later) => {
    for (let earlier = 0; earlier < later; earlier += 1) {
      if ([...(steps[earlier]?.bound ?? [])].some((name) => read.has(name))) groupOf[root(later)] = root(earlier);
    }
  });
  const groups = new Map<number, { offset: number; called: string[] }>();
  steps.forEach(({ wait }, i) => {
    if (!wait) return;
    const group = groups.get(root(i));
    if (group === undefined) groups.set(root(i), { offset: wait.offset, called: [wait.called] });
    else if (group.called.length < mostCalled) group.called.push(wait.called);
  });
  return [...groups.values()];
}
