import { parentPort, workerData } from 'node:worker_threads';
import { ExportSide } from '../control/export-side.ts';
import type { LoadedFile } from '../load/loaded-file.ts';
import { PlannedFile } from '../load/planned-file.ts';
import { messageOf, warn } from '../log.ts';
import { ownThreadMark } from '../own-thread.ts';
import { Tallies } from '../runtime/tallies.ts';
import type { FileOrigin } from './export.ts';
import { type ExportThreadData, endPhase, type FromExportThread, place, type ToExportThread } from './messages.ts';
import { sendLast } from './send-last.ts';
import { addOperations, startExporting } from './session.ts';

/**
 * The thread that makes of counts and samples what is sent, and sends it; started by hand-over.ts. Of the same priority as
 * the others: of a lower one it held locks of the process for as long as it got no core (stops of 112 ms instead of 22 on
 * one core).
 */
// Only HandOver starts this file, with exactly this.
const { settings, state: shared } = Reflect.get(workerData, ownThreadMark) as ExportThreadData;
const state = new Int32Array(shared);
const exporting = startExporting(settings, Date.now);
const { collection, exporter } = exporting;
const tallies = new Tallies();
const control = new ExportSide({
  settings,
  resource: exporting.resource,
  exporter,
  collection,
  ask: (request) => parentPort?.postMessage(request satisfies FromExportThread),
});
let text: string[] = [];

function tell(phase: number): void {
  Atomics.store(state, place.phase, phase);
  Atomics.notify(state, place.phase);
}

function takeFile(file: LoadedFile, origin: FileOrigin): void {
  if (origin === 'runningThread') {
    control.loadedByThread(file);
    return;
  }
  control.cost.addFile(file.path, { first: file.firstSlot, count: file.functions.length });
  collection.add(file);
  if (origin === 'own') control.loaded(file);
}

function take(message: ToExportThread): void {
  switch (message.kind) {
    case 'text':
      text.push(message.text);
      return;
    case 'file':
      takeFile(PlannedFile.from({ ...message.file, text: text.join('') }), message.origin);
      text = [];
      return;
    case 'parcel':
      control.cost.addCalls(message.parcel.slots, message.parcel.calls);
      control.cost.addSamples(message.parcel.samples);
      collection.addSlots(tallies.take(message.parcel));
      return;
    case 'samples':
      control.cost.addSamples(message.samples);
      tallies.gather(message.samples);
      return;
    case 'operations':
      control.cost.addOperations(message.drained.operations);
      addOperations(exporting, message.drained);
      return;
    case 'slowCalls':
      collection.addSlowCalls(message.calls);
      return;
    case 'cut':
      // First: one that fails must not hold up those after it.
      Atomics.add(state, place.cuts, 1);
      collection.addOperations(tallies.conditions.cut(false));
      control.look(message.spent);
      exporter.add(collection.cut(message.at));
      collection.lookAtWaits();
      return;
    case 'resumed':
      collection.startAt(message.at);
      return;
    case 'state':
      control.changed(message.state, message.answer);
      return;
    case 'probes':
      control.probesNews(message.news);
      return;
    case 'end': {
      collection.addOperations(tallies.conditions.cut(true));
      control.close();
      const last = exporter.takeLast(collection.cut(message.at));
      Atomics.store(state, place.limitMilliseconds, last.limitMilliseconds);
      tell(endPhase.sending);
      const done = (): void => tell(endPhase.done);
      sendLast(settings.configuration.exporter, last).then(done, done);
      return;
    }
  }
}

process.on('exit', () => tell(endPhase.gone));
parentPort?.on('message', (message: ToExportThread) => {
  try {
    take(message);
  } catch (error) {
    warn(`an export failed: ${messageOf(error)}`);
    if (message.kind === 'end') tell(endPhase.done);
  }
});
parentPort?.postMessage('ready' satisfies FromExportThread);
