/** The schemas of tools as hosts take them. */
import { z } from 'zod';
import type { AgentTool } from './tool.ts';

export interface ObjectJsonSchema {
  readonly type: 'object';
  [key: string]: unknown;
}

export function objectJsonSchema(schema: z.ZodObject, io: 'input' | 'output'): ObjectJsonSchema {
  const { $schema: _, type: __, ...rest } = z.toJSONSchema(schema, { io });
  return { type: 'object', ...rest };
}

/** What a host shows a model of a tool's input. */
export const inputJsonSchema = ({ inputSchema }: AgentTool): ObjectJsonSchema => objectJsonSchema(inputSchema, 'input');
