/** What one message of a sender says of one event, whoever the sender is. */
import { createHash } from 'node:crypto';
import type { EventKind, EventSeverity, EventSource, EventState } from '@runlens/protocol/api/events';
import { cleanText } from '../ingest/clean-text.ts';

export interface NamedFunction {
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

/** Instants in milliseconds since 1970. */
export interface EventMessage {
  /** The same in all messages of one event, and no other event of the source has it. */
  readonly key: string;
  readonly kind: EventKind;
  readonly state: EventState;
  /** When it became so, by the sender's clock: the newest decides, in whatever order they come. */
  readonly at: number;
  readonly startedAt: number;
  readonly severity: EventSeverity;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly url?: string | undefined;
  /** Where the sender says it outright; else labels do. */
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly version?: string | undefined;
  readonly revision?: string | undefined;
  readonly entries?: readonly string[] | undefined;
  readonly functions?: readonly NamedFunction[] | undefined;
  readonly files?: readonly string[] | undefined;
}

/** With what it was read from. */
export interface ReadMessage {
  readonly message: EventMessage;
  /** The part of the payload that is about it. */
  readonly evidence: unknown;
  /** It says that all is well, and is about nothing where nothing was wrong. */
  readonly onlyEnds?: boolean;
}

export const keyDigest = (key: string): string => createHash('sha256').update(key).digest('hex');

const idDigits = 12;

export const eventId = (source: EventSource, key: string): string =>
  `e-${createHash('sha256')
    .update(JSON.stringify([source, key]))
    .digest('hex')
    .slice(0, idDigits)}`;

const bounds = { title: 300, detail: 1_000, name: 200, label: 300, labels: 40, url: 1_000, listed: 20 };

export function cut(text: string, most: number): string {
  const clean = cleanText(text.slice(0, most * 2));
  return clean.length <= most ? clean : `${clean.slice(0, most - 1)}…`;
}

/** A message whose texts are harmless and have their bounds; `hide` takes out what is secret in a text of a name. */
export function bounded(message: EventMessage, hide: (text: string, name?: string) => string): EventMessage {
  const text = (given: string | undefined, most: number): string | undefined =>
    given === undefined || given.trim() === '' ? undefined : cut(hide(given.slice(0, most * 2)), most);
  const named = (given: string | undefined): string | undefined => text(given, bounds.name);
  const list = (given: readonly string[] | undefined): readonly string[] | undefined =>
    given?.slice(0, bounds.listed).map((each) => cut(hide(each.slice(0, bounds.label * 2)), bounds.label));
  return {
    // Only ever compared, and it may be anything.
    key: keyDigest(message.key),
    kind: message.kind,
    state: message.state,
    at: message.at,
    startedAt: message.startedAt,
    severity: message.severity,
    title: text(message.title, bounds.title) ?? 'without a title',
    detail: text(message.detail, bounds.detail),
    labels: Object.fromEntries(
      Object.entries(message.labels)
        .slice(0, bounds.labels)
        .map(([name, value]) => [
          cut(name, bounds.name),
          cut(hide(value.slice(0, bounds.label * 2), name), bounds.label),
        ]),
    ),
    url: safeUrl(message.url, hide),
    service: named(message.service),
    environment: named(message.environment),
    version: isVersion(message.version) ? message.version : named(message.version),
    revision: isVersion(message.revision) ? message.revision : named(message.revision),
    entries: list(message.entries),
    functions: message.functions?.slice(0, bounds.listed).map((each) => ({
      file: cut(each.file, bounds.label),
      function: cut(each.function, bounds.name),
      line: each.line,
    })),
    files: list(message.files),
  };
}

/** Revisions look as if they were drawn at random, which is taken for a secret elsewhere. */
const isVersion = (given: string | undefined): boolean =>
  given !== undefined && /^(?:[0-9a-f]{7,40}|v?\d{1,9}(?:\.\d{1,9}){0,4}(?:-[a-z]{1,10}\.?\d{0,9})?)$/.test(given);

/** Only what a browser opens as a page. */
function safeUrl(given: string | undefined, hide: (text: string) => string): string | undefined {
  if (given === undefined || given.length > bounds.url || !URL.canParse(given)) return undefined;
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  url.username = '';
  url.password = '';
  return hide(url.href) === url.href ? url.href : undefined;
}
