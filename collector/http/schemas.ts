/** The protocol's zod schemas as what Fastify and OpenAPI need of them. */
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { ProblemError } from './problems.ts';

/** Throws a problem that names the parameter. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ProblemError(
    'bad-request',
    `The parameter "${issue?.path.join('.') ?? ''}" is not valid: ${issue?.message ?? 'unknown'}. The parameters are described at /api/openapi.json.`,
  );
}

/** Throws a problem that names the field. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = understood(schema, body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ProblemError(
    'bad-request',
    `The field "${issue?.path.join('.').slice(0, 100) ?? ''}" of the body is not valid: ${issue?.message ?? 'unknown'}. What each path takes is described at /api/openapi.json.`,
  );
}

/** A schema of trees comes to the end of the stack before JSON does. */
function understood<Schema extends z.ZodType>(schema: Schema, body: unknown): z.ZodSafeParseResult<z.output<Schema>> {
  try {
    return schema.safeParse(body);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ProblemError('bad-request', 'The body is nested too deeply: send less of it.');
  }
}

/** JSON Schema (2020-12, as OpenAPI 3.1 takes it) in place of zod. */
export function jsonSchemaOf(schema: FastifySchema | undefined): FastifySchema {
  const { querystring, response, ...rest } = schema ?? {};
  return {
    ...rest,
    ...(querystring instanceof z.ZodType ? { querystring: z.toJSONSchema(querystring, { io: 'input' }) } : {}),
    ...(typeof response === 'object' && response !== null
      ? {
          response: Object.fromEntries(
            Object.entries(response).map(([status, each]) => [
              status,
              each instanceof z.ZodUndefined
                ? { description: 'Nothing has changed since the answer of this ETag' }
                : {
                    description: 'The answer',
                    content: {
                      'application/json': { schema: each instanceof z.ZodType ? z.toJSONSchema(each) : each },
                    },
                  },
            ]),
          ),
        }
      : {}),
  };
}
