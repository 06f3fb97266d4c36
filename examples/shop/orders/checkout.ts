import { PaymentDeclined, PaymentUnavailable } from '../errors.ts';
import { maskCard } from '../payments/card.ts';
import type { GatewayClient } from '../payments/gateway-client.ts';
import type { CartPrice } from '../pricing/line.ts';
import type { Country } from '../pricing/rules.ts';
import type { OrderBook } from './order-book.ts';

export interface CheckoutRequest {
  readonly email: string;
  readonly country: Country;
  readonly card: string;
  readonly price: CartPrice;
}

export interface Confirmation {
  readonly order: number;
  readonly totalCents: number;
  readonly chargeId: string;
}

/** Places orders and has them paid. */
export class Checkout {
  readonly #orders: OrderBook;
  readonly #gateway: GatewayClient;
  readonly #payments = new Set<Promise<string>>();

  constructor(orders: OrderBook, gateway: GatewayClient) {
    this.#orders = orders;
    this.#gateway = gateway;
  }

  /** Throws OutOfStock, PaymentDeclined or PaymentUnavailable. */
  async complete(request: CheckoutRequest): Promise<Confirmation> {
    const order = this.#orders.place({ ...request, card: maskCard(request.card) });
    const totalCents = request.price.totalCents;
    const payment = this.#pay(order, totalCents, request.card);
    this.#payments.add(payment);
    try {
      return { order, totalCents, chargeId: await payment };
    } finally {
      this.#payments.delete(payment);
    }
  }

  /** Resolves when no payment is under way; one goes on even when its customer has hung up. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#payments);
  }

  async #pay(order: number, amountCents: number, card: string): Promise<string> {
    try {
      const receipt = await this.#gateway.charge({ reference: `order-${order}`, amountCents, card });
      this.#orders.markPaid(order, receipt.chargeId);
      return receipt.chargeId;
    } catch (error) {
      this.#orders.markUnpaid(order);
      if (error instanceof PaymentDeclined) throw error;
      throw new PaymentUnavailable(order, error);
    }
  }
}
