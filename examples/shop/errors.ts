/** An error that the caller may see: `code` for programs, `message` for people. */
export class ShopError extends Error {
  readonly statusCode: number;
  readonly code: string;

  constructor(statusCode: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.statusCode = statusCode;
    this.code = code;
  }
}

export class BadRequest extends ShopError {
  constructor(message: string) {
    super(400, 'bad_request', message);
  }
}

export class NotFound extends ShopError {
  constructor(what: string) {
    super(404, 'not_found', `${what} does not exist`);
  }
}

export class OutOfStock extends ShopError {
  constructor(product: string, available: number) {
    super(409, 'out_of_stock', `only ${available} of ${product} left`);
  }
}

export class PaymentDeclined extends ShopError {
  constructor(reason: string) {
    super(402, 'payment_declined', `the payment was declined: ${reason}`);
  }
}

export class PaymentUnavailable extends ShopError {
  constructor(order: number, cause: unknown) {
    super(
      502,
      'payment_unavailable',
      `order ${order} could not be paid: the payment service did not answer as expected`,
      {
        cause,
      },
    );
  }
}
