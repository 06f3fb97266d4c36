/** The custom requests and notifications between the extension and the language server, each declared once. */
import type { HotOrder, Profile, ServicesResponse } from './api/profile.ts';
import type { LensStyle } from './lens-template.ts';

/** Zero-based, as in LSP; characters are UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A request or notification: its method, and by phantom types what it carries. */
export interface Message<Params, Result = void> {
  readonly method: string;
  readonly _?: (params: Params) => Result;
}
const message = <Params, Result = void>(method: `runlens/${string}`): Message<Params, Result> => ({ method });

/** What the numbers shown are of. Absent service or environment: chosen by the server for each document. */
export interface Selection {
  readonly service?: string;
  readonly environment?: string;
  /** Absent: all versions in the window, merged. */
  readonly version?: string;
  /** One of the offered windows, such as `15m`. */
  readonly window: string;
}

export type LensPosition = 'above' | 'endOfLine' | 'none';

/**
 * Which functions without a name of their own (`total.map(#1)`) have a lens. `multiline`: those of several lines, and any
 * that is hot or fails.
 */
export const lensCallbacks = ['all', 'multiline', 'none'] as const;
export type LensCallbacks = (typeof lensCallbacks)[number];

/** `initializationOptions`, and the params of {@link configurationChanged}. */
export interface ServerConfiguration {
  /** Where the collector is; absent: found by the Runlens home folder. */
  readonly collectorUrl?: string;
  /** Absent: read from the home folder. Never logged. */
  readonly token?: string;
  readonly home?: string;
  readonly selection: Selection;
  readonly lens: {
    readonly enabled: boolean;
    readonly position: LensPosition;
    /** Also say what is *not* known (not measured, not called), not only numbers. */
    readonly showAbsent: boolean;
    /** Absent: `multiline`. */
    readonly callbacks?: LensCallbacks;
    /** Absent: `full`. */
    readonly style?: LensStyle;
    /** Wins over the style; one that is wrong counts as absent. See `lens-template.ts`. */
    readonly template?: string;
    /** Functions with fewer calls in the window have no lens, unless they fail. Absent: 0. */
    readonly minimumCalls?: number;
    /** Language ids of documents that have no lenses. */
    readonly offIn?: readonly string[];
    /** The environment whose numbers stand beside those of the one shown. */
    readonly beside?: string;
  };
  /** Folder for what was shown last, so that it is there at once on the next start. */
  readonly cacheFolder?: string;
  /** Added in front of a document's path within its repository, for services whose paths start elsewhere. */
  readonly pathMappings: readonly { readonly workspace: string; readonly deployed: string }[];
  /**
   * False: the workspace is not trusted (Restricted Mode), so start no program in it; also git, whose repository
   * configuration can name programs to run. Absent: trusted.
   */
  readonly trusted?: boolean;
}

export type CollectorState =
  | { readonly kind: 'connecting'; readonly url: string }
  | { readonly kind: 'connected'; readonly url: string; readonly version: string }
  /** `lastSeen` ISO 8601; null: not since this start. */
  | { readonly kind: 'away'; readonly url: string; readonly lastSeen: string | null; readonly message: string }
  | { readonly kind: 'unauthorized'; readonly url: string; readonly message: string }
  /** Nothing told where one is. */
  | { readonly kind: 'none'; readonly message: string };

export interface ServerStatus {
  readonly collector: CollectorState;
  readonly selection: Selection;
  /** Services that the collector knows, for the status bar and pickers. */
  readonly services: ServicesResponse['services'];
  /** ISO 8601 of the newest data of the selection; null: none. */
  readonly dataUntil: string | null;
  /** What the numbers of the active document are of, after the server chose. */
  readonly effective: {
    readonly service: string;
    readonly environment: string;
    readonly versions: readonly string[];
  } | null;
}

/** Where a number on a function comes from, relative to the text in the editor. */
export type Mapping =
  /** The text that runs is the text in the editor. */
  | 'exact'
  /** The function is unchanged; lines above it moved. */
  | 'moved'
  /** The deployed text could not be had; matched by qualified name and order alone. */
  | 'byName';

/** What is known of one function of a document. An unknown is never a zero. */
export type FunctionState =
  | { readonly kind: 'measured'; readonly mapping: Mapping; readonly profile: Profile }
  /** Measured, and not called in the window. `since`: measured since; `lastSeen`: last call before the window. */
  | {
      readonly kind: 'notCalled';
      readonly since: string;
      readonly lastSeen: string | null;
      readonly mapping: Mapping;
      readonly profile: Profile;
    }
  /** The body was changed since the version that the numbers are of. */
  | { readonly kind: 'changed'; readonly version: string; readonly profile: Profile }
  | { readonly kind: 'notMeasured'; readonly reason: NotMeasuredReason; readonly message: string }
  /** The collector cannot be reached; `last` is what was shown before. */
  | { readonly kind: 'away'; readonly lastSeen: string | null; readonly last: Profile | null }
  | { readonly kind: 'loading' };

export type NotMeasuredReason =
  /** No service has ever reported to this collector. */
  | 'noService'
  /** Services report, and none has loaded this file; none is known to be of its repository. */
  | 'fileNotLoaded'
  /** Services of this repository report, and no process of them has loaded this file: the message says since when. */
  | 'neverLoaded'
  /** The service runs this file, and this function is not in the deployed text: new or renamed. */
  | 'notDeployed'
  /** The sensor saw it and could not measure it: the message says why. */
  | 'skippedBySensor'
  /** No call is told, and a sensor of the service is switched off or leaves files out: that is no zero. */
  | 'sensorOff'
  /** Twins that cannot be told apart without the deployed text. */
  | 'ambiguous'
  /** The document is in no repository or workspace folder, is too large, or cannot be parsed. */
  | 'document';

