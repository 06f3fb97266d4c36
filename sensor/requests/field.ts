/** A property of what may be anything. A plain access, not `Reflect.get`: each request comes by several. */
export const field = (of: unknown, name: string): unknown =>
  (typeof of === 'object' && of !== null) || typeof of === 'function'
    ? (of as Readonly<Record<string, unknown>>)[name]
    : undefined;
