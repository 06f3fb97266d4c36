/** What docs/probes.md says of each kind of code, on each Node: a snapshot in the middle of it, with what is known there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../story/eventually.ts';
import { ProbedService, ProbingCollector } from './probe-story.ts';
import { nodeMajors, ServiceFolder } from './service-process.ts';

const program = `const rate = await Promise.resolve(19);
function afterTopLevelAwait(x) {
  const known = x + rate;
  return known; // top-level await
}
async function acrossAwait(x) {
  const known = await Promise.resolve(x + 1);
  await null;
  return known; // across await
}
function* generator(x) {
  const known = yield x;
  yield known; // generator
}
async function* asyncGenerator(x) {
  const known = await x;
  yield known; // async generator
}
class Base {
  #count = 1;
  static made = 0;
  constructor(x) {
    const known = x + 1;
    this.x = known; // constructor
  }
  #hidden(x) {
    const known = x + this.#count;
    return known; // private method
  }
  callHidden(x) {
    return this.#hidden(x);
  }
  static of(x) {
    const known = x * 3;
    return known; // static method
  }
  get double() {
    const known = this.x * 2;
    return known; // getter
  }
  plus(x) {
    return this.x + x;
  }
}
class Derived extends Base {
  constructor(x) {
    super(x);
    const known = this.x;
    this.more = known; // derived constructor
  }
  plus(x) {
    const known = super.plus(x);
    return known; // super
  }
}
class WithField {
  made = ((x) => {
    const known = x + 7;
    return known; // class field
  })(1);
}
function closing(x) {
  return (y) => {
    const known = x + y;
    return known; // closure
  };
}
function early(x) {
  const known = x + 1;
  const sum = known + x; // dead zone
  const later = sum;
  return later;
}
function inOneTemplate(x) {
  const known = String.raw\`\\n
\${x}\`;
  return known; // template over lines
}
function defaults({ known = 5 } = {}, ...rest) {
  return known + rest.length; // defaults and patterns
}
function withArguments() {
  const known = arguments.length;
  return known; // arguments
}
function Target() {
  const known = new.target === Target;
  this.known = known; // new.target
}
async function waits(opened) {
  await opened;
  const known = 1;
  return known; // in flight
}
let open;
let first;
const calls = {
  async all() {
    const pull = generator(1);
    pull.next();
    const pulled = [];
    for await (const one of asyncGenerator(6)) pulled.push(one);
    const base = new Base(1);
    const derived = new Derived(2);
    return [
      afterTopLevelAwait(1), await acrossAwait(1), pull.next(8).value, ...pulled, base.x, base.callHidden(4), Base.of(2),
      base.double, derived.more, derived.plus(2), new WithField().made, closing(1)(2), early(1), inOneTemplate(1),
      defaults(undefined, 1), withArguments(1, 2, 3), new Target().known,
    ];
  },
  begin() {
    first = waits(new Promise((resolve) => { open = resolve; }));
    return true;
  },
  async finish() {
    open();
    return [await first, await waits(null)];
  },
};
process.on('message', async ({ call }) => process.send({ result: await calls[call]() }));
console.log('ready');
`;
const lineOf = (mark: string): number => program.split('\n').findIndex((line) => line.endsWith(`// ${mark}`)) + 1;

/** What stands in `known` at the line with that mark. */
const kinds: readonly (readonly [mark: string, functionName: string, known: string])[] = [
  ['top-level await', 'afterTopLevelAwait', '20'],
  ['across await', 'acrossAwait', '2'],
  ['generator', 'generator', '8'],
  ['async generator', 'asyncGenerator', '6'],
  ['constructor', 'Base.constructor', '2'],
  ['private method', 'Base.#hidden', '5'],
  ['static method', 'Base.of', '6'],
  ['getter', 'get Base.double', '4'],
  ['derived constructor', 'Derived.constructor', '3'],
  ['super', 'Derived.plus', '5'],
  ['class field', 'WithField.anonymous(#1)', '8'],
  ['closure', 'closing.anonymous(#1)', '3'],
  ['dead zone', 'early', '2'],
  ['template over lines', 'inOneTemplate', '\\n\n1'],
  ['defaults and patterns', 'defaults', '5'],
  ['arguments', 'withArguments', '3'],
  ['new.target', 'Target', 'true'],
];
const answers = [20, 2, 8, 6, 2, 5, 6, 4, 3, 5, 8, 3, 3, '\\n\n1', 6, 3, true];

describe.each(nodeMajors)('a snapshot, on Node %i, of code of each kind', (node) => {
  let folder: ServiceFolder;
  let collector: ProbingCollector;
  let service: ProbedService;
  /** By mark. */
  const placed = new Map<string, string>();

  beforeAll(async () => {
    folder = await ServiceFolder.create({ 'kinds.mjs': program });
    collector = await ProbingCollector.start();
    service = new ProbedService(node, folder, collector.collector.url, 'kinds.mjs');
    await service.wrote('ready');
    await collector.connected();
    expect(await service.ask({ call: 'begin' })).toEqual({ result: true });
    for (const mark of ['in flight', ...kinds.map(([one]) => one)]) {
      const { probe } = await collector.place({ kind: 'snapshot', place: { file: 'kinds.mjs', line: lineOf(mark) } });
      placed.set(mark, probe.id);
    }
    for (const id of placed.values()) await collector.reaches(id, 'armed');
    expect(await service.ask({ call: 'all' })).toEqual({ result: answers });
  });
  afterAll(async () => {
    await service.end();
    await collector[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it.each(kinds)('%s', async (mark, functionName, known) => {
    const line = lineOf(mark);
    const capture = await collector.firstCapture(placed.get(mark) ?? '');
    expect(capture).toMatchObject({ file: 'kinds.mjs', line, function: functionName, cut: [] });
    expect(capture.stack?.[0]).toMatchObject({ file: 'kinds.mjs', line, function: functionName });
    const { arguments: given = [], locals = [] } = capture.values ?? {};
    const named = [...given, ...locals].filter(([name]) => name === 'known');
    expect(named.map(([, { v }]) => v)).toEqual([known]);
    if (mark === 'dead zone') expect(locals).toContainEqual(['later', { t: 'unset' }]);
    if (mark === 'closure') expect(capture.values?.closure).toContainEqual(['x', { t: 'number', v: '1' }]);
  });

  it('in flight: a call that had begun before is not seen, the next is', async () => {
    expect(await service.ask({ call: 'finish' })).toEqual({ result: [1, 1] });
    const reached = await until('the hit is told', async () => {
      const [instance] = (await collector.status(placed.get('in flight') ?? '')).instances;
      return instance !== undefined && instance.reached > 0 ? instance.reached : undefined;
    });
    expect(reached).toBe(1);
  });
});
