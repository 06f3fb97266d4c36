/** The quick picks of service, environment, version and time window. */
import type { ServerStatus } from '@runlens/protocol/lsp';
import { type PickedKey } from './picker-model.ts';
/** What was picked; undefined when the picker was left. */
export declare function pick(
  key: PickedKey,
  status: ServerStatus | null,
): Promise<
  | {
      readonly value: string | undefined;
    }
  | undefined
>;
//# sourceMappingURL=pickers.d.ts.map
