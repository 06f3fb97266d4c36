/** Where a line of the editor's text stands in the text that a service runs, and where a probe stands in the editor's. */
import { readFile, stat } from 'node:fs/promises';
import type { ProbePlace, ProbeRequest } from '@runlens/protocol';
import type { ServerConfiguration } from '@runlens/protocol/lsp';
import type { DocumentProbe, KnownProbe, PlaceAnswer, ScopeName } from '@runlens/protocol/lsp-probes';
import { specialNames } from '@runlens/protocol/probes/expression/tree';
import { URI } from 'vscode-uri';
import { blobId } from '../documents/blob.ts';
import type { DocumentViews, RunningFile } from '../documents/document-views.ts';
import type { ParsedText, Parsers } from '../documents/parsed-text.ts';
import { type RepositoryPaths, workspacePath } from '../documents/repository-path.ts';
import { findFile, workspaceRoots } from '../documents/workspace-file.ts';
import { languageByPath } from '../languages/registry.ts';
import type { DeployedTexts } from '../mapping/deployed-texts.ts';
import {
  type BothTexts,
  functionMeant,
  functionOfLine,
  type LinedText,
  type LineRefusal,
  linesOf,
  type MappedLine,
  mapFunction,
  mapLine,
} from './line-mapping.ts';

export interface PlaceSources {
  readonly views: DocumentViews;
  readonly deployed: DeployedTexts;
  readonly parsers: Parsers;
  readonly paths: RepositoryPaths;
  readonly configuration: () => ServerConfiguration;
  readonly workspaceFolders: () => readonly string[];
}

const waitMilliseconds = 2_000;
/** Blank lines after which none is sought any more. */
const mostBlankLines = 50;
const longestFile = 1_000_000;

interface Wanted {
  readonly uri: string;
  readonly line: number;
  readonly at: ProbePlace['at'];
  readonly untilLine?: number | undefined;
}

export class ProbePlaces {
  readonly #sources: PlaceSources;

  constructor(sources: PlaceSources) {
    this.#sources = sources;
  }

  async placeAt({ uri, line, at, untilLine }: Wanted): Promise<PlaceAnswer> {
    const running = await this.#sources.views.running(uri, waitMilliseconds);
    if (!running) {
      return refused('Runlens does not read this document: probes are placed in files of a folder that is open.');
    }
    if (!running.definition.namesInScope) {
      return refused('Probes are for Node.js services: this file is in another language.');
    }
    const version = running.versions[0];
    const text = version ? version.text : 'same';
    if (text === null) {
      return refused(
        `The text that ${version?.version ?? 'the service'} runs is not at hand, so a line of yours cannot be found in it. ${
          this.#sources.configuration().trusted === false
            ? 'In Restricted Mode git is not asked for it: trust the workspace.'
            : 'Fetch its commit with git, or open the file as it was deployed.'
        }`,
      );
    }
    const editor = lined(running.editor, running.text);
    const texts: BothTexts = { editor, deployed: text === 'same' ? editor : lined(text, text.text) };
    const from = skipBlank(editor.lines, line);
    const mapped = place(texts, from, at);
    if (mapped.kind === 'none') return refused(reasons[mapped.reason]);
    const until =
      untilLine === undefined
        ? undefined
        : text === 'same'
          ? { kind: 'line' as const, row: untilLine }
          : mapLine(texts, untilLine, 'deployed');
    if (until?.kind === 'none') return refused(`Its last line: ${reasons[until.reason]}`);
    const around = (at === 'line' ? functionOfLine : functionMeant)(texts.deployed, mapped.row);
    const owner = around === undefined ? undefined : texts.deployed.functions[around]?.name;
    if (at !== 'line' && owner === undefined) {
      return refused('No function is around this line: place the probe at the line itself.');
    }
    const names = text === 'same' ? running.editor.namesAt(mapped.row) : text.namesAt(mapped.row);
    const { service, environment } = this.#target(running);
    if (service === undefined) {
      return refused(
        'No service has told that it runs this file, and there are several: choose one by "Runlens: Select Service".',
      );
    }
    return {
      kind: 'ready',
      place: {
        file: running.file,
        line: mapped.row + 1,
        at,
        ...(until ? { untilLine: until.row + 1 } : {}),
        ...(owner === undefined ? {} : { function: owner }),
        ...blobOf(text, version?.blob ?? (version ? undefined : running.blob)),
      },
      target: { service, ...(environment === undefined ? {} : { environment }) },
      targets: targetsOf(running),
      names: withSpecial(names, at),
      note: noteOf(running, from !== line ? { from: line, to: from } : undefined, mapped.row, from),
    };
  }

