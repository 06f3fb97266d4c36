/** Methods of the language's own objects, taken off before the service's first line: a later replacement is not called. */
const { getOwnPropertyDescriptor } = Reflect;

/** The method as a function of its receiver. */
// biome-ignore lint/complexity/noBannedTypes: any method of a prototype
export const uncurry = <R>(method: Function): ((receiver: unknown, ...rest: readonly unknown[]) => R) =>
  Function.prototype.call.bind(method);
export const dateToISOString = uncurry<string>(Date.prototype.toISOString);
export const dateGetTime = uncurry<number>(Date.prototype.getTime);
export const mapEntries = uncurry<Iterator<[unknown, unknown]>>(Map.prototype.entries);
export const setValues = uncurry<Iterator<unknown>>(Set.prototype.values);
export const mapGet = uncurry<number | undefined>(Map.prototype.get);
export const mapSet = uncurry<unknown>(Map.prototype.set);
export const mapNext = uncurry<IteratorResult<[unknown, unknown]>>(Object.getPrototypeOf(new Map().entries()).next);
export const setNext = uncurry<IteratorResult<unknown>>(Object.getPrototypeOf(new Set().values()).next);
const regExpSource = getOwnPropertyDescriptor(RegExp.prototype, 'source')?.get;
export const regExpText = regExpSource ? uncurry<string>(regExpSource) : () => '';
const symbolDescription = getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get;
export const descriptionOf = symbolDescription ? uncurry<string | undefined>(symbolDescription) : () => undefined;
export const slice = uncurry<string>(String.prototype.slice);
