/** Brings together, for each open document, its functions, the collector's profiles and the texts that run. */
import type { Profile, ProfilesResponse } from '@runlens/protocol/api/profile';
import type { ProfilesEvent } from '@runlens/protocol/api/stream';
import type { LensStyle } from '@runlens/protocol/lens-template';
import type { DocumentFunctions, FunctionState, Position, ServerConfiguration } from '@runlens/protocol/lsp';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { URI } from 'vscode-uri';
import type { Git } from '../git/git.ts';
import { type GitCommits, type GitSide, gitSideOf, sideName } from '../git/git-side.ts';
import type { MovedFiles } from '../git/moved-files.ts';
import type { RemoteUrls } from '../git/remote-urls.ts';
import type { LanguageDefinition } from '../languages/definition.ts';
import { languageById } from '../languages/registry.ts';
import { documentFunctions, profileOf } from '../lens/document-functions.ts';
import { LensText } from '../lens/label.ts';
import { neverLoaded } from '../lens/never-loaded.ts';
import { type Chosen, chooseSelection } from '../mapping/choose-selection.ts';
import type { DeployedTexts } from '../mapping/deployed-texts.ts';
import { commitsOf, committedFunction, type FunctionHistory, lastCommit } from '../mapping/function-history.ts';
import { type DeployedVersion, type Mapped, mapDocument, versionsOf } from '../mapping/map-document.ts';
import type { SeenTexts } from '../mapping/seen-texts.ts';
import type { CollectorConnection } from '../profiles/collector-connection.ts';
import type { ProfileKey, ProfileStore, StoredProfiles } from '../profiles/profile-store.ts';
import { EditorDocument, type EditorFunctions } from './editor-document.ts';
import type { EditorText } from './editor-text.ts';
import { loadGrammar } from './grammars.ts';
import type { ParsedText, Parsers } from './parsed-text.ts';
import { deployedPath, type RepositoryPath, type RepositoryPaths } from './repository-path.ts';

export interface DocumentView {
  readonly functions: DocumentFunctions;
  readonly chosen: Chosen | null;
  /** The versions whose numbers are shown, newest first. */
  readonly versions: readonly string[];
  readonly response: ProfilesResponse | null;
  /** The profiles of one function (by index) in every environment of the service. */
  readonly environments: (index: number) => readonly Profile[];
  /** Why the last request failed; null when it did not. */
  readonly problem: string | null;
  readonly path: string | null;
  /** By index of the functions: where the header ends and the body starts. */
  readonly headerEnds: readonly Position[];
}

export interface ViewSources {
  readonly parsers: Parsers;
  readonly paths: RepositoryPaths;
  readonly store: ProfileStore;
  readonly connection: CollectorConnection;
  readonly deployed: DeployedTexts;
  readonly git: Git;
  readonly commits: GitCommits;
  readonly seen: SeenTexts;
  readonly remotes: RemoteUrls;
  readonly moved: MovedFiles;
  readonly configuration: () => ServerConfiguration;
  readonly workspaceFolders: () => readonly string[];
  /** A text that was looked for came after a view was made without it. */
  readonly onLateText: (uri: string) => void;
}

/** The text of a document, and the texts of its file that run. */
export interface RunningFile {
  /** The name by which services know it. */
  readonly file: string;
  readonly definition: LanguageDefinition;
  readonly text: string;
  /** Its git id. */
  readonly blob: string;
  readonly version: number;
  readonly editor: EditorText;
  /** Null: no service that may be shown has told of the file. */
  readonly chosen: Chosen | null;
  /** All that have told of the file. */
  readonly reported: readonly Chosen[];
  /** Of `chosen`, the newest first; `text` null: it cannot be had. */
  readonly versions: readonly (DeployedVersion & { readonly text: 'same' | ParsedText | null })[];
}

