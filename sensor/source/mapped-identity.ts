import type { LoadedFile } from '../load/loaded-file.ts';
import type { FileIdentities, IdentityOptions } from './identity.ts';
import type { FoundSourceMap } from './source-map.ts';

export type MappedIdentities =
  | { readonly kind: 'identified'; readonly identities: FileIdentities }
  | { readonly kind: 'unfit'; readonly problem: string };

export function identifyThroughMap(
  _file: LoadedFile,
  _map: FoundSourceMap,
  _options: IdentityOptions,
): MappedIdentities {
  return { kind: 'unfit', problem: 'not yet' };
}
