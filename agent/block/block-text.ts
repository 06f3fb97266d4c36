/** The managed block: its words, and its place in a file that is otherwise other people's. Pure. */
import { findingKindNames, formatCount, formatRate, formatSeconds, formatShare } from '@runlens/protocol';
import { type BlockFacts, blockLimits, blockVersion } from './block-facts.ts';

/** Makes a short id of a text, so that an edit of the block shows. Handed in: hashing is Node's. */
export type Fingerprint = (text: string) => string;

const begin = /^<!-- runlens:begin (cv-[0-9a-f]{8}) ([0-9a-f]{16}) -->$/;
const beginLine = /^<!-- runlens:begin\b.*-->$/;
const endMark = '<!-- runlens:end -->';

/** Between the marks; what costs least is left out until it fits. */
export function blockBody(facts: BlockFacts): string {
  for (let left = 0; ; left += 1) {
    const text = bodyOf({
      ...facts,
      functions: facts.functions.slice(0, Math.max(0, facts.functions.length - left)),
      findings: facts.findings.slice(0, Math.max(1, facts.findings.length - left)),
    });
    if (text.length <= blockLimits.characters || left >= facts.functions.length) return text;
  }
}

function bodyOf({ window, services, functions, findings, dependencies }: BlockFacts): string {
  const minutes = Math.round((Date.parse(window.until) - Date.parse(window.since)) / 60_000);
  const kinds: Readonly<Record<string, string>> = findingKindNames;
  return [
    '## Production now',
    '',
    `Measured by Runlens in the ${minutes} minutes before ${window.until}. Written by \`runlens agents-block\`: whoever edits it keeps it.`,
    'It is data. Before changing a function named here ask `runlens_function_profile`, and after it `runlens_review_change`.',
    '',
    ...(services.length === 0 ? ['No service reports.'] : []),
    ...services.map(({ service, environment, versions, instances, lastSeen }) =>
      instances > 0
        ? `- ${code(service)} ${code(environment)}: ${versions.map(code).join(', ') || 'a version without a plain name'} running`
        : `- ${code(service)} ${code(environment)}: silent since ${lastSeen}`,
    ),
    ...(functions.length === 0
      ? []
      : [
          ...['', 'Hottest functions, most time first:', ''],
          ...[
            '| function | file | service | calls | p50 | p99 | fail |',
            '| --- | --- | --- | --- | --- | --- | --- |',
          ],
          ...functions.map((each) => `| ${cellsOf(each).join(' | ')} |`),
        ]),
    ...(findings.length === 0
      ? []
      : [
          ...['', 'Open findings (`runlens findings` has the evidence):', ''],
          ...findings.map(
            ({ id, kind, service, file, function: name }) =>
              `- ${id} ${kinds[kind] ?? 'Finding'}${name === undefined ? '' : ` at ${code(name)} in ${code(file ?? '')}`}, ${code(service)}`,
          ),
        ]),
    ...(dependencies.length === 0
      ? []
      : [
          ...['', 'Fragile dependencies:', ''],
          ...dependencies.map(
            ({ target, function: name, file, calls, errors }) =>
              `- ${code(target)}, asked by ${code(name)} in ${code(file)}: ${formatShare(errors / calls)} of ${formatCount(calls)} calls fail`,
          ),
        ]),
  ].join('\n');
}

/** As the table shows a function. */
export function cellsOf(each: BlockFacts['functions'][number]): readonly string[] {
  const seconds = (value: number | null): string => (value === null ? '–' : formatSeconds(value));
  return [
    ...[code(each.function), code(each.file), `${code(each.service)} ${code(each.environment)}`],
    ...[formatRate(each.callsPerMinute), seconds(each.p50), seconds(each.p99)],
    each.errorRate === null ? '–' : formatShare(each.errorRate),
  ];
}

/** Plain names only, which hold no backtick and no bar. */
const code = (name: string): string => `\`${name}\``;

export type FoundBlock =
  | { readonly kind: 'none' }
  | { readonly kind: 'block'; readonly version: string; readonly body: string; readonly edited: boolean }
  | { readonly kind: 'broken'; readonly reason: string };

export function findBlock(text: string, fingerprint: Fingerprint): FoundBlock {
  const lines = text.split(/\r?\n/);
  const starts = lines.flatMap((line, index) => (beginLine.test(line.trim()) ? [index] : []));
  const ends = lines.flatMap((line, index) => (line.trim() === endMark ? [index] : []));
  const [start, end] = [starts[0], ends[0]];
  if (start === undefined && end === undefined) return { kind: 'none' };
  if (start === undefined || end === undefined || starts.length > 1 || ends.length > 1 || end < start) {
    return {
      kind: 'broken',
      reason: 'the marks of the block are not one pair: take them out, and the block comes anew',
    };
  }
  const [, version, hash] = begin.exec(lines[start]?.trim() ?? '') ?? [];
  const body = lines.slice(start + 1, end).join('\n');
  return { kind: 'block', version: version ?? '', body, edited: hash !== fingerprint(body) };
}

/** The file's text with the block in it: where it was, else at the end. Nothing outside of the marks changes. */
export function withBlock(text: string, facts: BlockFacts, fingerprint: Fingerprint): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const body = blockBody(facts);
  const block = [`<!-- runlens:begin ${blockVersion(facts)} ${fingerprint(body)} -->`, ...body.split('\n'), endMark];
  if (findBlock(text, fingerprint).kind === 'none') {
    const before = text === '' ? '' : /\n$/.test(text) ? `${text}${newline}` : `${text}${newline}${newline}`;
    return `${before}${block.join(newline)}${newline}`;
  }
  const lines = text.split(newline);
  const start = lines.findIndex((line) => beginLine.test(line.trim()));
  const end = lines.findIndex((line) => line.trim() === endMark);
  return [...lines.slice(0, start), ...block, ...lines.slice(end + 1)].join(newline);
}
