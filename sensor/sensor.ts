import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, threadId } from 'node:worker_threads';
import type { CallersWatch } from './callers/watch.ts';
import type { CodeSetting, Configuration } from './configuration.ts';
import { Control, notSeen } from './control/control.ts';
import { followLevel, LevelOfThreads, sharedLevel } from './control/shared-level.ts';
import { ExceptionsWatch } from './errors/watch.ts';
import type { ControlRequest, Export, ExportOptions, FileOrigin } from './export/export.ts';
import { onProcessEnd } from './export/process-end.ts';
import type { Session } from './export/session.ts';
import { instanceId } from './instance.ts';
import { hookCommonJs, type LoadHooks, requireLazily } from './load/commonjs.ts';
import { firstPartyFilter, isInNodeModules } from './load/first-party.ts';
import type { Instrumenter } from './load/instrument.ts';
import type { LoadedFile } from './load/loaded-file.ts';
import { needsModuleHooks, programIsModule } from './load/module-need.ts';
import { hasModuleHooks, hookModules } from './load/modules.ts';
import type { OffThreadHooks } from './load/off-thread.ts';
import { findRoot, folderOfProgram } from './load/root.ts';
import { announce, messageOf, warn } from './log.ts';
import type { OperationDelta } from './operations/recorder.ts';
import { OperationsWatch } from './operations/watch.ts';
import { isOwnThread } from './own-thread.ts';
import type { EnginePart } from './probes/engine/engine-loading.ts';
import { EngineAtHand } from './probes/engine-at-hand.ts';
import { markChildren } from './processes/child-mark.ts';
import { functionHost } from './processes/host.ts';
import type { ThreadReport, Threads } from './processes/threads.ts';
import { hookedFile } from './requests/hooked-file.ts';
import type { Requests } from './requests/requests.ts';
import { installRuntime } from './runtime/install.ts';
import type { Runtime } from './runtime/runtime.ts';

/** Captured before the service can replace them, by fake timers for instance. */
const { setInterval, clearInterval, setImmediate, setTimeout } = globalThis;
const now = Date.now;
const realNow = performance.now.bind(performance);

/**
 * The sensor of one thread. At the start it only sets hooks: the parser is loaded by the first first-party file and the
 * exporter by the first flush, so that a process without such a file pays next to nothing.
 */
