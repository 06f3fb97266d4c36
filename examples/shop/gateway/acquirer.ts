import { setTimeout } from 'node:timers/promises';
import { seededRandom } from '../seeded-random.ts';

export interface ChargeRequest {
  readonly amountCents: number;
  readonly card: string;
}

export type ChargeResult =
  | { readonly status: 'captured'; readonly id: string }
  | { readonly status: 'declined'; readonly reason: string }
  | { readonly status: 'overflow' };

/** Test card of which the bank always says no. */
const brokeCard = '4000000000000002';

/** Of the charges that come while all sessions are taken, each twelfth finds no room in the queue. */
const overflowEach = 12;

/** The bank's side: a few sessions, each of which takes 30 to 90 ms for a charge. */
export class Acquirer {
  readonly #sessions: number;
  readonly #random = seededRandom(7);
  #busy = 0;
  #crowded = 0;
  #charges = 0;

  constructor(sessions: number) {
    this.#sessions = sessions;
  }

  async charge({ card }: ChargeRequest): Promise<ChargeResult> {
    if (this.#busy >= this.#sessions && ++this.#crowded % overflowEach === 0) return { status: 'overflow' };
    this.#busy++;
    try {
      await setTimeout(30 + this.#random() * 60);
    } finally {
      this.#busy--;
    }
    if (card === brokeCard) return { status: 'declined', reason: 'insufficient funds' };
    this.#charges++;
    return { status: 'captured', id: `ch_${String(this.#charges).padStart(8, '0')}` };
  }
}
