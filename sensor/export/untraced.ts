/** What is used of OpenTelemetry's context manager, which its API keeps under a global symbol (@opentelemetry/api 1.x). */
interface ContextManager {
  active(): { setValue(key: symbol, value: unknown): unknown };
  with<T>(context: unknown, work: () => T): T;
}

const api = Symbol.for('opentelemetry.js.api.1');
/** The mark that `suppressTracing` of @opentelemetry/core sets, by which its own exporters are not traced. */
const suppressed = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Runs work of the sensor's own, which is no part of what OpenTelemetry in the service is to tell. */
export function untraced<T>(work: () => T): T {
  const manager = contextManager();
  return manager ? manager.with(manager.active().setValue(suppressed, true), work) : work();
}

function contextManager(): ContextManager | undefined {
  const registered: unknown = Reflect.get(globalThis, api);
  if (typeof registered !== 'object' || registered === null) return undefined;
  const manager: unknown = Reflect.get(registered, 'context');
  if (typeof manager !== 'object' || manager === null) return undefined;
  const { active, with: run } = manager as Partial<ContextManager>;
  // Both methods are there: it is the one that the API names.
  return typeof active === 'function' && typeof run === 'function' ? (manager as ContextManager) : undefined;
}
