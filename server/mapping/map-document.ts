/** What is known of each function of a document: profiles put on the functions of the editor's text. Pure. */
import type { FileVersion, Profile, ProfilesResponse, VersionProfile } from '@runlens/protocol/api/profile';
import type { Mapping, NotMeasuredReason } from '@runlens/protocol/lsp';
import type { Chosen } from './choose-selection.ts';
import { matchFunctions } from './match-functions.ts';
import { matchNames } from './match-names.ts';
import type { FunctionMatches, MappableText } from './matching.ts';
import { profileOfVersions } from './merge-versions.ts';

export type Mapped =
  | { readonly kind: 'profile'; readonly mapping: Mapping; readonly profile: Profile }
  | { readonly kind: 'changed'; readonly version: string; readonly profile: Profile }
  | { readonly kind: 'none'; readonly reason: NotMeasuredReason; readonly message: string };

/** A text that runs somewhere, by what the sensors told of it. */
export interface DeployedVersion {
  readonly version: string;
  readonly blob: string | undefined;
  readonly revision: string | undefined;
}

export interface MappingInput {
  readonly editor: MappableText;
  readonly response: ProfilesResponse;
  readonly chosen: Chosen;
  /** These versions only; absent: all in the window. */
  readonly onlyVersions: readonly string[] | undefined;
  /** `same`: the editor's text; a text: the deployed one; null: it cannot be had. */
  readonly textOf: (version: DeployedVersion) => 'same' | MappableText | null;
  /** Turns a reported name into one by our rules; undefined: of another file. */
  readonly localName?: (reported: string) => string | undefined;
}

interface Unit {
  readonly profile: Profile;
  readonly of: VersionProfile;
  readonly name: string;
}

interface VersionUnits extends DeployedVersion {
  readonly units: Unit[];
  readonly unmeasured: FileVersion['unmeasured'];
}

interface Relation {
  readonly unit: Unit;
  readonly kind: Mapping | 'changed';
}

/** The versions whose texts {@link mapDocument} will ask for, newest first. */
export function versionsOf(
  response: ProfilesResponse,
  chosen: Chosen,
  onlyVersions: readonly string[] | undefined,
): readonly DeployedVersion[] {
  return [...unitsByVersion({ response, chosen, onlyVersions }).values()];
}

/** For each function of the editor's text, by index, what is known of it. */
export function mapDocument(input: MappingInput): readonly Mapped[] {
  const { editor } = input;
  const relations: Relation[][] = editor.functions.map(() => []);
  const skipped = new Map<number, string>();
  const ambiguous = new Set<number>();
  const seenInText = new Set<number>();
  for (const version of unitsByVersion(input).values()) {
    const text = input.textOf(version);
    if (text === null) relateByName(version, editor, relations, skipped, ambiguous);
    else relateByText(version, text, editor, relations, skipped, ambiguous, seenInText);
    // What is told of no function is of the whole file.
    const whole = version.units.length === 0 && version.unmeasured.find(({ function: name }) => name === '');
    if (whole) for (const index of editor.functions.keys()) skipped.set(index, whole.reason);
  }
  return editor.functions.map((_, index) => {
    const related = relations[index] ?? [];
    if (related.length > 0) return decide(related);
    const reason = skipped.get(index);
    if (reason !== undefined) return none('skippedBySensor', reason);
    if (ambiguous.has(index)) {
      return none(
        'ambiguous',
        'Several functions have this name, and which one runs cannot be told: the deployed text is not at hand, or two have the same content.',
      );
    }
    if (seenInText.has(index)) {
      return none('skippedBySensor', 'The service has this function, and its sensor has told nothing of it.');
    }
    return none(
      'notDeployed',
      'This function is not in the text that the service runs: it is new, or was renamed or rewritten.',
    );
  });
}

const none = (reason: NotMeasuredReason, message: string): Mapped => ({ kind: 'none', reason, message });

type UnitsInput = Pick<MappingInput, 'response' | 'chosen' | 'onlyVersions' | 'localName'>;
type UnitsByVersion = ReadonlyMap<string, VersionUnits>;

/** By response and what was chosen: the same are asked for with each key stroke. Names of other SDKs depend on the text. */
const known = new WeakMap<ProfilesResponse, Map<string, UnitsByVersion>>();

function unitsByVersion(input: UnitsInput): UnitsByVersion {
  if (input.localName) return groupUnits(input);
  const { chosen, onlyVersions } = input;
  const key = JSON.stringify([chosen.service, chosen.environment, onlyVersions]);
  const ofResponse = known.get(input.response) ?? new Map<string, UnitsByVersion>();
  known.set(input.response, ofResponse);
  const units = ofResponse.get(key) ?? groupUnits(input);
  ofResponse.set(key, units);
  return units;
}

function groupUnits(input: UnitsInput): UnitsByVersion {
  const { response, chosen, onlyVersions } = input;
  const wanted = (of: { readonly service: string; readonly environment: string }): boolean =>
    of.service === chosen.service && of.environment === chosen.environment;
  const versions = new Map<string, VersionUnits>();
  const files = new Map<string, FileVersion>();
  const at = (version: string, blob: string | undefined, revision: string | undefined): VersionUnits => {
    const key = `${version}\0${blob ?? ''}`;
    const known = versions.get(key);
    if (known) return known;
    const file = files.get(key);
    const made = { version, blob, revision, units: [], unmeasured: file?.unmeasured ?? [] };
    versions.set(key, made);
    return made;
  };
  const newestFile = new Map<string, FileVersion>();
  for (const file of response.files.filter(wanted).sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1))) {
    if (onlyVersions !== undefined && !onlyVersions.includes(file.version)) continue;
    files.set(`${file.version}\0${file.blob ?? ''}`, file);
    if (!newestFile.has(file.version)) newestFile.set(file.version, file);
    at(file.version, file.blob, file.revision);
  }
  for (const profile of response.profiles) {
    if (!wanted(profile)) continue;
    const name = input.localName ? input.localName(profile.function) : profile.function;
    if (name === undefined) continue;
    for (const of of profile.versions) {
      if (onlyVersions !== undefined && !onlyVersions.includes(of.version)) continue;
      const file = newestFile.get(of.version);
      at(of.version, of.blob ?? file?.blob, of.revision ?? file?.revision).units.push({ profile, of, name });
    }
  }
  return versions;
}

