import type { FileVersion, Profile } from '@runlens/protocol/api/profile';
import { describe, expect, it } from 'vitest';
import { Parsers } from '../documents/parsed-text.ts';
import { javascript } from '../languages/javascript.ts';
import { aFile, aProfile, aResponse, aVersion, someServices } from '../testing/profiles.ts';
import { chooseSelection, repositoryKey } from './choose-selection.ts';
import { mapDocument } from './map-document.ts';

const parsers = new Parsers();
const chosen = { service: 'shop', environment: 'production' };

async function read(text: string) {
  const result = await parsers.parse(javascript, text);
  if (result.kind === 'refused') throw new Error(result.message);
  return result.parsed;
}

interface Given {
  readonly editor: string;
  /** By blob; `same`: the editor's text. A blob that is not here cannot be had. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly profiles: readonly Profile[];
  readonly files?: readonly FileVersion[];
  readonly onlyVersion?: string;
}

async function mapped({ editor, texts = {}, profiles, files = [aFile()], onlyVersion }: Given): Promise<string[]> {
  const parsed = await read(editor);
  const deployed = new Map<string, 'same' | Awaited<ReturnType<typeof read>>>();
  for (const [blob, text] of Object.entries(texts)) deployed.set(blob, text === 'same' ? 'same' : await read(text));
  const known = mapDocument({
    editor: parsed,
    response: aResponse(profiles, files),
    chosen,
    onlyVersions: onlyVersion === undefined ? undefined : [onlyVersion],
    textOf: ({ blob }) => (blob === undefined ? null : (deployed.get(blob) ?? null)),
  });
  return known.map((each, index) => {
    const name = parsed.functions[index]?.name;
    if (each.kind === 'profile') return `${name} ${each.mapping} ${each.profile.calls}`;
    return each.kind === 'changed'
      ? `${name} changed since ${each.version} ${each.profile.calls}`
      : `${name} ${each.reason}`;
  });
}

const f = 'function f() { return 1; }\n';
const twin = 'function f() { return 2; }\n';
const at = (line: number, calls: number, blob?: string, version = 'v42') =>
  aVersion({ line, calls, version, ...(blob === undefined ? {} : { blob }) });

describe('whose number is shown', () => {
  it('twins are told apart by the line in the text that runs', async () => {
    const profiles = [
      aProfile({ function: 'f', versions: [at(1, 10, 'a')] }),
      aProfile({ function: 'f', versions: [at(2, 20, 'a')] }),
    ];
    expect(await mapped({ editor: f + twin, texts: { a: 'same' }, profiles })).toEqual(['f exact 10', 'f exact 20']);
    expect(await mapped({ editor: twin + f, texts: { a: f + twin }, profiles })).toEqual(['f moved 20', 'f moved 10']);
  });

  it('twins on one line share a number that cannot be split', async () => {
    const editor = 'const f = c ? () => 1 : () => 2;';
    const profiles = [aProfile({ function: 'f', versions: [at(1, 10, 'a')] })];
    expect(await mapped({ editor, texts: { a: 'same' }, profiles })).toEqual(['f ambiguous', 'f ambiguous']);
  });

  it('without the deployed text the name decides, and twins that came or went are ambiguous', async () => {
    const one = [aProfile({ function: 'f', versions: [at(7, 10)] })];
    expect(await mapped({ editor: f, profiles: one })).toEqual(['f byName 10']);
    expect(await mapped({ editor: f + twin, profiles: one })).toEqual(['f ambiguous', 'f ambiguous']);
    const two = [...one, aProfile({ function: 'f', versions: [at(3, 5)] })];
    expect(await mapped({ editor: f + twin, profiles: two })).toEqual(['f byName 5', 'f byName 10']);
  });

  it('never by a bare name', async () => {
    const profiles = [aProfile({ function: 'Cart.f', versions: [at(1, 10)] })];
    expect(await mapped({ editor: f, profiles })).toEqual(['f notDeployed']);
  });

  it('without the deployed text, a nameless function counts only where none came or went', async () => {
    const profiles = [aProfile({ function: 'map(#1)', versions: [at(1, 10)] })];
    expect(await mapped({ editor: 'l.map((x) => x);', profiles })).toEqual(['map(#1) byName 10']);
    expect(await mapped({ editor: 'l.map((y) => y);\nl.map((x) => x);', profiles })).toEqual([
      'map(#1) ambiguous',
      'map(#2) notDeployed',
    ]);
  });

  it('versions with the same body count together; one with another body does not', async () => {
    const profiles = [
      aProfile({ function: 'f', versions: [at(1, 10, 'a', 'v3'), at(2, 20, 'b', 'v2'), at(1, 40, 'c', 'v1')] }),
    ];
    const texts = { a: 'same', b: `\n${f}`, c: twin };
    expect(await mapped({ editor: f, texts, profiles, files: [] })).toEqual(['f exact 30']);
    expect(await mapped({ editor: f, texts, profiles, files: [], onlyVersion: 'v1' })).toEqual([
      'f changed since v1 40',
    ]);
  });

  it('of a file that is not measured as a whole each function says why', async () => {
    const files = [aFile({ blob: 'a', unmeasured: [{ function: '', line: 0, reason: 'it is too long' }] })];
    for (const texts of [{}, { a: 'same' }, { a: f }]) {
      expect(await mapped({ editor: f, texts, profiles: [], files })).toEqual(['f skippedBySensor']);
    }
  });

  it('a function that no running text has is not deployed; one whose sensor says why is skipped', async () => {
    const files = [aFile({ blob: 'a', unmeasured: [{ function: 'g', line: 2, reason: 'eval' }] })];
    const profiles = [aProfile({ function: 'f', versions: [at(1, 10, 'a')] })];
    const deployed = `${f}function g() { return eval(1); }\n`;
    expect(
      await mapped({ editor: `${deployed}function h() { return 5; }\n`, texts: { a: deployed }, profiles, files }),
    ).toEqual(['f moved 10', 'g skippedBySensor', 'h notDeployed']);
  });
});

describe('whose numbers a document shows', () => {
  const none = { own: undefined, services: [] };
  const of = (service: string, environment: string, calls: number) =>
    aProfile({ function: 'f', service, environment, versions: [at(1, calls)] });
  const response = aResponse([of('a', 'staging', 900), of('a', 'production', 5), of('b', 'production', 7)], []);

  it('production before others, then the most called', () => {
    expect(chooseSelection(response, { window: '15m' }, none)).toEqual({ service: 'b', environment: 'production' });
  });
  it('what was selected binds', () => {
    expect(chooseSelection(response, { window: '15m', service: 'a' }, none)?.environment).toBe('production');
    expect(chooseSelection(response, { window: '15m', environment: 'staging' }, none)?.service).toBe('a');
    expect(chooseSelection(response, { window: '15m', service: 'c' }, none)).toBeUndefined();
  });
  it('the service of the same repository comes first', () => {
    const [service] = someServices('a').services;
    if (!service) throw new Error('no service');
    const services = [{ ...service, repository: 'git@example.com:team/shop.git' }];
    expect(
      chooseSelection(response, { window: '15m' }, { own: 'https://example.com/team/shop', services })?.service,
    ).toBe('a');
    expect(repositoryKey('ssh://git@example.com:22/team/shop.git')).toBe('example.com/team/shop');
  });
});