export function startSensor(configuration: Configuration): void {
  const ownFolder = dirname(fileURLToPath(import.meta.url));
  const program = process.argv[1];
  const host = functionHost(process.env);
  // Several at a time are of another kind: such a process is not stopped.
  const isStoppedBetween = host?.kind === 'lambda' && process.env.AWS_LAMBDA_MAX_CONCURRENCY === undefined;
  const root = findRoot(configuration.root ?? host?.codeFolder, process.cwd(), program);
  const { include, exclude } = configuration;
  const isFirstParty = firstPartyFilter({ root, include, exclude, ownFolder });
  const startedAt = now();

  let runtime: Runtime | undefined;
  let callers: CallersWatch | undefined;
  let exceptions: ExceptionsWatch | undefined;
  let requests: Requests | undefined;
  let instrumenter: Instrumenter | undefined;
  let offThread: OffThreadHooks | undefined;
  const waiting: LoadedFile[] = [];
  const origins = new WeakMap<LoadedFile, FileOrigin>();
  let probes: EngineAtHand | undefined;

  const framesOptions = { isFirstParty, receive: () => offThread?.receiveNow(), now: realNow };
  const theRuntime = (): Runtime => {
    if (!runtime) {
      const installed = installRuntime({ shared: !isMainThread });
      runtime = installed;
      if (configuration.callers) callers = guarded(() => watchCallers(installed));
      if (configuration.exceptions) exceptions = new ExceptionsWatch(installed, framesOptions);
      const { measuring, samples, details } = control.doing;
      installed.measure(measuring);
      installed.limitSamples(samples);
      if (!details) requests?.off();
      callers?.pause(!details);
      exceptions?.pause(!details);
      if (configuration.probes && configuration.probesFallback !== undefined && isMainThread) {
        // With code of that compiler the first breakpoint in a function walks the whole heap: 0.18 ms for each MB.
        const v8 = requireLazily('node:v8') as typeof import('node:v8');
        v8.setFlagsFromString('--no-sparkplug');
      }
      // Before the service's code can start worker threads, which inherit it.
      instanceId();
      sharedLevel();
    }
    return runtime;
  };
  /** Calls by caller, and errors by kind. */
  function* series(last: boolean): Generator<readonly OperationDelta[]> {
    if (callers) yield* callers.parts(last);
    if (requests) yield requests.drain();
    if (exceptions) yield* exceptions.parts(last);
  }
  let exporting: Export | undefined;
  let session: Session | undefined;
  const exportOptions = (): ExportOptions => ({
    settings: {
      configuration,
      root,
      programFolder: host?.codeFolder ?? programFolder(program, root),
      ownFolder,
      start: startedAt,
      sensorVersion: readVersion(ownFolder),
      instanceId: instanceId(),
      threadId: isMainThread ? 0 : threadId,
    },
    runtime: theRuntime(),
    files: waiting,
    originOf: (file) => origins.get(file) ?? 'own',
    receive: () => offThread?.receiveNow(),
    operations: (last) => operations?.drain(last),
    series,
    slowCalls: () => callers?.slowCalls() ?? [],
    now,
    countedUntil: () => (control.isOff ? control.state.since : now()),
    state: () => control.state,
    onRequest: (request) => void guarded(() => onRequest(request)),
    onProbesLost: () => probes?.take([{ do: 'close' }]),
  });
  /** The bundles of this folder that export just these classes. */
  const exportHere = (): Session => {
    const part = requireLazily('./session.cjs') as typeof import('./export/session.ts');
    session = new part.Session(exportOptions());
    exporting = session;
    return session;
  };
  const exportByThread = (): Export => {
    const part = requireLazily('./hand-over.cjs') as typeof import('./export/hand-over.ts');
    exporting = new part.HandOver({ ...exportOptions(), instead: exportHere, setImmediate });
    return exporting;
  };

  const theRequests = (): Requests => {
    if (!requests) {
      // The bundle of this folder that exports just this class.
      const part = requireLazily('./requests.cjs') as typeof import('./requests/requests.ts');
      requests = new part.Requests();
    }
    return requests;
  };

  /** Where the owner of the service allows V8's inspector. */
  const theFallback = () => {
    try {
      // The bundle of this folder that exports just these.
      const part = requireLazily('./probes-fallback.cjs') as typeof import('./probes/fallback/inspector-gates.ts');
      return part.inspectorGates(configuration.probesFallback ?? 0, { setTimeout, clearTimeout });
    } catch (error) {
      warn(`V8's inspector is not there for probes: ${messageOf(error)}`);
      return undefined;
    }
  };

  const theProbes = (): EngineAtHand => {
    probes ??= new EngineAtHand({
      // The bundle of this folder that exports just this class.
      load: () => requireLazily('./probes.cjs') as EnginePart,
      make: ({ ProbeRunner }) => {
        const { secretNames, hiddenTypes, shownNames } = configuration;
        const hasRules = hiddenTypes.length > 0 || shownNames.length > 0;
        return new ProbeRunner({
          runtime: theRuntime(),
          post: (news) => exporting?.tellProbes(news),
          request: () => requests?.atHand(),
          ownFolder,
          secretNames,
          ...(configuration.probesFallback === undefined ? {} : { fallback: theFallback }),
          rules: hasRules ? { hiddenTypes: new Set(hiddenTypes), shownNames } : undefined,
          now: realNow,
          wallNow: now,
          timers: { setInterval, clearInterval, setTimeout, setImmediate },
        });
      },
      setImmediate,
      guarded: (work) => void guarded(work),
    });
    return probes;
  };

  const watchCallers = (calls: Runtime): CallersWatch => {
    // The bundle of this folder that exports just this class.
    const part = requireLazily('./callers.cjs') as typeof import('./callers/watch.ts');
    return new part.CallersWatch({
      runtime: calls,
      requests: theRequests(),
      ...framesOptions,
      asked: () => operations?.asked,
    });
  };

  let failed = false;
  /** Runs a part of the sensor; the first failure ends the sensor's work, not the service's. */
  const guarded = <T>(work: () => T): T | undefined => {
    if (failed) return undefined;
    try {
      return work();
    } catch (error) {
      failed = true;
      warn(`the sensor failed and measures no further: ${messageOf(error)}`);
      return undefined;
    }
  };

  // A worker thread of the service exports by itself: it holds up no requests, and a thread each would cost 10 MB.
  const startExport = (): Export => (isMainThread && !isStoppedBetween ? exportByThread() : exportHere());
  const flush = (): void => {
    if (report?.isClaimed) return;
    guarded(() => {
      void (exporting ?? startExport()).flush();
    });
    instrumenter?.settle();
  };
  let timer: NodeJS.Timeout | undefined;
  const startTimer = (): void => {
    timer ??= setInterval(onInterval, configuration.flushIntervalMilliseconds).unref();
  };
  const onInterval = (): void => {
    if (control.isOff && exporting?.isSettled === true) {
      clearInterval(timer);
      timer = undefined;
    } else flush();
  };
  let threads: LevelOfThreads | undefined;
  /** Files that ran while it was off, and run as they are. */
  let unseen = new Set<string>();
  const control: Control = new Control({
    now,
    apply: ({ measuring, samples, details }, left, taken) => {
      runtime?.limitSamples(samples);
      runtime?.measure(measuring);
      for (const { first, count } of taken) runtime?.leaveOut(first, count, false);
      for (const { first, count } of left) runtime?.leaveOut(first, count, true);
      if (details) requests?.on();
      else requests?.off();
      callers?.pause(!details);
      exceptions?.pause(!details);
      operations?.pause(!details);
    },
    changed: (state, before) => {
      if (isMainThread) {
        threads ??= new LevelOfThreads();
        threads.tell(state.level);
      }
      exporting?.tell(state);
      if (state.level === 'off') probes?.take([{ do: 'close' }]);
      if (state.level === 'off' && before.level !== 'off') {
        // Nothing was loaded yet: there is nothing to send.
        if (timer) guarded(() => (exporting ?? startExport()).pause());
      } else if (before.level === 'off' && state.level !== 'off') {
        exporting?.resume(state.since);
        const paths = unseen;
        unseen = new Set();
        if (paths.size > 0) guarded(() => tellUnseen(paths));
        if (exporting) startTimer();
      }
    },
  });
  const onRequest = (request: ControlRequest): void => {
    if (request.kind === 'probes') {
      theProbes().take(request.orders);
      return;
    }
    if (request.kind === 'probes-engine') {
      theProbes().load(request.code);
      return;
    }
    if (request.kind === 'limit') {
      control.limit(request.level, request.left);
      return;
    }
    const before = control.state;
    control.switch('collector', request.on);
    const done = control.isOff !== request.on;
    exporting?.tell(control.state, {
      id: request.id,
      outcome: done ? 'done' : 'refused',
      ...(done ? {} : { reason: 'it was switched off by a signal: send the same signal once more' }),
    });
    if (control.isOff !== (before.level === 'off')) {
      announce(`the collector has switched the sensor ${control.isOff ? 'off' : 'on'}`);
    }
  };
  // The bundle of this folder that exports just these classes.
  const threadsPart = () => requireLazily('./threads.cjs') as typeof import('./processes/threads.ts');
  let children: Threads | undefined;
  let report: ThreadReport | undefined;
  /** What came by NODE_OPTIONS is inherited. */
  let equips =
    configuration.children &&
    !(process.env.NODE_OPTIONS ?? '').includes('--import') &&
    process.versions.electron === undefined;
  /** The program uses `child_process`: only then, since loading it costs a start 3 ms. */
  const onChildProcess = (): void => {
    if (!equips) return;
    equips = false;
    guarded(() => {
      // The bundle of this folder that exports just this function.
      const part = requireLazily('./children.cjs') as typeof import('./processes/children.ts');
      part.equipChildren({
        sensorUrl: pathToFileURL(join(ownFolder, 'register.js')).href,
        isMeasured: () => runtime !== undefined,
        guarded: (work) => void guarded(work),
      });
    });
  };
  const tellParent = (file: LoadedFile): void => {
    if (!runtime?.shared) return;
    report ??= new (threadsPart().ThreadReport)(threadId, runtime.shared);
    report.add(file);
  };
  const theChildren = (): Threads => {
    children ??= new (threadsPart().Threads)({
      reserve: (count) => theRuntime().reserve(count),
      count: (slot, calls) => theRuntime().count(slot, calls),
      onFile: (file) => {
        origins.set(file, 'endedThread');
        waiting.push(file);
        tellParent(file);
        startTimer();
      },
      onLoaded: (file) => {
        // Who has probes is told why they cannot stand there.
        if (!configuration.probes || !isMainThread) return;
        origins.set(file, 'runningThread');
        waiting.push(file);
        startTimer();
      },
      guarded: (work) => void guarded(work),
    });
    watchEnd();
    return children;
  };
  process.on('worker', (worker) => {
    if (!Reflect.has(worker, isOwnThread)) guarded(() => theChildren().started(worker));
  });
  const onLoaded = (file: LoadedFile): void => {
    waiting.push(file);
    tellParent(file);
    // From now on: a tool such as npm, which is not measured itself, starts the service as a child.
    if (!configuration.children) markChildren(process.env, process.pid);
    operations?.add(file);
    callers?.add(file);
    exceptions?.add(file);
    watchEnd();
    // Of a module that a thread had begun to read before the switch: it is sent with all the others.
    if (!control.isOff) startTimer();
  };
  let watching = false;
  const watchEnd = (): void => {
    if (watching) return;
    watching = true;
    onProcessEnd(() => {
      guarded(() => {
        offThread?.receiveNow();
        if (report?.isClaimed) return;
        children?.takeAll();
        probes?.end();
        if (waiting.length > 0 || exporting) (exporting ?? exportHere()).end();
      });
      // Last: a process that is killed because it takes too long to end has lost nothing but this.
      instrumenter?.save();
    });
  };

  const flushWithin = async (milliseconds: number): Promise<void> => {
    offThread?.receiveNow();
    if (waiting.length === 0 && !exporting) return;
    await (session ?? guarded(exportHere))?.flushWithin(milliseconds);
  };
  if (isStoppedBetween) {
    guarded(() => {
      // The bundle of this folder that exports just this class.
      const part = requireLazily('./lambda.cjs') as typeof import('./processes/lambda.ts');
      new part.LambdaInvocations({
        runtimeApi: process.env.AWS_LAMBDA_RUNTIME_API ?? '',
        flush: flushWithin,
        mostMilliseconds: configuration.exporter.timeoutMilliseconds,
        now,
      });
    });
  }

  const usesSourceMaps = (): boolean => mapsStackTraces();
  /** What plans depend on beside the texts, and whose they are. */
  const cachedProgram = [program === undefined ? '' : resolve(program), root, ownFolder, ...include, '', ...exclude];
  /** Of the thread that modules are loaded by, if there is one. A file of its own: two threads that write one could lose what the other wrote. */
  const cachedModules = [...cachedProgram, 'modules'];
  const operations = !configuration.operations
    ? undefined
    : new OperationsWatch(
        () => ({
          isFirstParty,
          receive: () => offThread?.receiveNow(),
          callsOf: (slot) => theRuntime().callsOf(slot),
          now: realNow,
          requests: theRequests(),
        }),
        (work) => void guarded(work),
      );
  operations?.start();
  const { killSignal } = configuration;
  if (killSignal && isMainThread) {
    process.on(killSignal, () => {
      guarded(() => control.switch('signal', control.isOffBy('signal')));
      const other = control.isOff && !control.isOffBy('signal') ? '; the collector has switched it off as well' : '';
      announce(`${killSignal}: the sensor is ${control.isOff ? 'off' : 'on'}${other}`);
    });
  }
  // Worker threads do as the main thread does.
  if (!isMainThread) {
    followLevel((level) => {
      guarded(() => {
        control.switch('process', level !== 'off');
        if (level !== 'off') control.limit(level, []);
      });
    });
  }
  const newInstrumenter = (
    code: CodeSetting | undefined,
    onFile: (file: LoadedFile) => void,
    kept = cachedProgram,
  ): Instrumenter => {
    // The bundle of this folder that exports just this class.
    const part = requireLazily('./instrument.cjs') as typeof import('./load/instrument.ts');
    return new part.Instrumenter({
      reserve: (count) => theRuntime().reserve(count),
      isFirstParty,
      root,
      usesSourceMaps,
      onLoaded: onFile,
      probes: configuration.probes,
      cache: {
        setting: configuration.cache,
        program: kept,
        ...(code === undefined ? {} : { code: { setting: code, program, later: setImmediate } }),
      },
    });
  };
  const theInstrumenter = (): Instrumenter => {
    // Few of a program's files are loaded by its worker threads, of which each has slots of its own.
    instrumenter ??= newInstrumenter(isMainThread ? configuration.code : undefined, onLoaded);
    return instrumenter;
  };
  if (configuration.prepare && isMainThread && program !== undefined && isOwnProgram(program, isFirstParty)) {
    // The bundle of this folder that exports just this function.
    const part = requireLazily('./prepare.cjs') as typeof import('./load/prepare-program.ts');
    const { code, prepare } = configuration;
    part.prepareProgram({
      places: prepare.length === 0 ? [root] : prepare.map((place) => resolve(place)),
      isFirstParty,
      instrumenters: (onFile) => {
        // Who asks for it has made sure of the folder; the start that finds it there decides whether it is used.
        const commonjs = newInstrumenter(code === 'default' ? 'on' : code, onFile);
        return { commonjs, module: hasModuleHooks ? commonjs : newInstrumenter(undefined, onFile, cachedModules) };
      },
      now: realNow,
    });
  }
  const tellUnseen = (paths: ReadonlySet<string>): void => {
    for (const path of paths) theInstrumenter().leaveOut(path, notSeen);
  };
  const hooks: LoadHooks = {
    isFirstParty,
    onRan: (path, exports) => {
      operations?.commonJs(path, exports);
      if ((configuration.callers || configuration.operations) && hookedFile(path)) {
        guarded(() => theRequests().commonJs(path, exports));
      }
    },
    onPackageModule: (url) => operations?.module(url),
    onBuiltin: (url) => {
      operations?.builtin(url);
      if (url === 'node:child_process') onChildProcess();
    },
    instrument: (loaded) => {
      if (!control.isOff) return guarded(() => theInstrumenter().instrument(loaded));
      if (unseen.size < mostUnseen) unseen.add(loaded.path);
      return undefined;
    },
  };

  if (hookModules(hooks)) {
    hookCommonJs(hooks);
    return;
  }
  // Node 20: the thread that module hooks need there costs a start 30 ms, so it waits until a module may be loaded.
  const startOffThread = (): void => {
    if (offThread) return;
    guarded(() => {
      // The bundle of this folder that exports just this function.
      const part = requireLazily('./off-thread.cjs') as typeof import('./load/off-thread.ts');
      offThread = part.startOffThreadHooks(
        {
          ownFolder,
          root,
          include,
          exclude,
          usesSourceMaps: usesSourceMaps(),
          probes: configuration.probes,
          cache: { setting: configuration.cache, program: cachedModules },
          level: sharedLevel(),
        },
        (count) => theRuntime().reserve(count),
        onLoaded,
      );
      watchEnd();
    });
    // What modules import is not told here.
    onChildProcess();
  };
  hookCommonJs({
    ...hooks,
    onCommonJs: (text, path) => {
      if (equips && text.includes('child_process')) onChildProcess();
      // The sensor's own parsers know the word; they load no module.
      if (!offThread && !path.startsWith(ownFolder) && needsModuleHooks(text)) startOffThread();
    },
  });
  if (programIsModule(program, process.execArgv)) startOffThread();
}

