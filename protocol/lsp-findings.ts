/** The custom messages of findings between the extension and the language server, each declared once; see `lsp.ts`. */
import type { Finding, SetFindingState } from './api/findings.ts';
import type { Location, Message } from './lsp.ts';

const message = <Params, Result = void>(method: `runlens/findings/${string}`): Message<Params, Result> => ({ method });

export interface FoundItem {
  readonly finding: Finding;
  /** Where the code is in the workspace, if it is. */
  readonly location: Location | null;
}

export interface FindingsAnswer {
  /** What costs most first. */
  readonly items: readonly FoundItem[];
  /** Why there are none, or not those of now. */
  readonly problem: string | null;
}

export const findingsLsp = {
  /** server → client: ask again */
  changed: message<null>('runlens/findings/changed'),
  /** Those of the selected service and environment. */
  list: message<{ readonly state: 'open' | 'muted' | 'fixed' }, FindingsAnswer>('runlens/findings/list'),
  setState: message<
    { readonly id: string } & SetFindingState,
    { readonly kind: 'done'; readonly finding: Finding } | { readonly kind: 'refused'; readonly message: string }
  >('runlens/findings/setState'),
} as const;
