import * as zlib from 'node:zlib';
import { PackedPlan } from '../transform/packed-plan.ts';
import { readWhole } from './private-files.ts';

/** The plan of a file; what is not at hand may be read when it is asked for. */
export interface Planning {
  readonly plan: PackedPlan;
  /** Known since the plan was written into the text; where a stack is looked at soon they are made only once. */
  readonly shifts?: Int32Array;
  /** Where the plan stands on disk; nothing: it has to be handed over whole. */
  readonly kept?: KeptPlan;
}

/** Where a plan stands in an open file, for all threads of the process. */
export interface KeptPlan {
  /** Whose plan it is. */
  readonly path: string;
  /** Descriptor of a file that is not written to, and stays open. */
  readonly file: number;
  /** Of the shifts, which the plan follows, in bytes. */
  readonly position: number;
  readonly shiftsBytes: number;
  readonly planBytes: number;
  /** Over both. */
  readonly checksum: number;
}

/** Came with Node 20.15. */
const crc32: ((data: Uint8Array) => number) | undefined = Reflect.get(zlib, 'crc32');

/** Whether there is what it takes to find damage in what was kept. */
export const canCheck = crc32 !== undefined;
export const checksum = (bytes: Uint8Array): number => crc32?.(bytes) ?? 0;

/** Reads a plan from disk when it is asked for, and has it for as long as somebody else does: of 50,000 lines plans take 6 MB. */
export class KeptPlanning implements Planning {
  readonly kept: KeptPlan;
  #read: WeakRef<Omit<Required<Planning>, 'kept'>> | undefined;

  constructor(kept: KeptPlan) {
    this.kept = kept;
  }

  /** Throws when the file is damaged: its texts run already. */
  get plan(): PackedPlan {
    return this.#both().plan;
  }

  /** Throws when the file is damaged. */
  get shifts(): Int32Array {
    return this.#both().shifts;
  }

  #both(): Omit<Required<Planning>, 'kept'> {
    const before = this.#read?.deref();
    if (before) return before;
    const made = readPlan(this.kept);
    this.#read = new WeakRef(made);
    return made;
  }
}

function readPlan(kept: KeptPlan): Omit<Required<Planning>, 'kept'> {
  const { path, file, position, shiftsBytes, planBytes } = kept;
  const bytes = new Uint8Array(shiftsBytes + planBytes);
  if (!readWhole(file, bytes, position) || checksum(bytes) !== kept.checksum) {
    throw new Error(`what was kept of ${path} is damaged`);
  }
  return {
    plan: new PackedPlan(bytes.subarray(shiftsBytes)),
    // Of their own: who keeps them, for stacks, would keep the plan as well, which is ten times as long.
    shifts: new Int32Array(bytes.buffer.slice(0, shiftsBytes)),
  };
}
