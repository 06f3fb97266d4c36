/** A running service whose functions can be called one by one, and the file that an editor opens. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Started, start } from '../frame/child.ts';
import { sensorEntry } from '../frame/places.ts';

export interface CallableService {
  readonly child: Started['child'];
  readonly file: string;
  readonly text: string;
  /** Line of the n-th function, from 0. */
  line(n: number): number;
  /** Calls the n-th function once; a call that `fails` throws in it. */
  call(n: number, how?: { readonly fails: boolean }): Promise<void>;
}

const head = `import { createServer } from 'node:http';\n`;
const functionText = (n: number) => `
function work${n}(fails) {
  if (fails) throw new RangeError('as asked');
  return ${n};
}
`;
const tail = (count: number) => `
const all = [${Array.from({ length: count }, (_, n) => `work${n}`).join(', ')}];
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  try {
    response.end(String(all[Number(url.pathname.slice(1))](url.searchParams.has('fails'))));
  } catch {
    response.writeHead(500).end();
  }
});
server.listen(0, '127.0.0.1', () => console.log(\`http://127.0.0.1:\${server.address().port}\`));
`;

/** Writes the service into the folder, and runs it under the sensor, which sends once a second. */
export async function runService(folder: string, functions: number, collectorUrl: string): Promise<CallableService> {
  const file = join(folder, 'service.mjs');
  const text = head + Array.from({ length: functions }, (_, n) => functionText(n)).join('') + tail(functions);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', version: '1.0.0' }));
  writeFileSync(file, text);
  const { child, line: url } = await start([process.execPath, '--import', sensorEntry, file], {
    environment: {
      ...process.env,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
      RUNLENS_ROOT: folder,
      RUNLENS_FLUSH_INTERVAL: '1s',
      RUNLENS_CPU_BUDGET: 'off',
    },
  });
  const lines = text.split('\n');
  return {
    child,
    file,
    text,
    line: (n) => lines.findIndex((line) => line.startsWith(`function work${n}(`)),
    call: async (n, { fails } = { fails: false }) => {
      const response = await fetch(`${url}/${n}${fails ? '?fails' : ''}`, { signal: AbortSignal.timeout(5_000) });
      await response.text();
      if (response.status !== (fails ? 500 : 200)) throw new Error(`the service answered ${response.status}`);
    },
  };
}
