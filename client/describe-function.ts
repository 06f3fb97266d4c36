/** What is known of a function, as sentences to be read aloud. */

import type { Profile } from '@runlens/protocol/api/profile';
import { formatAge, formatCount, formatRate, formatSeconds, formatShare, versionName } from '@runlens/protocol/format';
import type { DocumentFunction } from '@runlens/protocol/lsp';
import { failingElsewhereText } from './lens/failing-elsewhere.ts';

/** `now` in milliseconds. */
export function describeFunction(one: DocumentFunction, now: number): string {
  const elsewhere =
    one.failingElsewhere.length > 0 ? ` It fails in other environments: ${failingElsewhereText(one)}.` : '';
  return `${one.name}: ${stateText(one, now)}${elsewhere}`;
}

function stateText({ state }: DocumentFunction, now: number): string {
  const age = (instant: string): string => formatAge(now - Date.parse(instant));
  switch (state.kind) {
    case 'measured':
      return numbers(state.profile);
    case 'notCalled': {
      const last = state.lastSeen ? `last called ${age(state.lastSeen)}` : 'never called meanwhile';
      return `measured since ${age(state.since)}, not called in this window, ${last}.`;
    }
    case 'changed':
      return `changed since ${versionName(state.version) || 'it'} was deployed. Of the deployed one: ${numbers(state.profile)}`;
    case 'notMeasured':
      return state.reason === 'neverLoaded' ? `loaded ${state.message}.` : `not measured. ${state.message}`;
    case 'away': {
      const seen = state.lastSeen ? `, last seen ${age(state.lastSeen)}` : '';
      return `the collector is away${seen}.${state.last ? ` Known then: ${numbers(state.last)}` : ''}`;
    }
    case 'loading':
      return 'numbers are being fetched.';
  }
}

function numbers(profile: Profile): string {
  const { duration } = profile;
  const times = duration
    ? `half of them within ${formatSeconds(duration.p50)}, 99 of 100 within ${formatSeconds(duration.p99)}, `
    : '';
  const errors = profile.errorRate === null ? 'no error rate' : `${formatShare(profile.errorRate)} failed`;
  return `${formatCount(profile.calls)} calls, ${formatRate(profile.callsPerMinute)}, ${times}${errors}, ${profile.service}, ${profile.environment}.`;
}