/** Paths that are remembered while it is off; of a program that loads more then, the others are not told of. */
const mostUnseen = 5_000;

const sourceMapsFlag = '--enable-source-maps';
const hasSourceMapsFlag =
  process.execArgv.includes(sourceMapsFlag) || (process.env.NODE_OPTIONS ?? '').includes(sourceMapsFlag);

/** Whether Node maps stack traces, by flag or because something such as tsx asked for it. */
function mapsStackTraces(): boolean {
  return hasSourceMapsFlag || Reflect.get(process, 'sourceMapsEnabled') === true;
}

/** Not one of the tools that start it, such as npm. */
function isOwnProgram(program: string, isFirstParty: (path: string) => boolean): boolean {
  const folder = folderOfProgram(resolve(program));
  return folder !== undefined && isFirstParty(join(folder, 'index.js'));
}

function programFolder(program: string | undefined, root: string): string {
  if (program === undefined) return root;
  const path = resolve(program);
  return isInNodeModules(path) ? process.cwd() : dirname(path);
}

function readVersion(ownFolder: string): string {
  try {
    const text = readFileSync(join(ownFolder, 'package.json'), 'utf8');
    return String(Reflect.get(JSON.parse(text), 'version') ?? '0');
  } catch {
    return '0';
  }
}
