import type { ServerResponse } from 'node:http';

const checkMilliseconds = 1_000;

/**
 * Answers that are not at their end: streams of events go on for days. They end within a second after the token that
 * they were given for has stopped to count; new requests are refused at once.
 */
export class OpenAnswers {
  readonly #answers = new Map<ServerResponse, () => boolean>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#check(), checkMilliseconds);
    this.#timer.unref();
  }

  add(response: ServerResponse, counts: () => boolean): void {
    this.#answers.set(response, counts);
    const over = (): void => {
      this.#answers.delete(response);
    };
    response.once('close', over);
    response.once('finish', over);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#answers.clear();
  }

  #check(): void {
    for (const [response, counts] of this.#answers) if (!counts()) response.destroy();
  }
}