/** Only so many texts of older versions are looked for; functions of yet older ones count by name. */
const mostDeployedTexts = 6;
const mostEnvironments = 10;
/** Of so many versions of an environment, the newest first, it is looked whether they are of a side of a diff. */
const mostSideVersions = 30;
/** After this it is looked whether a moved file is known by its new path by now. */
const movedMilliseconds = 60_000;
/** An edit during the work starts it anew; after so many times the next request takes over. */
const mostAttempts = 5;

interface OpenDocument {
  readonly document: EditorDocument;
  readonly file: string;
  /** It is a text of git's, such as a side of a diff; undefined: the file itself. */
  readonly side: GitSide | undefined;
  readonly definition: LanguageDefinition;
  key: ProfileKey | undefined;
  /** Services know the file by this path in the repository; `until`: milliseconds since 1970. */
  former: { readonly path: string; readonly until: number } | undefined;
  /** Goes up whenever something other than the text changed. */
  epoch: number;
  cached: { readonly version: number; readonly epoch: number; readonly view: DocumentView } | undefined;
}

interface Located {
  readonly key: ProfileKey;
  readonly place: RepositoryPath;
}

export class DocumentViews {
  readonly #sources: ViewSources;
  readonly #open = new Map<string, OpenDocument>();
  #text: { readonly style: LensStyle; readonly template: string | undefined; readonly of: LensText } | undefined;

  constructor(sources: ViewSources) {
    this.#sources = sources;
  }

