/**
 * How well deployed functions are found again in a text that moved on: releases of public packages of which the old one is
 * taken for deployed and the new one for the text in the editor. The sensor's reading of the old text names what is
 * deployed, the language server puts it on the functions of the new one; what is the same is told by a reading of
 * neither (`bench/drift/truth.ts`).
 *
 * Files of the old release that are not in the new one are looked for by git, as in a repository of both.
 *
 * - moved: files that git found under another path;
 * - same: functions that are in both releases, and that the sensor measures;
 * - mapped, missed: of those, where the lens tells of the right one, or nothing;
 * - changed: functions that were mapped beyond those, and told as changed since the deployed version;
 * - wrong: a function that shows the numbers of another than the same one, or of one that is unlike it.
 *
 *     npm run bench -- drift [--only express,lodash] [--show] [--json FILE]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { planTransform } from '@runlens/sensor/transform/plan';
import { type ParsedText, Parsers } from '@runlens/server/documents/parsed-text';
import { Git } from '@runlens/server/git/git';
import { MovedFiles } from '@runlens/server/git/moved-files';
import { languageById } from '@runlens/server/languages/registry';
import { mapDocument } from '@runlens/server/mapping/map-document';
import { aFile, aProfile, aResponse, aVersion } from '@runlens/server/testing/profiles';
import { allReleases, type Releases, type Sources, sourcesOf } from './drift/releases.ts';
import {
  isUnlike,
  leastLikeness,
  likeness,
  sameFunctions,
  type WrittenFunction,
  writtenFunctions,
} from './drift/truth.ts';
import { isWanted, readOptions } from './frame/options.ts';
import { Report } from './frame/report.ts';
import { table } from './frame/table.ts';

const aims = { mapped: 0.99, wrong: 0.001 };
const examplesShown = 12;
const strangersOneOf = 5;

const show = process.argv.includes('--show');
const options = readOptions(process.argv.slice(2).filter((arg) => arg !== '--show'));
const report = new Report('drift', options);
const parsers = new Parsers();

/** How alike functions are that have nothing to do with each other: by this is known what the measure of wrong ones is worth. */
const strangers: number[] = [];

interface Counts {
  files: number;
  moved: number;
  functions: number;
  same: number;
  mapped: number;
  changed: number;
  undecided: number;
  readonly missed: string[];
  readonly wrong: string[];
}

const nothing = (): Counts => ({
  files: 0,
  moved: 0,
  functions: 0,
  same: 0,
  mapped: 0,
  changed: 0,
  undecided: 0,
  missed: [],
  wrong: [],
});

/** By index among the functions of the old text: where the new text shows its numbers. */
async function mappedFunctions(
  file: string,
  before: string,
  after: string,
  old: readonly WrittenFunction[],
  now: readonly WrittenFunction[],
) {
  const [deployed, editor] = [await read(file, before), await read(file, after)];
  const isTypeScript = /\.tsx?$/.test(file);
  const isModule = isTypeScript || /^(?:import|export)\b/m.test(before);
  const plan = planTransform(before, isModule ? 'module' : 'commonjs', isTypeScript ? 'typescript' : 'javascript');
  const places = byEnd(
    old,
    plan.functions.map(({ start, end }) => ({ start, end })),
  );
  const measured = new Set<number>();
  const profiles = plan.functions.map(({ name, line }, at) => {
    const index = places.get(at);
    if (index !== undefined) measured.add(index);
    return aProfile({ function: name, file, versions: [aVersion({ line, calls: at + 1 })] });
  });
  const mapped = mapDocument({
    editor,
    response: aResponse(profiles, [aFile()]),
    chosen: { service: 'shop', environment: 'production' },
    onlyVersions: undefined,
    textOf: () => deployed,
  });
  const editorPlaces = byEnd(
    now,
    editor.functions.map(({ startIndex, endIndex }) => ({ start: startIndex, end: endIndex })),
  );
  const pairs = new Map<number, { readonly now: number; readonly changed: boolean }>();
  for (const [at, each] of mapped.entries()) {
    if (each.kind === 'none') continue;
    const from = places.get(profiles.findIndex(({ calls }) => calls === each.profile.calls));
    const to = editorPlaces.get(at);
    if (from !== undefined && to !== undefined) pairs.set(from, { now: to, changed: each.kind === 'changed' });
  }
  deployed.dispose();
  editor.dispose();
  return { pairs, measured };
}