export interface DocumentFunction {
  readonly name: string;
  /** The whole function. */
  readonly range: Range;
  /** Its name, or its first token. */
  readonly selectionRange: Range;
  readonly state: FunctionState;
  /** The lens text; empty: nothing is shown. */
  readonly label: string;
  /** 0: not called, to 4: the hottest of the service; null: not known. */
  readonly heat: 0 | 1 | 2 | 3 | 4 | null;
  /** Other environments in which this function fails clearly more than in the one shown. */
  readonly failingElsewhere: readonly {
    readonly environment: string;
    readonly errorRate: number;
    readonly calls: number;
  }[];
}

export interface DocumentFunctions {
  readonly uri: string;
  /** The document version that the ranges are of. */
  readonly version: number;
  readonly functions: readonly DocumentFunction[];
  /** Set when the whole document has a problem to tell, such as being too large. */
  readonly notice?: string;
}

export interface HotItem {
  readonly profile: Profile;
  /** Where the code is in the workspace, if it is. */
  readonly location: Location | null;
  readonly heat: 0 | 1 | 2 | 3 | 4;
  readonly label: string;
}

/** The remedy that a *Why?* leads to. `command` is a command of the extension or of VS Code. */
export interface Explanation {
  readonly title: string;
  /** Markdown; everything from outside is escaped in it. */
  readonly body: string;
  readonly remedies: readonly {
    readonly title: string;
    readonly command: string;
    readonly arguments?: readonly unknown[];
  }[];
}

/** A function as services name it; `line` is 1-based, of the deployed text. */
export interface NamedFunction {
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

export interface Location {
  readonly uri: string;
  readonly range: Range;
}

/** What an agent tool answered, as text for a model, and the functions that it speaks of. */
export type AgentToolAnswer =
  | { readonly kind: 'answer'; readonly text: string; readonly functions: readonly NamedFunction[] }
  | { readonly kind: 'failed'; readonly message: string };

export type ReviewVerdict = 'ok' | 'notice' | 'warning' | 'severe';

/** A change of the working copy, by what production knows of it. Names in it are of the sources and of services: hostile. */
export interface ReviewedChange {
  readonly kind: 'review';
  readonly verdict: ReviewVerdict;
  /** `severe · main (4f0c2d1) → working tree · 2 changed functions in 1 file · production, last 15 min` */
  readonly title: string;
  /** Why there are no figures from production; null: there are. */
  readonly withoutFacts: string | null;
  /** The worst first. */
  readonly functions: readonly {
    /** The name of its repository's folder, where several are reviewed. */
    readonly folder?: string;
    readonly file: string;
    readonly function: string;
    readonly verdict: ReviewVerdict;
    /** `840/min, p50 41 µs, p99 210 µs`, or why there are none. */
    readonly numbers: string;
    /** In the working copy; null: the function or its file is gone. */
    readonly location: Location | null;
    readonly reasons: readonly {
      readonly rule: string;
      readonly verdict: ReviewVerdict;
      /** A sentence; names in it stand in backquotes. */
      readonly text: string;
      /** 1-based, in the text after the change. */
      readonly line: number;
    }[];
  }[];
  /** Files of the change that were not read, with the reason. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
}
export type ReviewAnswer = ReviewedChange | { readonly kind: 'failed'; readonly message: string };

export const lsp = {
  /** server → client, when anything in it changes */
  status: message<ServerStatus>('runlens/status'),
  /** server → client: the numbers or states of these documents changed */
  functionsChanged: message<{ readonly uris: readonly string[] }>('runlens/functionsChanged'),
  /** client → server: the settings changed */
  configurationChanged: message<ServerConfiguration>('runlens/configurationChanged'),
  getStatus: message<null, ServerStatus>('runlens/getStatus'),
  /** client → server: look for the collector again, now */
  reconnect: message<null, ServerStatus>('runlens/reconnect'),
  documentFunctions: message<{ readonly uri: string }, DocumentFunctions>('runlens/documentFunctions'),
  /** The function at a position, with its profile: what the details page shows. */
  functionDetails: message<
    { readonly uri: string; readonly position: Position },
    { readonly function: DocumentFunction; readonly environments: readonly Profile[] } | null
  >('runlens/functionDetails'),
  /** One of the agent tools; `roomTokens`: what there is room for, where that is less than asked. */
  agentTool: message<{ readonly tool: string; readonly input: object; readonly roomTokens?: number }, AgentToolAnswer>(
    'runlens/agentTool',
  ),
  /** Where functions are in the working copy, in the order asked; null: not in it. */
  locateFunctions: message<{ readonly functions: readonly NamedFunction[] }, readonly (Location | null)[]>(
    'runlens/locateFunctions',
  ),
  /** The change of the working copy since `base`, a revision; absent: since the branch left the main one. */
  reviewChange: message<{ readonly base?: string }, ReviewAnswer>('runlens/reviewChange'),
  explain: message<{ readonly uri: string; readonly position: Position }, Explanation | null>('runlens/explain'),
  hot: message<
    { readonly by: HotOrder; readonly limit: number },
    { readonly items: readonly HotItem[]; readonly problem: string | null }
  >('runlens/hot'),
  /** client → server: which documents can be seen now, the active one first; what is seen is fetched first. */
  visibleDocuments: message<{ readonly uris: readonly string[] }>('runlens/visibleDocuments'),
} as const;

/** The command that a lens runs, with `[uri, position]`: opens the details page, or explains what is absent. */
export const lensCommand = 'runlens.showFunction';
/** The command behind every *Why?*, with `[uri, position]`. */
export const whyCommand = 'runlens.why';
/** *Ask Copilot about this function*, with `[uri, position]`. */
export const askCommand = 'runlens.askCopilot';
