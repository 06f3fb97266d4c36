/** The messages between the overview page (a webview) and the extension. All text in them is set as text, never as HTML. */
import type { NamedFunction } from './lsp.ts';
import type { OverviewAnswer } from './lsp-pages.ts';

export type OverviewView = Extract<OverviewAnswer, { readonly kind: 'overview' }> & {
  /** ISO 8601: when this was fetched. */
  readonly at: string;
};

export type ToOverviewPage =
  | { readonly type: 'overview'; readonly view: OverviewView }
  /** There is nothing to show: `message` says why, and what to do. */
  | { readonly type: 'problem'; readonly message: string };

export const overviewChoices = ['service', 'environment', 'version', 'window'] as const;

export type FromOverviewPage =
  | { readonly type: 'ready' }
  | { readonly type: 'openFunction'; readonly function: NamedFunction }
  /** Ask which one to show. */
  | { readonly type: 'choose'; readonly what: (typeof overviewChoices)[number] };
