/**
 * `node errors.cjs CASE ERRORS`: throws and catches so many errors, through three functions, and tells the CPU time of the
 * process for one of them.
 */
const atOnce = 1_000;

function check(id: number): number {
  if (id >= 0) throw new RangeError('no such product');
  return id;
}
function checkById(id: number): number {
  if (id >= 0) throw new RangeError(`no such product: ${id}`);
  return id;
}
const kept = new RangeError('no such product');
function checkKept(id: number): number {
  if (id >= 0) throw kept;
  return id;
}
async function checkLater(id: number): Promise<number> {
  await undefined;
  return check(id);
}

function price(id: number, by: (id: number) => number): number {
  return by(id) * 2;
}
function offer(id: number, by: (id: number) => number): number {
  try {
    return price(id, by);
  } catch {
    return 1;
  }
}
async function priceLater(id: number): Promise<number> {
  return (await checkLater(id)) * 2;
}
async function offerLater(id: number): Promise<number> {
  try {
    return await priceLater(id);
  } catch {
    return 1;
  }
}

const round =
  (by: (id: number) => number): (() => number) =>
  () => {
    let sum = 0;
    for (let id = 0; id < atOnce; id += 1) sum += offer(id, by);
    return sum;
  };
const cases: Readonly<Record<string, () => number | Promise<number>>> = {
  'the same message': round(check),
  'another message each time': (() => {
    let next = 0;
    return round(() => checkById(next++));
  })(),
  'one error, kept': round(checkKept),
  'in async functions': async () => {
    let sum = 0;
    for (let id = 0; id < atOnce; id += 1) sum += await offerLater(id);
    return sum;
  },
};

async function run(one: () => number | Promise<number>, rounds: number): Promise<number> {
  let sum = 0;
  for (let turn = 0; turn < rounds; turn += 1) {
    sum += await one();
    // A service has turns of its event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sum;
}

async function main(name = '', wanted = ''): Promise<void> {
  const chosen = cases[name];
  if (!chosen) throw new Error(`${name} is none of ${Object.keys(cases).join(', ')}`);
  const rounds = Math.ceil(Number(wanted) / atOnce);
  await run(chosen, rounds / 4);
  const started = process.cpuUsage();
  const from = performance.now();
  const outcome = await run(chosen, rounds);
  const seconds = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(started);
  const errors = rounds * atOnce;
  console.log(JSON.stringify({ microseconds: (user + system) / errors, perSecond: errors / seconds, outcome }));
}

main(process.argv[2], process.argv[3]).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
