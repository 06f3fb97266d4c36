/**
 * Says of most answers that they fit their schema, without the copy that zod makes of them. The first answer of 2,000
 * profiles takes it about a sixth of the time of `safeParse` (8 to 22 ms for 54 to 112, on a busy machine).
 *
 * It accepts only what the schema accepts, as it is; keys that the schema does not know stay. What it does not accept
 * says nothing: the schema decides. A schema with anything else than is read here (a default, a transform, a union) is
 * never accepted. How schemas are read: https://zod.dev/library-authors, `zod/v4/core`.
 */
import type { z } from 'zod';
import type { $ZodCheckDef, $ZodType, $ZodTypes } from 'zod/v4/core';

type Check = (value: unknown) => boolean;

const made = new WeakMap<$ZodType, Check>();

/** True: the value is one of the schema's, as it is. */
export function quickCheck<T>(schema: z.ZodType<T>, value: unknown): value is T {
  let check = made.get(schema);
  if (!check) {
    check = checkOf(schema) ?? never;
    made.set(schema, check);
  }
  return check(value);
}

const never: Check = () => false;

/** Undefined: the schema has something that is not read here. */
function checkOf(schema: $ZodType): Check | undefined {
  // Every schema that zod makes is one of this union; the library's own advice is to narrow by `def.type`.
  const { def } = (schema as $ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return stringCheck(def);
    case 'number':
      return numberCheck(def);
    case 'boolean':
      return plain(def) ? (value) => typeof value === 'boolean' : undefined;
    case 'enum': {
      const values = new Set<unknown>(Object.values(def.entries));
      return plain(def) ? (value) => values.has(value) : undefined;
    }
    case 'nullable': {
      const inner = checkOf(def.innerType);
      return inner && plain(def) ? (value) => value === null || inner(value) : undefined;
    }
    case 'optional': {
      const inner = checkOf(def.innerType);
      return inner && plain(def) ? (value) => value === undefined || inner(value) : undefined;
    }
    case 'array': {
      const element = checkOf(def.element);
      return element && plain(def) ? (value) => Array.isArray(value) && value.every(element) : undefined;
    }
    case 'object':
      return plain(def) && def.catchall === undefined ? objectCheck(def.shape) : undefined;
    default:
      return undefined;
  }
}

interface Checked {
  readonly checks?: readonly $ZodType[] | readonly { readonly _zod: { readonly def: $ZodCheckDef } }[] | undefined;
  readonly coerce?: boolean | undefined;
}

/** Nothing is asked of the value beside its type. */
const plain = ({ checks, coerce }: Checked): boolean =>
  (checks === undefined || checks.length === 0) && coerce !== true;

function stringCheck(
  def: Checked & { readonly format?: string; readonly pattern?: RegExp | undefined },
): Check | undefined {
  if (!plain(def)) return undefined;
  if (def.format === undefined) return (value) => typeof value === 'string';
  const { format, pattern } = def;
  if (format !== 'datetime' || !pattern || pattern.global || pattern.sticky) return undefined;
  // Most functions of a file are measured since the same instant.
  let last: string | undefined;
  return (value) => {
    if (typeof value !== 'string') return false;
    if (value === last) return true;
    if (!pattern.test(value)) return false;
    last = value;
    return true;
  };
}

function numberCheck(def: Checked & { readonly format?: string }): Check | undefined {
  if (def.coerce === true || (def.format !== undefined && def.format !== 'safeint')) return undefined;
  const integer = def.format === 'safeint';
  let least = Number.NEGATIVE_INFINITY;
  for (const each of def.checks ?? []) {
    const check = each._zod.def;
    if (!('check' in check) || check.check !== 'greater_than') return undefined;
    const { value, inclusive } = check as unknown as { readonly value: unknown; readonly inclusive: unknown };
    if (typeof value !== 'number' || inclusive !== true) return undefined;
    least = Math.max(least, value);
  }
  // JSON has no infinity, but 1e999 is read as one.
  return integer
    ? (value) => Number.isSafeInteger(value) && Number(value) >= least
    : (value) => typeof value === 'number' && Number.isFinite(value) && value >= least;
}

function objectCheck(shape: Readonly<Record<string, $ZodType>>): Check | undefined {
  const fields: { readonly key: string; readonly check: Check }[] = [];
  for (const [key, field] of Object.entries(shape)) {
    const check = checkOf(field);
    if (!check) return undefined;
    fields.push({ key, check });
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    // An own key of what was JSON, or nothing.
    const record = value as Readonly<Record<string, unknown>>;
    for (const { key, check } of fields) if (!check(record[key])) return false;
    return true;
  };
}
