/** Errors as problem documents (RFC 9457): each code declared once, each detail a sentence that says what to do. */

import { type Problem, problemMediaType } from '@runlens/protocol/api/problem';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuditError } from '../audit/audit-log.ts';
import { StorageFullError } from '../store/profile-store.ts';

type Code = Problem['code'];

const kinds: Readonly<Record<Code, { readonly status: number; readonly title: string }>> = {
  'bad-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A token is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'Not a media type for this' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The collector failed' },
  unavailable: { status: 503, title: 'Not available now' },
  'storage-full': { status: 503, title: 'The disk is full' },
};

/** Throw it in a handler: it becomes the answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: Code;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: Code, detail: string, retryAfterSeconds?: number) {
    super(detail);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  const { status, title } = kinds[problem.code];
  const body: Problem = {
    type: `https://runlens.dev/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
  };
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', String(problem.retryAfterSeconds));
  if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="runlens"');
  return reply.code(status).header('content-type', problemMediaType).send(JSON.stringify(body));
}

/** Every error of the framework, of body parsers and of handlers, and every unknown path. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error, request);
    if (problem.code === 'internal')
      request.log.error({ err: error, path: request.routeOptions.url }, 'a request failed');
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const methods = (['GET', 'POST', 'DELETE'] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (methods.length > 0) {
      reply.header('allow', methods.join(', '));
      return sendProblem(
        reply,
        new ProblemError('method-not-allowed', `${path} takes ${methods.join(', ')}, not ${request.method}.`),
      );
    }
    return sendProblem(
      reply,
      new ProblemError(
        'not-found',
        `There is nothing at ${path.slice(0, 200)}. What there is, is listed at /api/openapi.json.`,
      ),
    );
  });
}

function problemOf(error: FastifyError, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof StorageFullError) return new ProblemError('storage-full', `${sentence(error.message)}`, 5);
  if (error instanceof AuditError) return new ProblemError('storage-full', error.message, 5);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError(
        'payload-too-large',
        'The body is larger than this path takes: send it in smaller parts.',
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new ProblemError(
        'unsupported-media-type',
        `The content type ${String(request.headers['content-type'] ?? '(none)').slice(0, 100)} is not taken here: send application/x-protobuf or application/json.`,
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ProblemError(
        'bad-request',
        'The body is not as long as its Content-Length says: send it again, whole.',
      );
  }
  const status = error.statusCode ?? 500;
  if (status === 429) return new ProblemError('too-many-requests', sentence(error.message));
  if (status === 413) return new ProblemError('payload-too-large', sentence(error.message));
  if (status >= 400 && status < 500) {
    return new ProblemError(
      'bad-request',
      `${sentence(error.message)} The parameters are described at /api/openapi.json.`,
    );
  }
  return new ProblemError(
    'internal',
    'The collector failed on this request; its log says why. Try again, and report it if it stays.',
  );
}

const sentence = (text: string): string => {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
};
