import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, callsOf, commonJsService, folderWith, moduleService, runBeside } from './beside-service.ts';
import { type NodeMajor, nodeMajors, type ServiceFolder } from './service-process.ts';

/** Another agent, how it is preloaded for each kind of module, and what it told of a run. */
interface Agent {
  readonly name: string;
  readonly nodes: readonly NodeMajor[];
  readonly preload: Readonly<Record<'cjs' | 'mjs', readonly string[]>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly spans: (stdout: string) => readonly string[];
}

const openTelemetry: Agent = {
  name: 'OpenTelemetry',
  nodes: nodeMajors,
  preload: {
    cjs: ['--require', '@opentelemetry/auto-instrumentations-node/register'],
    mjs: [
      '--experimental-loader',
      '@opentelemetry/instrumentation/hook.mjs',
      '--import',
      '@opentelemetry/auto-instrumentations-node/register',
    ],
  },
  environment: {
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
  },
  spans: (stdout) => [...stdout.matchAll(/^ {2}name: '(.*)',$/gm)].map(([, name = '']) => name),
};

const datadog: Agent = {
  name: 'dd-trace',
  // What it asks for; on 20 it says so and does nothing.
  nodes: [22, 24],
  preload: { cjs: ['--require', 'dd-trace/init'], mjs: ['--import', 'dd-trace/initialize.mjs'] },
  environment: {
    DD_TRACE_EXPERIMENTAL_EXPORTER: 'log',
    DD_TRACE_STARTUP_LOGS: 'false',
    DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
    DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  },
  spans: (stdout) =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{"traces"'))
      .flatMap((line): { name: string; resource: string }[] => JSON.parse(line).traces[0])
      .map(({ name, resource }) => `${name} ${resource.replace(/^(127\.0\.0\.1):\d+$/, '$1:port')}`),
};

const sensor = ['--import', '@runlens/sensor'];
/** Several flushes fall into each run, as the sensor's own requests must not be told by the other agent. */
const common = { NODE_NO_WARNINGS: '1', RUNLENS_FLUSH_INTERVAL: '100ms' };
const answersIn = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('answer '));

let folder: ServiceFolder;
beforeAll(async () => {
  const packages = [
    'express',
    'tsx',
    'dd-trace',
    '@opentelemetry/auto-instrumentations-node',
    '@opentelemetry/instrumentation',
  ];
  folder = await folderWith(packages, {
    ...commonJsService,
    ...moduleService,
    ...both(
      'basket',
      `interface Line { readonly price: number }
export enum Kind { Free }
export class Basket {
  constructor(private readonly lines: readonly Line[]) {}
  total(): number { return this.lines.reduce((sum, { price }) => sum + price, Kind.Free); }
}
export function fail(): never {
  throw new TypeError('as thrown');
}
`,
    ),
    'main.mts': typedProgram('basket.mts'),
    'main.cts': typedProgram('basket.cts'),
  });
});
afterAll(() => folder[Symbol.asyncDispose]());

function both(name: string, text: string): Record<string, string> {
  return { [`${name}.mts`]: text, [`${name}.cts`]: text };
}

function typedProgram(from: string): string {
  return `import { Basket, fail } from './${from}';
const basket = new Basket([{ price: 2 }, { price: 3 }]);
for (let i = 0; i < 5; i += 1) basket.total();
function outer(): void { fail(); }
try { outer(); } catch (error) {
  console.log(basket.total(), String(error), String((error as Error).stack).match(/\\w+ \\(?[^( ]*(?:basket|main)\\.\\S+/g)?.join());
}
`;
}

