import type { CancellationToken } from 'vscode-languageserver/node';

/** Answers a request by work that is aborted when the editor does not want the answer any more. */
export async function abortable<Result>(
  token: CancellationToken,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const listener = token.onCancellationRequested(() => abort.abort());
  try {
    return await run(abort.signal);
  } finally {
    listener.dispose();
  }
}
