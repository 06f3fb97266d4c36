/**
 * Calls `stop` once: on SIGTERM, on SIGINT, or when a parent that holds an IPC channel to this process is gone.
 * The process then ends by itself; one that still hangs after the timeout is ended with code 1.
 * Returns what stops it for any other reason.
 */
export function stopOnSignal(stop: () => Promise<void>, timeoutMilliseconds = 5_000): () => void {
  let stopping = false;

  const stopOnce = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), timeoutMilliseconds).unref();
    stop()
      .catch((error: unknown) => {
        console.error(error);
        process.exitCode = 1;
      })
      .finally(() => {
        if (process.connected) process.disconnect();
      });
  };

  process.once('SIGTERM', stopOnce);
  process.once('SIGINT', stopOnce);
  process.once('disconnect', stopOnce);
  return stopOnce;
}