  /** Takes a document that Runlens can read; others are left alone, quietly. */
  open(uri: string, languageId: string, version: number, text: string): void {
    this.close(uri);
    const parsed = URI.parse(uri);
    const definition = languageById(languageId);
    const side = gitSideOf(parsed);
    if ((parsed.scheme !== 'file' && !side) || !definition) return;
    // Ready when the first request comes; a grammar that cannot be loaded is told then.
    void loadGrammar(definition).catch(() => undefined);
    this.#open.set(uri, {
      document: new EditorDocument(uri, languageId, version, text),
      file: side?.file ?? parsed.fsPath,
      side,
      definition,
      key: undefined,
      former: undefined,
      epoch: 0,
      cached: undefined,
    });
  }

  change(uri: string, changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    this.#open.get(uri)?.document.update(changes, version);
  }

  close(uri: string): void {
    this.#open.get(uri)?.document.dispose();
    this.#open.delete(uri);
  }

  has(uri: string): boolean {
    return this.#open.has(uri);
  }

  /** False: the settings want no lenses in documents of its language. */
  hasLenses(uri: string): boolean {
    const open = this.#open.get(uri);
    return open !== undefined && this.#lensOf(open).lensEnabled;
  }

  get uris(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Those that report to the collector. */
  get services(): CollectorConnection['services'] {
    return this.#sources.connection.services;
  }

  /** The open documents whose numbers come from these files. */
  urisOf(keys: readonly ProfileKey[]): readonly string[] {
    const files = new Set(keys.map(({ file, window }) => `${window}\0${file}`));
    return [...this.#open.values()].flatMap(({ document, key }) =>
      key && files.has(`${key.window}\0${key.file}`) ? [document.uri] : [],
    );
  }

  /** What was made of these documents is old. */
  invalidate(uris: readonly string[]): void {
    for (const uri of uris) {
      const open = this.#open.get(uri);
      if (open) open.epoch += 1;
    }
  }

  /** Asks for the profiles of a document again, if they are not fresh. */
  async refresh(uri: string, urgent: boolean): Promise<void> {
    const open = this.#open.get(uri);
    const key = open && (await this.#keyOf(open))?.key;
    if (key) await this.#sources.store.want(key, urgent);
  }

  onProfiles(event: ProfilesEvent): readonly string[] {
    return this.urisOf(this.#sources.store.invalidate(event));
  }

  /**
   * What is known of a document now. Where nothing is known yet, waits so long for the collector's answer.
   * Undefined for documents that Runlens does not read.
   */
  async view(uri: string, waitMilliseconds: number, urgent = true): Promise<DocumentView | undefined> {
    let latest: DocumentView | undefined;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const open = this.#open.get(uri);
      if (!open) return undefined;
      const { version } = open.document;
      if (open.cached?.version === version && open.cached.epoch === open.epoch) return open.cached.view;
      const made = await this.#make(open, waitMilliseconds, urgent);
      if (!made) continue;
      if (this.#open.get(uri) !== open) return undefined;
      const { view, epoch } = made;
      latest = view;
      // What became known meanwhile belongs to the answer: nobody may be told of it once more.
      if (open.epoch !== epoch) continue;
      open.cached = { version, epoch, view };
      return view;
    }
    return latest;
  }

  /**
   * What runs of a document's file. Undefined: it is not read, or was edited meanwhile. What is returned is alive until
   * the next turn of the event loop.
   */
  async running(uri: string, waitMilliseconds: number): Promise<RunningFile | undefined> {
    const view = await this.view(uri, waitMilliseconds);
    const open = this.#open.get(uri);
    const located = open && (await this.#keyOf(open));
    if (!view || !open || !located) return undefined;
    const { document, definition } = open;
    const { version } = document;
    const result = await document.functions(this.#sources.parsers);
    if (result.kind === 'refused') return undefined;
    const { chosen, response } = view;
    const texts =
      chosen && response
        ? await this.#texts(open, result.text, located.place, response, [chosen], waitMilliseconds)
        : new Map<string, 'same' | ParsedText | null>();
    if (document.version !== version || this.#open.get(uri) !== open) return undefined;
    const only = this.#sources.configuration().selection.version;
    return {
      file: located.key.file,
      definition,
      text: document.getText(),
      blob: document.blob,
      version,
      editor: result.text,
      chosen,
      reported: response?.files.map(({ service, environment }) => ({ service, environment })) ?? [],
      versions:
        chosen && response
          ? versionsOf(response, chosen, only === undefined ? undefined : [only]).map((each) => ({
              ...each,
              text: texts.get(textKey(each)) ?? null,
            }))
          : [],
    };
  }

  /** What changed a function (by index) since the version that its numbers are of; undefined: it did not, or git cannot tell. */
  async history(uri: string, view: DocumentView, index: number): Promise<FunctionHistory | undefined> {
    const open = this.#open.get(uri);
    const { git, deployed } = this.#sources;
    const state = view.functions.functions[index]?.state;
    const { response, chosen } = view;
    if (!open || state?.kind !== 'changed' || !response || !chosen) return undefined;
    const found = await this.#sources.paths.of(open.file, this.#sources.workspaceFolders());
    const { version: name } = state;
    const revision = versionsOf(response, chosen, undefined).find(({ version }) => version === name)?.revision;
    if (!found?.isRepository || revision === undefined) return undefined;
    const place = { root: found.root, path: found.path, definition: open.definition };
    const last = await lastCommit(git, deployed, place);
    const read = await open.document.functions(this.#sources.parsers);
    if (!last || read.kind === 'refused' || open.document.version !== view.functions.version) return undefined;
    const committed = committedFunction(last, read.text, index);
    if (!committed) return { commits: [], uncommitted: true };
    const commits = await commitsOf(git, place, revision, last, committed);
    return { commits, uncommitted: !committed.unchanged };
  }

  /** What was made last of a document, be it old. */
  shown(uri: string): DocumentView | undefined {
    return this.#open.get(uri)?.cached?.view;
  }

  /** With the epoch that it is of. Undefined when the document was edited meanwhile. */
  async #make(
    open: OpenDocument,
    waitMilliseconds: number,
    urgent: boolean,
  ): Promise<{ readonly view: DocumentView; readonly epoch: number } | undefined> {
    const { store } = this.#sources;
    const configuration = this.#sources.configuration();
    const before = open.epoch;
    const { version } = open.document;
    const located = await this.#keyOf(open);
    const key = located?.key;
    const profiles = key ? this.#profiles(key, waitMilliseconds, urgent) : Promise.resolve();
    // Reading a large text holds up the process: the request leaves first, so that both go on at once.
    if (key && !store.get(key)) await pause(1);
    const result = await open.document.functions(this.#sources.parsers);
    await profiles;
    if (open.document.version !== version) return undefined;
    // All that can have changed so far is read from here on, but for which file and window were asked for.
    const epoch = this.#sources.configuration() === configuration ? open.epoch : before;
    const view = await this.#put(open, result, located, waitMilliseconds);
    return view && { view, epoch };
  }

  /** Puts together what is known. Undefined when the document was edited meanwhile. */
  async #put(
    open: OpenDocument,
    result: EditorFunctions,
    located: Located | undefined,
    waitMilliseconds: number,
  ): Promise<DocumentView | undefined> {
    const { store } = this.#sources;
    const key = located?.key;
    if (result.kind === 'refused') return this.#without(open, [], null, 'document', result.message, result.message);
    const parsed = result.text;
    if (!located || !key) {
      return this.#without(
        open,
        parsed.functions,
        null,
        'document',
        'The document is in no repository and no workspace folder, so no service can name it.',
        undefined,
      );
    }
    const stored = store.get(key);
    const problem = store.problem(key) ?? null;
    if (!stored) {
      const view = this.#without(open, parsed.functions, located.place.path, null, '', this.#connectionNotice(problem));
      return { ...view, problem };
    }
    return this.#mapped(open, parsed, located.place, stored, problem, waitMilliseconds);
  }

  async #mapped(
    open: OpenDocument,
    parsed: EditorText,
    place: RepositoryPath,
    stored: StoredProfiles,
    problem: string | null,
    waitMilliseconds: number,
  ): Promise<DocumentView | undefined> {
    const { connection } = this.#sources;
    const configuration = this.#sources.configuration();
    const { version } = open.document;
    const { response } = stored;
    const own = place.isRepository ? await this.#sources.remotes.of(place.root) : undefined;
    // What follows takes the reading for the text as it is now.
    if (open.document.version !== version || !this.#open.has(open.document.uri)) return undefined;
    const textsHere = await this.#servicesOfTexts(open, parsed, place, response, waitMilliseconds);
    if (open.document.version !== version || !this.#open.has(open.document.uri)) return undefined;
    const { services } = connection;
    let chosen = chooseSelection(response, configuration.selection, { own, services, textsHere });
    const only = configuration.selection.version;
    let onlyVersions = only === undefined ? undefined : [only];
    if (open.side && chosen) {
      const ran = await this.#versionsOfSide(open.side, open.document, place, response, chosen);
      if (open.document.version !== version || !this.#open.has(open.document.uri)) return undefined;
      if (!ran) {
        const message = `no version that ran in the last ${configuration.selection.window} is of ${sideName(open.side)}`;
        const notice = configuration.lens.showAbsent && this.#connected ? `not measured here: ${message}` : undefined;
        const view = this.#without(open, parsed.functions, place.path, 'document', message, notice);
        return { ...view, response, problem };
      }
      ({ chosen, onlyVersions } = ran);
    }
    if (!chosen && place.isRepository && open.former === undefined && response.files.length === 0) {
      const path = await this.#sources.moved.former(place.root, place.path);
      if (path !== undefined) {
        // Made anew, with what is known of the file by that path.
        open.former = { path, until: Date.now() + movedMilliseconds };
        return undefined;
      }
      if (open.document.version !== version || !this.#open.has(open.document.uri)) return undefined;
    }
    if (!chosen) {
      const { reason, message } = this.#absence(response, own);
      if (open.document.version !== version) return undefined;
      const view = this.#without(
        open,
        parsed.functions,
        place.path,
        reason,
        message,
        configuration.lens.showAbsent && this.#connected
          ? `${reason === 'neverLoaded' ? 'never loaded' : 'not measured here'}: ${message}`
          : this.#connectionNotice(null),
      );
      return { ...view, response, problem };
    }
    const environments = environmentsOf(response, chosen, configuration.lens.beside);
    const texts = await this.#texts(open, parsed, place, response, environments, waitMilliseconds);
    // From here on nothing waits: the tree of `parsed` is alive as long as the document is at this version.
    if (open.document.version !== version || !this.#open.has(open.document.uri)) return undefined;
    const { localName } = open.definition;
    const byEnvironment = new Map<string, readonly Mapped[]>();
    const mapEnvironment = (of: Chosen): readonly Mapped[] => {
      const known = byEnvironment.get(of.environment);
      if (known) return known;
      const mapped = mapDocument({
        editor: parsed,
        response,
        chosen: of,
        onlyVersions: of === chosen || open.side ? onlyVersions : undefined,
        textOf: (deployed) => texts.get(textKey(deployed)) ?? null,
        ...(localName
          ? { localName: (name: string) => localName(name, { path: place.path, namespace: parsed.namespace }) }
          : {}),
      });
      byEnvironment.set(of.environment, mapped);
      return mapped;
    };
    const mapped = mapEnvironment(chosen);
    const others = environments.filter((of) => of !== chosen);
    const beside = others.find(({ environment }) => environment === configuration.lens.beside);
    const failing = others.filter(({ environment }) =>
      response.profiles.some((profile) => profile.environment === environment && profile.errors > 0),
    );
    return {
      functions: documentFunctions({
        uri: open.document.uri,
        version,
        functions: parsed.functions,
        mapped,
        elsewhere: failing.map(mapEnvironment),
        beside: beside && mapEnvironment(beside),
        collector: connection.state,
        confirmedAt: stored.confirmedAt,
        restored: stored.restored,
        absence: null,
        services,
        notice: undefined,
        ...this.#lensOf(open),
        window: configuration.selection.window,
        now: Date.now(),
      }),
      chosen,
      versions: shownVersions(mapped),
      response,
      environments: (index) =>
        open.document.version === version && this.#open.get(open.document.uri) === open
          ? environments.flatMap((of) => profileOf(mapEnvironment(of)[index]) ?? [])
          : [],
      problem,
      path: place.path,
      headerEnds: headerEnds(parsed.functions),
    };
  }

  /**
   * The versions that run a text of git's: those of the same content, or built from the same commit. Of the environment
   * chosen, else of the first of its service that has any.
   */
  async #versionsOfSide(
    side: GitSide,
    document: EditorDocument,
    place: RepositoryPath,
    response: ProfilesResponse,
    chosen: Chosen,
  ): Promise<{ readonly chosen: Chosen; readonly onlyVersions: string[] } | undefined> {
    const { commits, configuration } = this.#sources;
    const { selection } = configuration();
    const commit = await commits.of(place.root, side.ref);
    const environments = selection.environment === undefined ? environmentsOf(response, chosen, undefined) : [chosen];
    for (const environment of environments) {
      const onlyVersions: string[] = [];
      for (const { version, blob, revision } of versionsOf(response, environment, undefined).slice(
        0,
        mostSideVersions,
      )) {
        const isSameText = blob !== undefined && document.hasBlob(blob);
        const isSameCommit =
          !isSameText &&
          commit !== undefined &&
          revision !== undefined &&
          (await commits.of(place.root, revision)) === commit;
        if (isSameText || isSameCommit) onlyVersions.push(version);
      }
      if (onlyVersions.length > 0) return { chosen: environment, onlyVersions };
    }
    return undefined;
  }

  async #profiles(key: ProfileKey, waitMilliseconds: number, urgent: boolean): Promise<void> {
    const { store, connection } = this.#sources;
    await store.restore(key);
    const asked = store.want(key, urgent);
    // What is known is shown at once; the answer, when it comes, makes the document's view anew.
    if (store.get(key)) return;
    await Promise.race([
      asked.then(() => connection.settled()).then(() => store.want(key, urgent)),
      pause(waitMilliseconds),
    ]);
  }

  /** Where several services have a file of this path: those whose text of it is in this repository. */
  async #servicesOfTexts(
    open: OpenDocument,
    parsed: EditorText,
    place: RepositoryPath,
    response: ProfilesResponse,
    waitMilliseconds: number,
  ): Promise<ReadonlySet<string>> {
    const candidates = new Map(response.files.map((file) => [`${file.service}\0${file.environment}`, file]));
    const all = [...candidates.values()].slice(0, mostEnvironments);
    if (new Set(all.map(({ service }) => service)).size < 2) return new Set();
    const texts = await this.#texts(open, parsed, place, response, all, waitMilliseconds);
    const isHere = (of: Chosen): boolean =>
      versionsOf(response, of, undefined).some((version) => (texts.get(textKey(version)) ?? null) !== null);
    return new Set(all.filter(isHere).map(({ service }) => service));
  }

  /** The texts of the versions that matter, by {@link textKey}. */
  async #texts(
    open: OpenDocument,
    parsed: EditorText,
    place: RepositoryPath,
    response: ProfilesResponse,
    environments: readonly Chosen[],
    waitMilliseconds: number,
  ): Promise<Map<string, 'same' | ParsedText | null>> {
    const { deployed, seen } = this.#sources;
    const { document } = open;
    const textPlace = { root: place.root, path: place.path, definition: open.definition };
    const texts = new Map<string, 'same' | ParsedText | null>();
    const wanted: DeployedVersion[] = [];
    for (const chosen of environments) {
      for (const version of versionsOf(response, chosen, undefined)) {
        const key = textKey(version);
        if (texts.has(key)) continue;
        if (version.blob !== undefined && runs(document, version.blob, seen.peek(place.root, version.blob))) {
          texts.set(key, 'same');
          seen.remember(place.root, version.blob, document.getText());
          // The next key stroke makes it another text than the one that runs.
          deployed.keep(version, textPlace, () => parsed.share());
          continue;
        }
        texts.set(key, null);
        wanted.push(version);
      }
    }
    const missing = wanted.slice(0, mostDeployedTexts).flatMap((version) => {
      const known = deployed.peek(version, textPlace);
      if (known !== undefined) {
        texts.set(textKey(version), known);
        return [];
      }
      return [deployed.load(version, textPlace).then((text) => texts.set(textKey(version), text))];
    });
    if (missing.length > 0) {
      const all = Promise.all(missing);
      const inTime = await Promise.race([
        all.then(() => true),
        pause(Math.max(500, waitMilliseconds)).then(() => false),
      ]);
      if (!inTime) void all.then(() => this.#sources.onLateText(document.uri));
    }
    return texts;
  }

  async #keyOf(open: OpenDocument): Promise<Located | undefined> {
    const configuration = this.#sources.configuration();
    const found = await this.#sources.paths.of(open.file, this.#sources.workspaceFolders());
    if (!found || found.path === '') return undefined;
    if (open.former && Date.now() > open.former.until) open.former = undefined;
    const place = open.former ? { ...found, path: open.former.path } : found;
    const key = {
      file: deployedPath(place.path, configuration.pathMappings),
      window: configuration.selection.window,
    };
    open.key = key;
    // Known by the time that the profiles are there.
    if (place.isRepository) void this.#sources.remotes.of(place.root);
    return { key, place };
  }

  /** What the settings say of lenses in a document. */
  #lensOf({ document }: OpenDocument) {
    const { lens } = this.#sources.configuration();
    const { style = 'full', template } = lens;
    if (this.#text?.style !== style || this.#text.template !== template) {
      this.#text = { style, template, of: new LensText(style, template) };
    }
    return {
      showAbsent: lens.showAbsent,
      lensEnabled: lens.enabled && lens.offIn?.includes(document.languageId) !== true,
      callbacks: lens.callbacks ?? 'multiline',
      minimumCalls: lens.minimumCalls ?? 0,
      text: this.#text.of,
    };
  }

  get #connected(): boolean {
    return this.#sources.connection.state.kind === 'connected';
  }

  #connectionNotice(problem: string | null): string | undefined {
    const { showAbsent } = this.#sources.configuration().lens;
    const { state } = this.#sources.connection;
    if (!showAbsent) return undefined;
    if (state.kind === 'away') return 'collector away';
    if (state.kind === 'unauthorized') return 'the collector does not accept the token';
    if (state.kind === 'none') return 'no collector found';
    return problem === null ? undefined : 'the collector did not answer as expected';
  }

  #absence(
    response: ProfilesResponse,
    own: string | undefined,
  ): { readonly reason: 'noService' | 'fileNotLoaded' | 'neverLoaded'; readonly message: string } {
    const { selection } = this.#sources.configuration();
    const elsewhere = [...new Set(response.files.map(({ service, environment }) => `${service} in ${environment}`))];
    if (elsewhere.length > 0) {
      const selected = [selection.service, selection.environment].filter((part) => part !== undefined).join(' in ');
      return {
        reason: 'fileNotLoaded',
        message: `${selected} has not loaded this file; ${elsewhere.slice(0, 3).join(', ')} has`,
      };
    }
    const { services } = this.#sources.connection;
    if (services.length === 0) {
      return { reason: 'noService', message: 'no service has reported to the collector yet' };
    }
    const never = neverLoaded(services, selection, own, Date.now());
    return never === undefined
      ? { reason: 'fileNotLoaded', message: 'no measured service has loaded this file' }
      : { reason: 'neverLoaded', message: never };
  }

  #without(
    open: OpenDocument,
    functions: ParsedText['functions'],
    path: string | null,
    reason: Extract<FunctionState, { readonly kind: 'notMeasured' }>['reason'] | null,
    message: string,
    notice: string | undefined,
  ): DocumentView {
    const { connection } = this.#sources;
    const configuration = this.#sources.configuration();
    return {
      functions: documentFunctions({
        uri: open.document.uri,
        version: open.document.version,
        functions,
        mapped: null,
        elsewhere: [],
        collector: connection.state,
        confirmedAt: null,
        restored: false,
        absence: reason === null ? null : { kind: 'notMeasured', reason, message },
        notice,
        ...this.#lensOf(open),
        window: configuration.selection.window,
        now: Date.now(),
      }),
      chosen: null,
      versions: [],
      response: null,
      environments: () => [],
      problem: null,
      path,
      headerEnds: headerEnds(functions),
    };
  }

  dispose(): void {
    for (const uri of this.uris) this.close(uri);
  }
}

