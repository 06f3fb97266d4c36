/** The custom messages of deploys between the extension and the language server, each declared once; see `lsp.ts`. */
import type { Deploy } from './api/deploys.ts';
import type { Location, Message } from './lsp.ts';

const message = <Params, Result = void>(method: `runlens/deploys/${string}`): Message<Params, Result> => ({ method });

export interface DeployItem {
  readonly service: string;
  readonly environment: string;
  readonly deploy: Deploy;
}

export interface DeploysAnswer {
  /** Of each service the newest first. */
  readonly items: readonly DeployItem[];
  /** Why there are none, or not those of now. */
  readonly problem: string | null;
}

export const deployedChangeKinds = ['worse', 'better', 'other', 'newError', 'newQuery', 'gone'] as const;
export type DeployedChangeKind = (typeof deployedChangeKinds)[number];

/** What differs in a function since a deploy. */
export interface DeployedChange {
  readonly kind: DeployedChangeKind;
  readonly file: string;
  readonly function: string;
  readonly text: string;
  /** Where the code is in the workspace, if it is. */
  readonly location: Location | null;
}

/** What became of a function that a person changed. */
export interface OwnFunction {
  readonly file: string;
  readonly function: string;
  readonly outcome: 'helped' | 'worse' | 'noDifference';
  readonly text: string;
  readonly location: Location | null;
}

export type DeployVerdict =
  | {
      readonly kind: 'compared';
      readonly relation: 'after' | 'beside' | 'back';
      /** The version that it was compared with. */
      readonly base: string;
      readonly changes: readonly DeployedChange[];
      /** Functions with calls enough to say something of them. */
      readonly tested: number;
      /** Functions that commits of this workspace's user changed in it. */
      readonly own: readonly OwnFunction[];
    }
  /** The sentence says what is missing. */
  | { readonly kind: 'tooEarly' | 'failed'; readonly message: string };

export interface DeployAsked {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly revision?: string;
  readonly baseVersion: string;
  readonly baseRevision?: string;
}

export const deploysLsp = {
  /** Those of the selected service and environment; without a service, of each that reports. */
  list: message<null, DeploysAnswer>('runlens/deploys/list'),
  /** What became of functions in a version, against the one before. */
  verdict: message<DeployAsked, DeployVerdict>('runlens/deploys/verdict'),
} as const;
