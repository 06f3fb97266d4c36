import type { FlattenMap } from '@jridgewell/trace-mapping';
import type { FoundSourceMap } from './source-map.ts';

/** What the decoder takes; it only reads, though its types do not say so. */
export function asInput({ map }: FoundSourceMap): ConstructorParameters<typeof FlattenMap>[0] {
  // RawSourceMap has the shape that the decoder documents; it checks the contents itself.
  return map as unknown as ConstructorParameters<typeof FlattenMap>[0];
}
