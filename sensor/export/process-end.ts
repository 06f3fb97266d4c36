/** Signals that end a process by default and that operators and terminals send. */
const endingSignals = ['SIGTERM', 'SIGINT'] as const;
type EndingSignal = (typeof endingSignals)[number];

/**
 * Calls `onEnd` once when the process ends by itself, by `process.exit`, by an uncaught error, or by SIGTERM or SIGINT
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

/** Keeps the listener the last one, so that what other listeners do is still counted. */
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
  const onSignal = (): void => {
    end();
    process.removeListener(signal, onSignal);
    process.kill(process.pid, signal);
  };
  let changing = false;
  const change = (work: () => void): void => {
    changing = true;
    try {
      work();
    } finally {
      changing = false;
    }
  };
  if (process.listenerCount(signal) === 0) change(() => process.on(signal, onSignal));
  process.on('newListener', (event) => {
    if (event === signal && !changing) change(() => process.removeListener(signal, onSignal));
  });
  process.on('removeListener', (event) => {
    if (event === signal && !changing && process.listenerCount(signal) === 0) {
      change(() => process.on(signal, onSignal));
    }
  });
}