  /** The probes of a file that an editor has open. */
  async ofDocument(
    uri: string,
    probes: readonly KnownProbe[],
  ): Promise<{ readonly version: number; readonly probes: readonly DocumentProbe[] } | null> {
    const running = probes.length === 0 ? undefined : await this.#sources.views.running(uri, waitMilliseconds);
    if (!running) return null;
    const own = probes.filter(({ status }) => status.probe.request.place.file === running.file);
    const texts = new Map<string, ParsedText | null>();
    for (const { status } of own) {
      const { blob } = status.probe.request.place;
      if (blob !== undefined && blob !== running.blob && !texts.has(blob)) texts.set(blob, await this.#text(uri, blob));
    }
    // What was loaded meanwhile may have outlived an edit.
    const now = own.length === 0 ? running : await this.#sources.views.running(uri, waitMilliseconds);
    if (!now) return null;
    const editor = lined(now.editor, now.text);
    const found = own.map(({ status }): DocumentProbe => {
      const { id, request } = status.probe;
      const row = armedLine(status) - 1;
      const { blob } = request.place;
      // Without a blob it is a line of whatever text runs: of the command line, or of an agent.
      const deployed = blob === now.blob ? 'same' : blob === undefined ? textThatRuns(now, request) : texts.get(blob);
      const last = editor.lines.length - 1;
      if (deployed === 'same') return { id, line: Math.min(row, last), match: row <= last ? 'line' : 'gone' };
      if (!deployed) return { id, line: Math.min(row, last), match: 'unknown' };
      const mapped = mapLine({ editor, deployed: lined(deployed, deployed.text) }, row, 'editor');
      if (mapped.kind === 'line') return { id, line: mapped.row, match: 'line' };
      return { id, line: Math.min(mapped.row ?? row, last), match: 'gone' };
    });
    return { version: now.version, probes: found };
  }

  /** Where a line of a service's source is in the workspace; null: no folder has the file. */
  async locate(file: string, line: number, blob: string | undefined): Promise<{ uri: string; line: number } | null> {
    const roots = await workspaceRoots(this.#sources.paths, this.#sources.workspaceFolders());
    const path = await findFile(roots, workspacePath(file, this.#sources.configuration().pathMappings));
    if (path === undefined) return null;
    const uri = URI.file(path).toString();
    const row = line - 1;
    const deployed = blob === undefined ? null : await this.#text(uri, blob);
    const definition = languageByPath(path);
    if (!deployed || !definition) return { uri, line: row };
    const running = await this.#sources.views.running(uri, 0);
    if (running) return { uri, line: rowIn(lined(running.editor, running.text), deployed, row) };
    try {
      if ((await stat(path)).size > longestFile) return { uri, line: row };
      const text = await readFile(path, 'utf8');
      if (blobId(text) === blob) return { uri, line: row };
      const result = await this.#sources.parsers.parse(definition, text);
      if (result.kind === 'refused') return { uri, line: row };
      const found = rowIn(lined(result.parsed, text), deployed, row);
      result.parsed.dispose();
      return { uri, line: found };
    } catch {
      return { uri, line: row };
    }
  }

  #target({ chosen }: RunningFile): { readonly service?: string; readonly environment?: string | undefined } {
    const { service, environment } = this.#sources.configuration().selection;
    if (chosen) return chosen;
    const known = this.#sources.views.services.map(({ name }) => name);
    const only = known.length === 1 ? known[0] : undefined;
    const wanted = service ?? only;
    return wanted === undefined ? {} : { service: wanted, environment };
  }

  async #text(uri: string, blob: string): Promise<ParsedText | null> {
    const file = URI.parse(uri).fsPath;
    const found = await this.#sources.paths.of(file, this.#sources.workspaceFolders());
    const definition = languageByPath(file);
    if (!found || !definition) return null;
    const wanted = { version: '', blob, revision: undefined };
    return this.#sources.deployed.load(wanted, { root: found.root, path: found.path, definition });
  }
}

/** Of the version that is meant, else of the newest; null: it is not at hand. */
function textThatRuns({ versions }: RunningFile, { target }: ProbeRequest): 'same' | ParsedText | null {
  const meant = versions.find(({ version }) => version === target.version);
  return (meant ?? (target.version === undefined ? versions[0] : undefined))?.text ?? null;
}

const refused = (reason: string): PlaceAnswer => ({ kind: 'refused', reason });

const reasons: Readonly<Record<LineRefusal, string>> = {
  newFunction:
    'This function is not in the text that runs: it is new, or was renamed or rewritten since the deploy. Deploy it, or place the probe where it was.',
  twinFunctions:
    'Several functions of the text that runs may be this one: which of them cannot be told, so no probe is placed.',
  changedLine:
    'This line is not in the text that runs: it was changed since the deploy. Choose a line that is the same, or the entry or exit of the function.',
  twinLines:
    'This line stands in the text that runs another number of times than here: which one is meant cannot be told. Choose a line beside it.',
};

/** At entry and exit a function is meant by the line on which it begins: on others there may be callbacks as well. */
function place(texts: BothTexts, row: number, at: ProbePlace['at']): MappedLine {
  if (texts.editor !== texts.deployed) return at === 'line' ? mapLine(texts, row, 'deployed') : mapFunction(texts, row);
  const meant = at === 'line' ? undefined : functionMeant(texts.editor, row);
  const begins = meant === undefined ? undefined : texts.editor.functions[meant];
  return { kind: 'line', row: begins?.start.row ?? row };
}

const lined = (text: Pick<LinedText, 'functions' | 'textOf' | 'fingerprint'> & object, content: string): LinedText => {
  const known = linedTexts.get(text);
  if (known) return known;
  const made: LinedText = {
    functions: text.functions,
    textOf: (index) => text.textOf(index),
    fingerprint: (index) => text.fingerprint(index),
    lines: linesOf(content),
  };
  linedTexts.set(text, made);
  return made;
};
/** The same object for the same reading, so that functions are matched once. */
const linedTexts = new WeakMap<object, LinedText>();

function skipBlank(lines: readonly string[], line: number): number {
  let row = line;
  while (row < lines.length - 1 && row - line < mostBlankLines && lines[row]?.trim() === '') row += 1;
  return row;
}

const rowIn = (editor: LinedText, deployed: ParsedText, row: number): number => {
  const mapped = mapLine({ editor, deployed: lined(deployed, deployed.text) }, row, 'editor');
  return mapped.row ?? row;
};

function blobOf(text: 'same' | ParsedText, told: string | undefined): { readonly blob?: string } {
  if (told !== undefined && /^[0-9a-f]{40}$/.test(told)) return { blob: told };
  // Found by its revision: its id is that of the text.
  return text === 'same' ? {} : { blob: blobId(text.text) };
}

function targetsOf({ chosen, reported }: RunningFile): readonly { service: string; environment: string }[] {
  const all = new Map(
    [...(chosen ? [chosen] : []), ...reported].map((each) => [JSON.stringify([each.service, each.environment]), each]),
  );
  return [...all.values()].map(({ service, environment }) => ({ service, environment }));
}

function withSpecial(names: readonly ScopeName[], at: ProbePlace['at']): readonly ScopeName[] {
  return [
    ...names,
    ...specialNames
      .filter((name) => at === 'exit' || name === '$hits')
      .map((name) => ({ name, from: 'special' as const })),
  ];
}

function noteOf(
  { versions, chosen }: RunningFile,
  skipped: { readonly from: number; readonly to: number } | undefined,
  deployedRow: number,
  row: number,
): string | null {
  const [newest, ...others] = versions;
  const notes = [
    skipped ? `line ${skipped.from + 1} → ${skipped.to + 1}: the line is blank` : '',
    deployedRow === row ? '' : `line ${deployedRow + 1} of the text that runs`,
    chosen ? '' : 'no service has told that it runs this file: armed where exactly this text is loaded',
    others.some(({ blob }) => blob !== newest?.blob)
      ? `${others.length + 1} versions run, and only the text of ${newest?.version ?? ''} is meant`
      : '',
  ];
  const told = notes.filter((note) => note !== '').join('; ');
  return told === '' ? null : told;
}

/** Where it stands in an instance that says so, else where it was asked for; 1-based. */
function armedLine({ probe, instances }: KnownProbe['status']): number {
  const told = instances.find(({ state, line }) => state === 'armed' && line !== undefined)?.line;
  return probe.request.place.at === 'line' && told !== undefined ? told : probe.request.place.line;
}