for (const agent of [openTelemetry, datadog]) {
  describe.each(agent.nodes)(`${agent.name} tells the same spans, and calls are exact, on Node %i`, (node) => {
    it.each(['cjs', 'mjs'] as const)('%s', async (kind) => {
      const own = agent.preload[kind];
      const run = (preload: readonly string[]) =>
        runBeside({
          node,
          folder,
          preload,
          arguments: [`app.${kind}`],
          environment: { ...agent.environment, ...common },
        });
      const alone = await run(own);
      expect({ code: alone.code, answers: answersIn(alone.stdout) }).toEqual({ code: 0, answers });
      const spans = agent.spans(alone.stdout).toSorted();
      // A request served, its handler, and the request out: what the agent is there for.
      expect(spans.length).toBeGreaterThanOrEqual(15);
      for (const preload of [
        [...sensor, ...own],
        [...own, ...sensor],
      ]) {
        const { code, stdout, stderr, calls } = await run(preload);
        expect({ code, stderr, answers: answersIn(stdout) }).toEqual({ code: 0, stderr: alone.stderr, answers });
        expect(agent.spans(stdout).toSorted()).toEqual(spans);
        expect(calls).toEqual(callsOf(kind));
      }
    });
  });
}

it('dd-trace whose own agent is away changes neither answers nor counts', async () => {
  const { DD_TRACE_EXPERIMENTAL_EXPORTER: _, ...environment } = datadog.environment;
  const { code, stdout, calls } = await runBeside({
    node: 24,
    folder,
    preload: [...datadog.preload.cjs, ...sensor],
    arguments: ['app.cjs'],
    // Nothing listens on port 1.
    environment: { ...environment, ...common, DD_TRACE_AGENT_URL: 'http://127.0.0.1:1' },
  });
  expect({ code, answers: answersIn(stdout) }).toEqual({ code: 0, answers });
  expect(calls).toEqual(callsOf('cjs'));
});

describe.each(nodeMajors)('tsx and mapped stack traces, on Node %i', (node) => {
  const tsx = ['--import', 'tsx'];
  const maps = ['--enable-source-maps'];
  // On Node 20 tsx compiles CommonJS past `_compile`: see sensor/README.md.
  const runs: readonly (readonly [program: string, order: string, preload: readonly string[]])[] = [
    ['main.mts', 'sensor first', [...sensor, ...tsx]],
    ['main.mts', 'sensor last', [...tsx, ...sensor]],
    ['main.mts', 'sensor last, --enable-source-maps', [...maps, ...tsx, ...sensor]],
    ['main.cts', 'sensor first', [...sensor, ...tsx]],
    ['main.cts', 'sensor last', [...tsx, ...sensor]],
    ['main.cts', 'sensor last, --enable-source-maps', [...maps, ...tsx, ...sensor]],
  ];
  it.each(runs.filter(([program]) => node !== 20 || program !== 'main.cts'))(
    '%s, %s: the same output, stack trace and exit, exact calls',
    async (program, order, preload) => {
      const run = (flags: readonly string[]) =>
        runBeside({ node, folder, preload: flags, arguments: [program], environment: { NODE_NO_WARNINGS: '1' } });
      const alone = await run(
        preload.filter((_flag, at) => preload[at] !== sensor[1] && preload[at + 1] !== sensor[1]),
      );
      const { code, stdout, stderr, calls, errors } = await run(preload);
      const basket = program.replace('main', 'basket');
      expect(alone.stdout).toMatch(new RegExp(`^5 TypeError: as thrown fail \\(\\S*${basket}:8:9\\),outer`));
      // tsx that compiles what the sensor has changed maps to the changed text, whose lines are the same.
      const seen = (text: string) => (order === 'sensor first' ? text.replace(/(:\d+):\d+/g, '$1') : text);
      expect({ code, stdout: seen(stdout), stderr }).toEqual({ code: 0, stdout: seen(alone.stdout), stderr: '' });
      expect(calls).toEqual({
        [`${basket}:4 Basket.constructor`]: 1,
        [`${basket}:5 Basket.total`]: 6,
        [`${basket}:5 Basket.total.reduce(#1)`]: 12,
        [`${basket}:7 fail`]: 1,
        [`${program}:4 outer`]: 1,
      });
      expect(errors).toEqual({ [`${basket}:7 fail TypeError`]: 1, [`${program}:4 outer TypeError`]: 1 });
    },
  );
});
