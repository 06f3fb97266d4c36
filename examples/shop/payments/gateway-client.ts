import { z } from 'zod';
import { PaymentDeclined } from '../errors.ts';

export interface Charge {
  /** The same reference is charged once, however often it is sent. */
  readonly reference: string;
  readonly amountCents: number;
  readonly card: string;
}

export interface Receipt {
  readonly chargeId: string;
}

const answerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('captured'), id: z.string() }),
  z.object({ status: z.literal('declined'), reason: z.string() }),
]);

const timeoutMilliseconds = 5_000;

/** Charges cards through the payment gateway. */
export class GatewayClient {
  readonly #charges: URL;
  readonly #send: (url: URL, init: RequestInit) => Promise<Response>;

  constructor(gatewayUrl: string, send: (url: URL, init: RequestInit) => Promise<Response> = fetch) {
    this.#charges = new URL('/charges', gatewayUrl);
    this.#send = send;
  }

  /** Throws PaymentDeclined when the bank says no, and what `fetch` throws when the gateway cannot be reached. */
  async charge(charge: Charge): Promise<Receipt> {
    const response = await this.#send(this.#charges, {
      method: 'POST',
      headers: this.#headers(charge),
      body: JSON.stringify({ amountCents: charge.amountCents, currency: 'EUR', card: charge.card }),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const answer = GatewayClient.#readAnswer(await response.text());
    if (answer.status === 'declined') throw new PaymentDeclined(answer.reason);
    return { chargeId: answer.id };
  }

  static #readAnswer(text: string): z.infer<typeof answerSchema> {
    return answerSchema.parse(JSON.parse(text));
  }

  #headers(charge: Charge): Record<string, string> {
    return { 'content-type': 'application/json', 'idempotency-key': charge.reference };
  }
}
