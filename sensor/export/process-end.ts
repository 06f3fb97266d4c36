/**
 * Signals that end a process by default and that operators and terminals send; SIGHUP when the terminal is closed. Node
 * itself undoes it when a process was started with one of them ignored (nohup), so listening changes nothing there.
 */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type EndingSignal = (typeof endingSignals)[number];

/**
 * Calls `onEnd` once when the process ends by itself, by `process.exit`, by an uncaught error, or by SIGTERM, SIGINT or SIGHUP
 * for which the service has no handler of its own. Exit codes and the ways of dying stay as they were: after `onEnd` the
 * same signal ends the process. While the service handles a signal itself, there is no listener of the sensor's.
 */
export function onProcessEnd(onEnd: () => void): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  listenLast('exit', end);
  for (const signal of endingSignals) handleWhileNobodyDoes(signal, end);
}

/**
 * Keeps the listener the last one, so that what other listeners do is still counted; except those that are added in
 * the very tick in which the process ends.
 */
function listenLast(event: 'exit', listener: () => void): void {
  process.on(event, listener);
  let moving = false;
  process.on('newListener', (added, other) => {
    if (added !== event || other === listener || moving) return;
    moving = true;
    // The other one is added only after this callback.
    process.nextTick(() => {
      moving = false;
      process.removeListener(event, listener);
      process.on(event, listener);
    });
  });
}

function handleWhileNobodyDoes(signal: EndingSignal, end: () => void): void {
  let listening = false;
  let changing = false;
  const set = (wanted: boolean): void => {
    if (listening === wanted) return;
    listening = wanted;
    changing = true;
    if (wanted) process.on(signal, onSignal);
    else process.removeListener(signal, onSignal);
    changing = false;
  };
  const onSignal = (): void => {
    end();
    ended = true;
    set(false);
    process.kill(process.pid, signal);
  };
  let ended = false;
  if (process.listenerCount(signal) === 0) set(true);
  process.on('newListener', (event) => {
    // Later, when the other one is there: without any listener Node stops to watch for the signal.
    if (event === signal && !changing) process.nextTick(() => set(listening && process.listenerCount(signal) === 1));
  });
  process.on('removeListener', (event) => {
    if (event === signal && !changing && !ended && process.listenerCount(signal) === 0) {
      listening = false;
      set(true);
    }
  });
}
