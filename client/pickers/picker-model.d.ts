import type { ServerStatus } from '@runlens/protocol/lsp';
import type { Picked } from '../server-configuration.ts';
export type PickedKey = 'service' | 'environment' | 'version' | 'window';
export interface Offer {
  readonly label: string;
  readonly description?: string;
  /** Undefined: back to the server's own choice, or to the setting's. */
  readonly value: string | undefined;
  readonly chosen: boolean;
}
type Status = Pick<ServerStatus, 'services' | 'selection' | 'effective'>;
/** The offers of one picker, the automatic choice first. `now` in milliseconds. */
export declare function offers(key: PickedKey, status: Status, now: number): readonly Offer[];
/** What remains picked when `key` becomes `value`: an environment or version of another service is dropped. */
export declare function afterPick(picked: Picked, key: PickedKey, value: string | undefined): Picked;
//# sourceMappingURL=picker-model.d.ts.map
