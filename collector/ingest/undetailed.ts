/**
 * A sensor that costs too much goes on counting calls and tells neither callers nor queries (`no-details` of the levels): calls of
 * that time are marked, so that what is told for each call is not told too low.
 */
import { type SensorLevel, sensorLevels } from '@runlens/protocol/control-names';
import { entriesFile } from '../store/entries.ts';
import type { Batch, Detail } from '../store/profile-store.ts';

const detailed = sensorLevels.indexOf('no-details');

/** `levelOf`: of an instance, as it was told last; undefined: not known. */
export function withUndetailed(
  batches: readonly Batch[],
  levelOf: (instance: Batch['instance']) => SensorLevel | undefined,
): readonly Batch[] {
  return batches.map((batch) => {
    const level = levelOf(batch.instance);
    if (level === undefined || sensorLevels.indexOf(level) < detailed) return batch;
    const marks = batch.deltas
      .filter(({ key, calls }) => calls > 0 && key.filePath !== entriesFile)
      .map(({ key, time, calls }): Detail => ({ key, time, kind: 'undetailed', label: '', count: calls }));
    return marks.length === 0 ? batch : { ...batch, details: [...batch.details, ...marks] };
  });
}
