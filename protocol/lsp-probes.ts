/** The custom messages of probes between the extension and the language server, each declared once; see `lsp.ts`. */
import type { ProbePreview } from './api/probes.ts';
import type { Message } from './lsp.ts';
import type { Capture } from './probes/capture.ts';
import type { ProbePlace, ProbeRequest, ProbeTarget } from './probes/probe.ts';
import type { ProbeStatus } from './probes/state.ts';

const message = <Params, Result = void>(method: `runlens/probes/${string}`): Message<Params, Result> => ({ method });

/** Whether this editor may place probes, and why not. */
export type ProbeAccess =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'denied';
      readonly why: 'restricted' | 'role' | 'away';
      /** A sentence that says what to do. */
      readonly message: string;
    };

export interface KnownProbe {
  readonly status: ProbeStatus;
  /** Placed by whoever this editor's token speaks for. */
  readonly mine: boolean;
}

export interface ProbesView {
  readonly access: ProbeAccess;
  /** Oldest first; also those that ended within the hour. */
  readonly probes: readonly KnownProbe[];
  /** Set where the probes could not be asked for: those shown may be old. */
  readonly problem: string | null;
}

/** A probe in the text of the editor. */
export interface DocumentProbe {
  readonly id: string;
  /** Zero-based, in the text as it is now. */
  readonly line: number;
  /**
   * `line`: its line is found in this text. `gone`: it is no longer there; `line` is where its function starts. `unknown`:
   * the text that its line is of is not at hand; `line` is of the same number.
   */
  readonly match: 'line' | 'gone' | 'unknown';
}

export interface ScopeName {
  readonly name: string;
  readonly from: 'parameter' | 'local' | 'closure' | 'module' | 'special';
}

/** Where a probe at a line of the editor's text would stand in the text that runs. */
export type PlaceAnswer =
  | {
      readonly kind: 'ready';
      readonly place: ProbePlace;
      readonly target: ProbeTarget & { readonly environment?: string | undefined };
      /** All services and environments that run the file, the target's first. */
      readonly targets: readonly { readonly service: string; readonly environment: string }[];
      /** Of `place.line`, in the text that runs. */
      readonly names: readonly ScopeName[];
      /** What to know before it is placed. */
      readonly note: string | null;
    }
  | { readonly kind: 'refused'; readonly reason: string };

export type ProbeAnswer =
  | { readonly kind: 'done'; readonly status: ProbeStatus }
  | { readonly kind: 'refused'; readonly message: string };

export type ProbeAction =
  | { readonly kind: 'pause' | 'resume' | 'remove' }
  /** `life` in seconds from now. */
  | { readonly kind: 'renew'; readonly life: number }
  /** A yes to exactly the request of that hash. */
  | { readonly kind: 'approve'; readonly hash: string };

export const probesLsp = {
  /** server → client, whole, when anything in it changes (at most five times a second) */
  changed: message<ProbesView>('runlens/probes/changed'),
  /** server → client: captures of one's own probes, and of those that were looked at, as they arrive; oldest first */
  captured: message<{ readonly captures: readonly Capture[] }>('runlens/probes/captured'),
  view: message<null, ProbesView>('runlens/probes/view'),
  /** The probes of a document, with the text's version that their lines are of. */
  ofDocument: message<
    { readonly uri: string },
    { readonly version: number; readonly probes: readonly DocumentProbe[] } | null
  >('runlens/probes/ofDocument'),
  placeAt: message<
    {
      readonly uri: string;
      /** Zero-based. */
      readonly line: number;
      readonly at: ProbePlace['at'];
      /** Of a timer, zero-based. */
      readonly untilLine?: number;
    },
    PlaceAnswer
  >('runlens/probes/placeAt'),
  place: message<{ readonly request: ProbeRequest }, ProbeAnswer>('runlens/probes/place'),
  /** What a snapshot would capture: shapes, and no value. It waits some seconds for a hit. */
  preview: message<
    { readonly request: ProbeRequest },
    { readonly kind: 'done'; readonly preview: ProbePreview } | { readonly kind: 'refused'; readonly message: string }
  >('runlens/probes/preview'),
  act: message<{ readonly id: string; readonly action: ProbeAction }, ProbeAnswer>('runlens/probes/act'),
  /** All probes of the collector, whoever placed them. */
  disarmAll: message<
    null,
    | {
        readonly kind: 'done';
        readonly removed: readonly string[];
        readonly unconfirmed: readonly { readonly probe: string; readonly instance: string }[];
      }
    | { readonly kind: 'refused'; readonly message: string }
  >('runlens/probes/disarmAll'),
  /** What a probe has captured so far, oldest first; from then on new ones come by `captured`. */
  captures: message<
    { readonly id: string },
    | { readonly kind: 'done'; readonly captures: readonly Capture[] }
    | { readonly kind: 'refused'; readonly message: string }
  >('runlens/probes/captures'),
  /** Where a line of a service's source is in the workspace; `line` of the answer is zero-based, of the text as it is. */
  locate: message<
    { readonly file: string; readonly line: number; readonly blob?: string | undefined },
    { readonly uri: string; readonly line: number } | null
  >('runlens/probes/locate'),
} as const;
