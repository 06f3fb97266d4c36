/** From what a session has told of its work to all that is known of it. Pure: what production knows is handed in. */
import type { CodePlace, InterestSet, KnownFunction, Subscription } from './concern.ts';

export interface DeclaredInterest {
  readonly services: Iterable<string>;
  /** Asked about outright. */
  readonly environments: Iterable<string>;
  readonly files: Iterable<string>;
  readonly functions: Iterable<CodePlace>;
  readonly subscriptions: readonly Subscription[];
}

/** What production knows of code. */
export interface KnownCode {
  of(place: CodePlace): KnownFunction;
  functionsOf(file: string): readonly string[];
  servicesOf(file: string): readonly string[];
  environmentsOf(service: string): readonly string[];
}

const bounds = { functionsOfFile: 50, functions: 400 } as const;

/** As the tools take it that are asked for no environment. */
const usualEnvironment = 'production';

export function interestSetOf(declared: DeclaredInterest, code: KnownCode): InterestSet {
  const files = new Set(declared.files);
  const places = new Map<string, CodePlace>();
  const add = (place: CodePlace): void => {
    if (places.size < bounds.functions) places.set(`${place.file}\n${place.function}`, place);
  };
  for (const place of declared.functions) add(place);
  const services = new Set(declared.services);
  for (const { service, file, function: name } of declared.subscriptions) {
    if (file === undefined) continue;
    if (name === undefined) files.add(file);
    else add({ file, function: name });
    services.add(service);
  }
  for (const file of files)
    for (const name of code.functionsOf(file).slice(0, bounds.functionsOfFile)) add({ file, function: name });
  for (const file of new Set([...files, ...[...places.values()].map((each) => each.file)]))
    for (const service of code.servicesOf(file)) services.add(service);
  const asked = [...declared.environments];
  const isUsual = [...services].some((service) => code.environmentsOf(service).includes(usualEnvironment));
  return {
    functions: [...places.values()].map((place) => code.of(place)),
    files: [...files],
    services: [...services],
    environments: asked.length > 0 ? asked : isUsual ? [usualEnvironment] : [],
    subscriptions: declared.subscriptions,
  };
}
