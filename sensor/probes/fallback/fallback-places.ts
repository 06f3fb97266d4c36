import { join } from 'node:path';
import type { ArmedProbe } from '@runlens/protocol/probes/messages';
import { blobId } from '../../source/blob.ts';
import type { IdentityOptions } from '../../source/identity.ts';
import { sourceMapComment } from '../../source/source-map.ts';
import { globalPrefix } from '../../transform/emitted.ts';
import type { PlacedCopy, Sought } from '../engine/messages.ts';
import type { FoundCopies, Refusal, Surroundings } from '../engine/prepare.ts';
import { breakpointGate, firstBreakpointSlot, trapMilliseconds } from './breakpoint.ts';
import { placeInScript, type ScriptPlace } from './script-place.ts';

/** Probes whose scripts are remembered. */
const mostSought = 500;

/**
 * Places of probes in code that has no gates: in the export thread, of the scripts that the service's thread was asked for.
 */
export class FallbackPlaces {
  readonly #identity: IdentityOptions;
  /** By probe; nothing: they are being looked for. */
  readonly #sought = new Map<string, Sought['scripts'] | undefined>();
  readonly #slots = new Map<string, number>();

  constructor({ root }: Pick<IdentityOptions, 'root'>) {
    // What is closed is said by the owner of the service: packages are code like any other here.
    this.#identity = { root, isFirstParty: () => true };
  }

  /** Whether it can help where there are no gates for that reason. */
  serves(armed: ArmedProbe, { cause }: Refusal, { isOfThreads }: Surroundings): boolean {
    return (cause === 'not-instrumented' || cause === 'file-not-loaded') && !isOfThreads(armed.request.place.file);
  }

  /** Which paths are to be looked for; nothing where they were. */
  pathsFor({ id, request }: ArmedProbe, { locate }: Surroundings): readonly string[] | undefined {
    if (this.#sought.has(id) || this.#sought.size >= mostSought || reasonAgainst(request) !== undefined)
      return undefined;
    this.#sought.set(id, undefined);
    const { file, line } = request.place;
    const located = locate(file, line);
    const loaded = located.kind === 'refused' ? [located.path] : [];
    return [...new Set([...loaded, join(this.#identity.root, file)])];
  }

  told({ probe, scripts }: Sought): void {
    if (this.#sought.has(probe)) this.#sought.set(probe, scripts);
  }

  forget(probe: string): void {
    this.#sought.delete(probe);
  }

  /** The places in all scripts that were found; `refusal`: why there is no gate. */
  find({ id, request }: ArmedProbe, refusal: Refusal, { isClosed }: Surroundings): FoundCopies | Refusal {
    const { file, line, at, blob } = request.place;
    const because = (reason: string): Refusal => ({ ...refusal, detail: `${refusal.detail} ${reason}` });
    const against = reasonAgainst(request);
    if (against !== undefined) return because(against);
    const scripts = this.#sought.get(id);
    if (scripts === undefined) return because("It is looked for among V8's scripts.");
    if (typeof scripts === 'string') return because(scripts);
    if (scripts.length === 0) return because('V8 has no script of it, either.');
    const places: { readonly scriptId: string; readonly place: ScriptPlace }[] = [];
    let reason = '';
    for (const script of scripts) {
      if (blob !== undefined && isAsWritten(script.text) && blobId(script.text) !== blob) {
        reason = `The service runs another text of ${file} than the one in which line ${line} was meant.`;
        continue;
      }
      const place = placeInScript(script, file, line, at === 'entry' ? 'entry' : 'line', this.#identity);
      if (place.kind === 'found') places.push({ scriptId: script.scriptId, place });
      else reason = place.reason;
    }
    const [first] = places;
    if (!first) return because(reason);
    const { functionName } = first.place;
    if (places.some(({ place }) => isClosed(file, place.functionName))) {
      return {
        kind: 'refused',
        state: 'refused',
        cause: 'closed-by-service',
        detail: `The owner of the service has closed ${functionName} to probes (RUNLENS_PROBES_CLOSED).`,
      };
    }
    return {
      kind: 'found',
      line: first.place.line,
      functionName,
      engine: 'inspector',
      detail: priceOf(first.place, line),
      copies: places.map(({ scriptId, place }) => ({
        copy: this.#copyOf(scriptId, place),
        names: place.names,
        isExit: false,
      })),
    };
  }

  #copyOf(scriptId: string, place: ScriptPlace): PlacedCopy {
    const { scriptLine, scriptColumn, names, reader, functionLength } = place;
    // One breakpoint a place, for all probes that stand there.
    const key = `${scriptId}:${scriptLine}:${scriptColumn}`;
    const slot = this.#slots.get(key) ?? firstBreakpointSlot + this.#slots.size;
    this.#slots.set(key, slot);
    return {
      slot,
      gateCount: breakpointGate + 1,
      gates: [{ gate: breakpointGate, role: 'hit' }],
      names,
      breakpoint: { scriptId, line: scriptLine, column: scriptColumn, reader, trap: trapMilliseconds(functionLength) },
    };
  }
}

/** V8's own text of a file, so that Git's id of it can be compared. */
const isAsWritten = (text: string): boolean => !text.includes(globalPrefix) && sourceMapComment(text) === undefined;

function reasonAgainst({ kind, place }: ArmedProbe['request']): string | undefined {
  if (kind !== 'snapshot' && kind !== 'log') {
    return `V8's inspector is no way for a ${kind}: it would count what is seen in some windows only. Place a snapshot or a log.`;
  }
  return place.at === 'exit' ? "By V8's inspector only lines and entries can be probed, no exits." : undefined;
}

function priceOf({ line, functionLength }: ScriptPlace, asked: number): string {
  const moved = line === asked ? '' : `Line ${asked} has no statement of its own: it stands before line ${line}. `;
  return `${moved}It has no gate and is reached by V8's inspector (RUNLENS_PROBES_FALLBACK): half of the time, and hits of other times are not seen. A hit takes about ${trapMilliseconds(functionLength).toFixed(2)} ms, its function is slower meanwhile, and each await of the process is.`;
}
