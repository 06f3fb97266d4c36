/** The messages between the details page (a webview) and the extension. All text in them is set as text, never as HTML. */

import type { Profile } from './api/profile.ts';
import type { DocumentFunction, NamedFunction } from './lsp.ts';
import type { FunctionHistory } from './lsp-pages.ts';

/** What the page shows; sent whole on each change, as it is small. */
export interface DetailsView {
  readonly function: DocumentFunction;
  /** The same function in every environment that has it, the one shown among them. */
  readonly environments: readonly Profile[];
  /** Of this function; null: it is being fetched. */
  readonly history: FunctionHistory | null;
  /** Of the document, for the page's own state: what is opened again after a reload of the window. */
  readonly uri: string;
  /** The window that the numbers are of, such as `15m`. */
  readonly window: string;
  /** ISO 8601: when this was fetched. */
  readonly at: string;
}

export type ToDetailsPage =
  | { readonly type: 'view'; readonly view: DetailsView }
  /** The function is gone from the text, or the server does not answer: `message` says which, and what to do. */
  | { readonly type: 'problem'; readonly message: string };

export type FromDetailsPage =
  | { readonly type: 'ready' }
  | { readonly type: 'openCode' }
  | { readonly type: 'why' }
  /** A caller or a callee. */
  | { readonly type: 'openFunction'; readonly function: NamedFunction }
  | { readonly type: 'selectEnvironment'; readonly environment: string };