async function read(file: string, text: string): Promise<ParsedText> {
  const definition = languageById(
    file.endsWith('.tsx') ? 'typescriptreact' : file.endsWith('.ts') ? 'typescript' : 'javascript',
  );
  if (!definition) throw new Error(`no language for ${file}`);
  const result = await parsers.parse(definition, text);
  if (result.kind === 'refused') throw new Error(`${file}: ${result.message}`);
  return result.parsed;
}

/** Index of the written function by index of the same one as another parser has it: by where it ends, outer ones first. */
function byEnd(
  written: readonly WrittenFunction[],
  others: readonly { readonly start: number; readonly end: number }[],
): ReadonlyMap<number, number> {
  const group = (all: readonly { readonly start: number; readonly end: number }[]): Map<number, number[]> => {
    const groups = new Map<number, number[]>();
    for (const [index, { end }] of all.entries()) groups.set(end, [...(groups.get(end) ?? []), index]);
    for (const members of groups.values()) members.sort((a, b) => (all[a]?.start ?? 0) - (all[b]?.start ?? 0));
    return groups;
  };
  const places = new Map<number, number>();
  const byWritten = group(written);
  for (const [end, members] of group(others)) {
    const same = byWritten.get(end) ?? [];
    if (same.length !== members.length) continue;
    for (const [nth, index] of members.entries()) places.set(index, same[nth] ?? -1);
  }
  return places;
}

async function compareFile(file: string, before: string, after: string, counts: Counts): Promise<void> {
  const [old, now] = [writtenFunctions(file, before), writtenFunctions(file, after)];
  const { same, undecided } = sameFunctions(old, now);
  const { pairs, measured } = await mappedFunctions(file, before, after, old, now);
  const origin = new Map([...same].map(([from, to]) => [to, from]));
  const told = (from: number, to?: number): string =>
    `${file}: ${old[from]?.path}:${old[from]?.line}${to === undefined ? '' : ` -> ${now[to]?.path}:${now[to]?.line}`}`;
  for (const [index, one] of old.entries()) {
    const other = now[(index * 7 + 3) % now.length];
    const isStranger = other && other.path !== one.path && other.body !== one.body;
    if (isStranger && index % strangersOneOf === 0) strangers.push(likeness(one, other));
  }
  counts.files += 1;
  counts.functions += measured.size;
  counts.undecided += undecided;
  for (const [from] of same) {
    if (!measured.has(from)) continue;
    counts.same += 1;
    if (pairs.has(from)) counts.mapped += 1;
    else counts.missed.push(told(from, same.get(from)));
  }
  for (const [from, { now: to, changed }] of pairs) {
    const [one, other] = [old[from], now[to]];
    if (!one || !other) continue;
    if (!same.has(from)) counts.changed += changed ? 1 : 0;
    const right = same.get(from);
    const rightOrigin = origin.get(to);
    if (right === to) continue;
    if (right !== undefined && one.body !== other.body)
      counts.wrong.push(`${told(from, to)} (is at ${now[right]?.line})`);
    else if (rightOrigin !== undefined && one.body !== other.body)
      counts.wrong.push(`${told(from, to)} (was at ${old[rightOrigin]?.line})`);
    else if (isUnlike(one, other)) {
      counts.wrong.push(`${told(from, to)} (likeness ${likeness(one, other).toFixed(2)})`);
    }
  }
}

