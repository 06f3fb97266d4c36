import assert from 'node:assert/strict';
import type { Profile } from '@runlens/protocol/api/profile';
import type * as vscode from 'vscode';
import { eventually } from '../story/eventually.ts';
import { isAbout, isTime, readLens } from '../story/lens-text.ts';
import { functionOf, functionsOf, lensesOf, measured, open } from './editor.ts';
import { collector, direct, storyFacts } from './story.ts';

/** A rate is over the time of measuring until the lens was fetched, which is as long ago as this at most. */
const oldestMinutes = 0.75;
const windowMinutes = 15;
const shown = { service: 'shop', environment: 'production' };

describe('lenses on the running shop', () => {
  before(() => direct('/load/stop'));

  for (const file of ['pricing/price.ts', 'catalog/shelf.ts', 'payments/gateway-client.ts']) {
    it(`are the collector's answers: every called function of ${file}, and no other`, async () => {
      const document = await open(file);
      await eventually('each lens says what the collector answers', async () => {
        const { profiles } = await collector().profiles({ ...shown, file });
        const called = profiles.filter(({ calls }) => calls > 0);
        assert.ok(called.length >= 4, `only ${called.length} functions of ${file} were called`);
        const lenses = (await lensesOf(document)).filter(({ title }) => readLens(title));
        assert.equal(lenses.length, called.length, 'as many lenses with numbers as called functions');
        for (const profile of called) assertShown(document, lenses, profile, called);
      });
    });
  }

  it('say the version and the environment', async () => {
    const document = await open('pricing/price.ts');
    const { label } = await measured(document, 'priceLine');
    assert.ok(label.endsWith(`production v${storyFacts().shopVersion}`), label);
  });

  it('mark the functions in which the service spends its time', async () => {
    const document = await open('catalog/shelf.ts');
    await eventually('it is known which functions those are', async () => {
      const { label, heat } = await measured(document, 'Shelf.card');
      assert.ok(heat !== null && heat >= 3, `heat ${heat}`);
      assert.ok(label.startsWith('▲ '), label);
    });
  });

  it('carry exact counts, also of errors', async () => {
    const document = await open('payments/gateway-client.ts');
    await eventually('counts', async () => {
      for (const one of await functionsOf(document)) {
        if (one.state.kind !== 'measured') continue;
        const { calls, errors } = one.state.profile;
        const answer = await collector().profiles({ ...shown, file: 'payments/gateway-client.ts', function: one.name });
        const same = answer.profiles.filter((profile) => profile.calls === calls && profile.errors === errors);
        assert.equal(same.length, 1, `${one.name}: ${calls} calls, ${errors} errors`);
      }
    });
  });
});

describe('lenses under changing traffic', () => {
  it('follow each single call, within seconds', async () => {
    const document = await open('pricing/price.ts');
    await direct('/load/stop');
    const before = await collector().profile({ ...shown, file: 'pricing/price.ts', function: 'priceCart' });
    await eventually('what is shown is what is counted', async () => {
      assert.equal(await shownCalls(document, 'priceCart'), before.calls);
    });
    await direct('/carts?count=7');
    await eventually('seven more', async () => {
      assert.equal(await shownCalls(document, 'priceCart'), before.calls + 7);
    });
  });

  it('move while customers come, and stand still when they have gone', async () => {
    const document = await open('pricing/price.ts');
    const before = await titleOf(document, 'priceLine');
    await direct('/load/start');
    await eventually('the lens moves', async () => assert.notEqual(await titleOf(document, 'priceLine'), before));
    await direct('/load/stop');
    const { calls } = await collector().profile({ ...shown, file: 'pricing/price.ts', function: 'priceLine' });
    await eventually('the last call is shown', async () => {
      assert.equal(await shownCalls(document, 'priceLine'), calls);
    });
  });
});

async function shownCalls(document: vscode.TextDocument, name: string): Promise<number> {
  const { state } = await functionOf(document, name);
  assert.ok(state.kind === 'measured', `${name} is ${state.kind}`);
  return state.profile.calls;
}

async function titleOf(document: vscode.TextDocument, name: string): Promise<string> {
  const { range } = await functionOf(document, name);
  const lens = (await lensesOf(document)).find(({ line }) => line === range.start.line);
  assert.ok(lens, `${name} has no lens`);
  return lens.title;
}

/** The lens on this profile's line says its numbers; where several functions start there, the one that names it does. */
function assertShown(
  document: vscode.TextDocument,
  lenses: Awaited<ReturnType<typeof lensesOf>>,
  profile: Profile,
  all: readonly Profile[],
): void {
  const here = lenses.filter(({ line }) => line === profile.line - 1);
  const twins = all.filter(({ line }) => line === profile.line).length;
  assert.equal(here.length, twins, `lenses on line ${profile.line}: ${document.lineAt(profile.line - 1).text}`);
  const problems = here.map(({ title }) => problemOf(title, profile));
  assert.ok(
    problems.includes(undefined),
    `${profile.function} in line ${profile.line}: ${here.map(({ title }, at) => `"${title}": ${problems[at]}`).join('; ')}`,
  );
}

/** What a lens's text says otherwise than the profile; undefined: nothing. */
function problemOf(title: string, profile: Profile): string | undefined {
  const said = readLens(title);
  if (!said) return 'it has no numbers';
  const { calls, duration, errors, errorRate, measuredSince } = profile;
  const shownMinutes = calls / said.callsPerMinute;
  const minutes = Math.min(windowMinutes, (Date.now() - Date.parse(measuredSince)) / 60_000);
  if (shownMinutes > minutes * 1.06 || shownMinutes < (minutes - oldestMinutes) * 0.94) {
    return `its rate is over ${shownMinutes} minutes, of ${minutes}`;
  }
  if (said.p50 ? !isTime(said.p50, duration?.p50 ?? Number.NaN) : duration !== null) return `p50 is ${duration?.p50}`;
  if (said.p99 && !isTime(said.p99, duration?.p99 ?? Number.NaN)) return `p99 is ${duration?.p99}`;
  if (errors === 0 ? said.errorShare !== 0 : !isAbout(said.errorShare, errorRate ?? Number.NaN)) {
    return `${errors} errors`;
  }
  return undefined;
}
