/**
 * Answers the editor's questions about some files of the kept data once, right after the start, between other work. The
 * first three requests of a process took three times the CPU of those after them, until V8 had compiled their code, and a
 * person meets them at the start of the day (`npm run bench -- collector`).
 */
import { setImmediate as turn } from 'node:timers/promises';
import { compactProfiles } from '@runlens/protocol/api/compact-profiles';
import type { ProfileStore, Scope } from '../store/profile-store.ts';
import { profiles } from './queries.ts';

/** The editor's default window. It is answered from memory; reading the tables ahead would leave holes in memory. */
const windowMilliseconds = 15 * 60_000;
/** Functions answered: then the code is compiled. */
const enoughFunctions = 600;
/** Files with more take longer than a turn should. */
const mostFunctionsOfFile = 200;
const mostFiles = 60;

/** Ends by itself, soon after `signal` is aborted at the latest. */
export async function warmUp(store: ProfileStore, now: () => number, signal: AbortSignal): Promise<void> {
  const newest = store
    .scopes()
    .reduce<Scope | undefined>((one, other) => (one && one.lastSeen >= other.lastSeen ? one : other), undefined);
  if (newest === undefined) return;
  const { service } = newest;
  const files = new Set(store.sources({ service, version: newest.version }).map(({ file }) => file));
  let functions = 0;
  for (const file of [...files].slice(0, mostFiles)) {
    await turn();
    if (signal.aborted || functions >= enoughFunctions) return;
    const selection = { service, file };
    if (store.functions(selection).length > mostFunctionsOfFile) continue;
    const answer = profiles(store, selection, { since: now() - windowMilliseconds, until: now() });
    JSON.stringify(compactProfiles(answer));
    functions += answer.profiles.length;
  }
}