async function compare({ name, old, new: now, folder }: Releases): Promise<Counts> {
  const [before, after] = [await sourcesOf(name, old, folder), await sourcesOf(name, now, folder)];
  const counts = nothing();
  const moved = await movedFiles(before, after);
  for (const [file, text] of before) {
    const other = after.get(moved.get(file) ?? file);
    if (other === undefined) continue;
    if (moved.has(file)) counts.moved += 1;
    await compareFile(file, text, other, counts);
  }
  return counts;
}

/** What git tells the language server of files that are gone: their paths in the new release. */
async function movedFiles(before: Sources, after: Sources): Promise<ReadonlyMap<string, string>> {
  const gone = [...before.keys()].filter((file) => !after.has(file));
  if (gone.length === 0) return new Map();
  const root = mkdtempSync(join(tmpdir(), 'runlens-bench-drift-'));
  const run = (...words: string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=bench', '-c', 'user.email=bench@localhost', ...words], {
      encoding: 'utf8',
      timeout: 60_000,
    }).trim();
  const commit = (sources: Sources): string => {
    for (const [file, text] of sources) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    run('add', '-A');
    run('commit', '-q', '-m', 'a release');
    return run('rev-parse', 'HEAD');
  };
  const git = new Git({ trusted: () => true, environment: process.env });
  try {
    run('init', '-q');
    const deployed = commit(before);
    for (const file of before.keys()) rmSync(join(root, file));
    commit(after);
    const moved = new MovedFiles(git, () => [deployed]);
    const found = new Map<string, string>();
    for (const file of gone) {
      const present = await moved.present(root, file);
      if (present !== undefined) found.set(file, present);
    }
    return found;
  } finally {
    git.dispose();
    rmSync(root, { recursive: true, force: true });
  }
}

const total = nothing();
const rows: string[][] = [];
const percent = (part: number, of: number): string => (of === 0 ? '' : `${((100 * part) / of).toFixed(2)} %`);
const rowOf = (
  name: string,
  { files, moved, functions, same, mapped, missed, changed, undecided, wrong }: Counts,
): string[] => [
  name,
  ...[files, moved, functions, same, mapped].map(String),
  percent(mapped, same),
  ...[missed.length, changed, undecided, wrong.length].map(String),
  percent(wrong.length, mapped + changed),
];
for (const releases of allReleases.filter(({ name }) => isWanted(options, name))) {
  const counts = await compare(releases);
  const title = `${releases.name} ${releases.old} → ${releases.new}`;
  rows.push(rowOf(title, counts));
  report.keep(title, counts);
  if (show) {
    for (const kind of ['missed', 'wrong'] as const) {
      for (const example of counts[kind].slice(0, examplesShown)) report.say(`${title} ${kind}: ${example}`);
    }
  }
  for (const key of ['files', 'moved', 'functions', 'same', 'mapped', 'changed', 'undecided'] as const)
    total[key] += counts[key];
  total.missed.push(...counts.missed);
  total.wrong.push(...counts.wrong);
}
rows.push(rowOf('all', total));
report.say(
  table(
    ['package', 'files', 'moved', 'functions', 'same', 'mapped', '', 'missed', 'changed', 'undecided', 'wrong', ''],
    rows,
  ),
);
const met = (is: boolean): string => (is ? 'met' : 'missed');
const [mappedShare, wrongShare] = [total.mapped / total.same, total.wrong.length / (total.mapped + total.changed)];
report.say(
  `\nof the same, mapped ${percent(total.mapped, total.same)} (aim ≥ 99 %: ${met(mappedShare >= aims.mapped)}), wrong ${percent(total.wrong.length, total.mapped + total.changed)} (aim ≤ 0.1 %: ${met(wrongShare <= aims.wrong)})`,
);
const asLike = (least: number): string => percent(strangers.filter((each) => each >= least).length, strangers.length);
report.say(
  `Of ${strangers.length} pairs of different functions of the same files, ${asLike(leastLikeness.named)} are as alike as is asked of the same name, ${asLike(leastLikeness.other)} as is asked of another.`,
);
parsers.dispose();
