// The tests' end of the driver extension: sends a function into the extension host and brings back its result.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as vscode from 'vscode';

/** What `evaluate` runs: it travels as its source text, so it sees nothing but its two arguments and Node's globals. */
export type InExtensionHost<Argument, Result> = (
  api: typeof vscode,
  argument: Argument,
) => Result | Promise<Result> | Thenable<Result>;

export interface EvaluateOptions {
  /** Milliseconds; 30,000 unless told. */
  readonly timeoutMilliseconds?: number;
}

const usualTimeoutMilliseconds = 90_000;
const pollMilliseconds = 50;

interface Answer {
  readonly result?: unknown;
  readonly message?: string;
  readonly stack?: string;
}

export class DriverClient {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /**
   * Runs the function in the extension host with the `vscode` API and an argument; both the argument and the result
   * travel as JSON. Throws what the function throws, with its stack in the extension host.
   */
  async evaluate<Argument, Result>(
    code: InExtensionHost<Argument, Result>,
    argument: Argument,
    { timeoutMilliseconds = usualTimeoutMilliseconds }: EvaluateOptions = {},
  ): Promise<Result> {
    const body = JSON.stringify({ source: code.toString(), argument });
    const answer = await this.#post(body, timeoutMilliseconds);
    if (answer.message !== undefined) {
      const error = new Error(`in the extension host: ${answer.message}`);
      if (answer.stack !== undefined && answer.stack !== '') error.stack = `${error.message}\n${answer.stack}`;
      throw error;
    }
    // The other end serialised what the function returned; JSON is the contract that the docstring tells.
    return answer.result as Result;
  }

  /** Waits until the extension host answers; throws when it does not in time. */
  async ready(timeoutMilliseconds: number, stillAlive: () => boolean = () => true): Promise<void> {
    const deadline = Date.now() + timeoutMilliseconds;
    let last = 'nothing was tried';
    while (Date.now() < deadline && stillAlive()) {
      try {
        await this.evaluate(() => true, undefined, { timeoutMilliseconds: 2_000 });
        return;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
        await sleep(pollMilliseconds);
      }
    }
    throw new Error(`the extension host did not answer in ${timeoutMilliseconds} ms (last: ${last})`);
  }

  #post(body: string, timeoutMilliseconds: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          socketPath: this.#socket,
          path: '/',
          method: 'POST',
          agent: false,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          signal: AbortSignal.timeout(timeoutMilliseconds),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            try {
              // main.cjs writes nothing but answers of this shape.
              resolve(JSON.parse(text) as Answer);
            } catch {
              reject(new Error(`the extension host answered with no JSON: ${text.slice(0, 200)}`));
            }
          });
        },
      );
      call.on('error', (error) => {
        const timedOut = error.name === 'TimeoutError' || error.name === 'AbortError';
        reject(timedOut ? new Error(`no answer from the extension host in ${timeoutMilliseconds} ms`) : error);
      });
      call.end(body);
    });
  }
}