function relateByName(
  version: VersionUnits,
  editor: MappableText,
  relations: Relation[][],
  skipped: Map<number, string>,
  ambiguous: Set<number>,
): void {
  const measured = version.units.map((unit) => ({ name: unit.name, line: unit.of.line }));
  const unmeasured = version.unmeasured.map(({ function: name, line }) => ({ name, line }));
  const matches = matchNames([...measured, ...unmeasured], editor.functions);
  for (const index of matches.ambiguous) ambiguous.add(index);
  for (const [at, index] of matches.pairs) {
    if (editor.functions[index]?.uncertain) continue;
    const unit = version.units[at];
    if (unit) relations[index]?.push({ unit, kind: 'byName' });
    else skipped.set(index, version.unmeasured[at - measured.length]?.reason ?? '');
  }
}

function relateByText(
  version: VersionUnits,
  text: 'same' | MappableText,
  editor: MappableText,
  relations: Relation[][],
  skipped: Map<number, string>,
  ambiguous: Set<number>,
  seenInText: Set<number>,
): void {
  const deployed = text === 'same' ? editor : text;
  const matches: FunctionMatches | null = text === 'same' ? null : matchFunctions(text, editor);
  const place = (at: number): { readonly editor: number; readonly kind: Mapping | 'changed' } | undefined => {
    if (!matches) return { editor: at, kind: 'exact' };
    const pair = matches.pairs.get(at);
    return pair && { editor: pair.editor, kind: pair.unchanged ? 'moved' : 'changed' };
  };
  if (matches) {
    for (const index of matches.ambiguous) ambiguous.add(index);
    for (const { editor: index } of matches.pairs.values()) seenInText.add(index);
  } else
    editor.functions.forEach((_, index) => {
      seenInText.add(index);
    });

  const find = finder(deployed);
  for (const unit of version.units) {
    const at = find(unit.name, unit.of.line);
    if (at === 'several') {
      // Twins on one line share their numbers: whose they are cannot be told.
      deployed.functions.forEach(({ name, line }, index) => {
        const placed = name === unit.name && line === unit.of.line ? place(index) : undefined;
        if (placed) ambiguous.add(placed.editor);
      });
      continue;
    }
    const placed = at === undefined ? undefined : place(at);
    if (placed) relations[placed.editor]?.push({ unit, kind: placed.kind });
  }
  for (const { function: name, line, reason } of version.unmeasured) {
    if (name === '') continue;
    const at = find(name, line);
    const placed = typeof at === 'number' ? place(at) : undefined;
    if (placed) skipped.set(placed.editor, reason);
  }
}

/** Finds a reported function in the text that it was reported of: by name and line, or by a name that is unique. */
function finder(text: MappableText): (name: string, line: number) => number | 'several' | undefined {
  const byName = new Map<string, number[]>();
  text.functions.forEach(({ name }, index) => {
    const members = byName.get(name);
    if (members) members.push(index);
    else byName.set(name, [index]);
  });
  return (name, line) => {
    const members = byName.get(name) ?? [];
    if (members.length === 1) return members[0];
    const onLine = members.filter((index) => text.functions[index]?.line === line);
    return onLine.length > 1 ? 'several' : onLine[0];
  };
}

/** Versions whose text is the editor's count together; else the newest that differs is told as changed. */
function decide(related: readonly Relation[]): Mapped {
  const [only] = related;
  // One version runs nearly always: then there is nothing to weigh.
  if (only && related.length === 1) return mappedTo(only, [only]);
  const newest = (relations: readonly Relation[]): Relation | undefined =>
    relations.toSorted(
      (a, b) => compare(newness(b), newness(a)) || Number(b.kind === 'exact') - Number(a.kind === 'exact'),
    )[0];
  const same = related.filter(({ kind }) => kind === 'exact' || kind === 'moved');
  const lead = newest(same) ?? newest(related.filter(({ kind }) => kind === 'changed')) ?? newest(related);
  if (!lead) throw new Error('decide() needs a relation');
  const together = (same.length > 0 ? same : related.filter(({ kind }) => kind === 'byName')).filter(
    ({ unit }) => unit.profile === lead.unit.profile,
  );
  return mappedTo(lead, together);
}

/** The numbers of these relations, all of one profile, told as the lead's. */
function mappedTo(lead: Relation, together: readonly Relation[]): Mapped {
  if (lead.kind === 'changed') {
    return {
      kind: 'changed',
      version: lead.unit.of.version,
      profile: profileOfVersions(lead.unit.profile, [lead.unit.of]),
    };
  }
  const kept = new Set(together.map(({ unit }) => unit.of));
  return {
    kind: 'profile',
    mapping: lead.kind,
    profile: profileOfVersions(
      lead.unit.profile,
      lead.unit.profile.versions.filter((version) => kept.has(version)),
    ),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const newness = ({ unit }: Relation): string => unit.of.lastSeen ?? unit.of.measuredSince;
