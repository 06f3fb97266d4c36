/** The custom messages behind the pages (function details, overview of a service), each declared once; see `lsp.ts`. */
import type { CompareResponse } from './api/compare.ts';
import type { OverviewResponse } from './api/overview.ts';
import type { ServicesResponse } from './api/profile.ts';
import type { SeriesResponse } from './api/series.ts';
import type { Message, NamedFunction, Position } from './lsp.ts';

const message = <Params, Result = void>(method: `runlens/pages/${string}`): Message<Params, Result> => ({ method });

export interface Callee extends NamedFunction {
  /** Of those calls that came from the function; estimated from some of them. */
  readonly calls: number;
}

/** What the collector knows of a function beside its profile, or why not. */
export type FunctionHistory =
  | {
      readonly kind: 'history';
      readonly series: SeriesResponse;
      /** Most calls first. */
      readonly callees: readonly Callee[];
      /** So many functions were looked at for callees, the most called first, of so many. */
      readonly surveyed: number;
      readonly measured: number;
    }
  | { readonly kind: 'none'; readonly message: string };

/** What differs between the newest version and the one before, or why that is not known. */
export type ServiceChanges =
  | { readonly kind: 'compared'; readonly comparison: CompareResponse }
  | { readonly kind: 'none'; readonly message: string };

export type OverviewAnswer =
  | {
      readonly kind: 'overview';
      readonly overview: OverviewResponse;
      /** The window as it is set, such as `15m`. */
      readonly window: string;
      /** Newest first. */
      readonly versions: ServicesResponse['services'][number]['environments'][number]['versions'];
      readonly changes: ServiceChanges;
    }
  | { readonly kind: 'none'; readonly message: string };

export const pagesLsp = {
  /** Of the function at a position; null: there is none, or nothing is known of it. */
  functionHistory: message<{ readonly uri: string; readonly position: Position }, FunctionHistory | null>(
    'runlens/pages/functionHistory',
  ),
  /** Of the selected service, or of that of the active document. */
  overview: message<null, OverviewAnswer>('runlens/pages/overview'),
} as const;
