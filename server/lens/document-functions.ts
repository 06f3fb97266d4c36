/** The functions of a document with what is known of each, as the protocol tells it. Pure. */
import type { Profile, ServicesResponse } from '@runlens/protocol/api/profile';
import type {
  CollectorState,
  DocumentFunction,
  DocumentFunctions,
  FunctionState,
  LensCallbacks,
} from '@runlens/protocol/lsp';
import { limitedSensorLines, mayHaveMissed } from '@runlens/protocol/sensor-text';
import type { FoundFunction } from '../languages/definition.ts';
import type { Mapped } from '../mapping/map-document.ts';
import { failingElsewhere } from './failing-elsewhere.ts';
import { heatOf } from './heat.ts';
import { type LensText, lensLabel } from './label.ts';
import { quietCallbacks } from './quiet-callbacks.ts';

export interface DocumentKnowledge {
  readonly uri: string;
  readonly version: number;
  readonly functions: readonly FoundFunction[];
  /** By index of the functions; null: no profiles are known of this document. */
  readonly mapped: readonly Mapped[] | null;
  /** The same in the other environments of the service. */
  readonly elsewhere: readonly (readonly Mapped[])[];
  readonly collector: CollectorState;
  /** When the numbers were had, milliseconds since 1970; null: none are known. */
  readonly confirmedAt: number | null;
  /** The numbers are of an earlier start. */
  readonly restored: boolean;
  /** Why nothing is known of the whole document. */
  readonly absence: Extract<FunctionState, { readonly kind: 'notMeasured' }> | null;
  readonly notice: string | undefined;
  /** The services of the collector, by which it is known whose sensors do not measure. */
  readonly services?: ServicesResponse['services'];
  readonly showAbsent: boolean;
  readonly lensEnabled: boolean;
  readonly callbacks: LensCallbacks;
  /** By index: the same in the environment that is shown beside; absent: none is. */
  readonly beside?: readonly Mapped[] | undefined;
  readonly text: LensText;
  /** Functions with fewer calls have no lens, unless they fail. */
  readonly minimumCalls: number;
  readonly window: string;
  readonly now: number;
}

export function documentFunctions(known: DocumentKnowledge): DocumentFunctions {
  const told = known.functions.map((found, index) => {
    const state = stateOf(known, index);
    const profile = profileIn(state);
    const elsewhere =
      state.kind === 'measured' || state.kind === 'notCalled' || state.kind === 'changed'
        ? failingElsewhere(
            profile,
            known.elsewhere.flatMap((environment) => profileOf(environment[index]) ?? []),
          )
        : [];
    const heat = state.kind === 'measured' || state.kind === 'notCalled' ? heatOf(state.profile) : null;
    return { found, state, elsewhere, heat, fails: (profile?.errors ?? 0) > 0 || elsewhere.length > 0 };
  });
  const quiet = quietCallbacks(
    told.map(({ found, heat, fails }) => ({
      name: found.name,
      startLine: found.headerStart.row,
      endLine: found.end.row,
      heat,
      fails,
    })),
    known.callbacks,
  );
  const onLine = new Map<number, number>();
  for (const { selectionStart } of known.functions) {
    onLine.set(selectionStart.row, (onLine.get(selectionStart.row) ?? 0) + 1);
  }
  const functions = told.map(({ found, state, elsewhere, heat, fails }, index): DocumentFunction => {
    const isQuiet = quiet.has(index);
    return {
      name: found.name,
      range: {
        start: { line: found.headerStart.row, character: found.headerStart.column },
        end: { line: found.end.row, character: found.end.column },
      },
      selectionRange: {
        start: { line: found.selectionStart.row, character: found.selectionStart.column },
        end: { line: found.selectionEnd.row, character: found.selectionEnd.column },
      },
      state,
      // The gutter of a line speaks of the function whose lens is there.
      heat: isQuiet && (onLine.get(found.selectionStart.row) ?? 0) > 1 ? null : heat,
      failingElsewhere: elsewhere,
      label:
        known.lensEnabled && !isQuiet && (fails || hasCalls(known, state, index))
          ? lensLabel({
              state,
              heat,
              failingElsewhere: elsewhere,
              showAbsent: known.showAbsent,
              text: known.text,
              beside: profileOf(known.beside?.[index]),
              window: known.window,
              asOf: known.restored && known.confirmedAt !== null ? known.confirmedAt : undefined,
              now: known.now,
            })
          : '',
    };
  });
  return {
    uri: known.uri,
    version: known.version,
    functions,
    ...(known.notice === undefined ? {} : { notice: known.notice }),
  };
}

/** Enough calls to be told of, in the environment shown or the one beside it; what was not measured has no calls to count. */
function hasCalls({ minimumCalls, beside }: DocumentKnowledge, state: FunctionState, index: number): boolean {
  const here = profileIn(state);
  return here === null || Math.max(here.calls, profileOf(beside?.[index])?.calls ?? 0) >= minimumCalls;
}

/** The profile that a mapped function shows, if it shows one. */
export const profileOf = (mapped: Mapped | undefined): Profile | null =>
  mapped && mapped.kind !== 'none' ? mapped.profile : null;

export function profileIn(state: FunctionState): Profile | null {
  if (state.kind === 'measured' || state.kind === 'changed' || state.kind === 'notCalled') return state.profile;
  return state.kind === 'away' ? state.last : null;
}

/** Why that there was no call is not known; undefined: it is. */
function missedBySensors(services: DocumentKnowledge['services'] = [], profile: Profile): string | undefined {
  const service = services.find(({ name }) => name === profile.service);
  const sensors = service?.environments.find(({ name }) => name === profile.environment)?.limitedSensors;
  return mayHaveMissed(sensors, profile.file) ? limitedSensorLines(sensors).join(' ') : undefined;
}

function stateOf(known: DocumentKnowledge, index: number): FunctionState {
  const { collector } = known;
  const mapped = known.mapped?.[index];
  const away = collector.kind === 'away' || collector.kind === 'unauthorized' || collector.kind === 'none';
  if (away) {
    const seen = collector.kind === 'away' ? collector.lastSeen : null;
    const lastSeen = seen ?? (known.confirmedAt === null ? null : new Date(known.confirmedAt).toISOString());
    return { kind: 'away', lastSeen, last: profileOf(mapped) };
  }
  if (known.absence) return known.absence;
  if (!mapped) return { kind: 'loading' };
  switch (mapped.kind) {
    case 'none':
      return { kind: 'notMeasured', reason: mapped.reason, message: mapped.message };
    case 'changed':
      return mapped;
    case 'profile': {
      const { profile, mapping } = mapped;
      const missed = profile.calls > 0 ? undefined : missedBySensors(known.services, profile);
      if (missed !== undefined) return { kind: 'notMeasured', reason: 'sensorOff', message: missed };
      return profile.calls > 0
        ? { kind: 'measured', mapping, profile }
        : { kind: 'notCalled', since: profile.measuredSince, lastSeen: profile.lastSeen, mapping, profile };
    }
  }
}
