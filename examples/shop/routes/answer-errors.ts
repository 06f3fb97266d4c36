import type { FastifyError, FastifyInstance } from 'fastify';
import { NotFound, ShopError } from '../errors.ts';

/** Every error becomes `{ error, message }`; of an unexpected one the caller sees no detail. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request) => {
    throw new NotFound(`${request.method} ${request.url}`);
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ShopError) {
      if (error.statusCode >= 500) request.log.warn({ err: error }, error.message);
      return reply.code(error.statusCode).send({ error: error.code, message: error.message });
    }
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ error: 'bad_request', message: error.message });
    }
    request.log.error({ err: error }, 'unexpected error');
    return reply.code(500).send({ error: 'internal', message: 'something went wrong on our side' });
  });
}