const headerEnds = (functions: ParsedText['functions']): readonly Position[] =>
  functions.map(({ headerEnd }) => ({ line: headerEnd.row, character: headerEnd.column }));

/** Whether the text in the editor is the one with this id; `known`: that text, if it was seen. Hashing costs milliseconds. */
function runs(document: EditorDocument, blob: string, known: string | undefined): boolean {
  const text = document.getText();
  if (known === undefined || known.includes('\r') || text.includes('\r')) return document.hasBlob(blob);
  return known === text;
}

const textKey = ({ blob, revision }: DeployedVersion): string => `${blob ?? ''}\0${revision ?? ''}`;

/** The chosen environment first, then the one shown beside it and the others of its service. */
function environmentsOf(response: ProfilesResponse, chosen: Chosen, beside: string | undefined): readonly Chosen[] {
  const names = new Set<string>();
  for (const { service, environment } of [...response.files, ...response.profiles]) {
    if (service === chosen.service && environment !== chosen.environment) names.add(environment);
  }
  return [
    chosen,
    ...[...names]
      .sort((a, b) => Number(b === beside) - Number(a === beside))
      .slice(0, mostEnvironments)
      .map((environment) => ({ service: chosen.service, environment })),
  ];
}

function shownVersions(mapped: readonly Mapped[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const each of mapped) {
    for (const { version, lastSeen, measuredSince } of profileOf(each)?.versions ?? []) {
      const at = lastSeen ?? measuredSince;
      if ((seen.get(version) ?? '') < at) seen.set(version, at);
    }
  }
  return [...seen].sort((a, b) => (a[1] < b[1] ? 1 : -1)).map(([version]) => version);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
