import { PackedPlan, packPlan } from '../transform/packed-plan.ts';
import { emptyPlan } from '../transform/plan.ts';
import type { Language } from '../transform/transform.ts';
import type { ProbedFunction } from '../transform/twin-gates.ts';
import type { LoadedFile, PackedFile } from './loaded-file.ts';

/** A loaded file by its plan; its functions are made when they are first asked for, mostly in another thread. */
export class PlannedFile implements LoadedFile {
  readonly path: string;
  readonly text: string;
  readonly firstSlot: number;
  readonly #plan: PackedPlan;
  readonly #shifts: Int32Array | undefined;

  /** `shifts`: known since the plan was written into the text; where a stack is looked at soon they are made only once. */
  constructor(path: string, text: string, plan: PackedPlan, firstSlot: number, shifts?: Int32Array) {
    this.path = path;
    this.text = text;
    this.firstSlot = firstSlot;
    this.#plan = plan;
    this.#shifts = shifts;
  }

  /** Of one that another thread has packed. */
  static from({ path, text, plan, firstSlot }: PackedFile): PlannedFile {
    return new PlannedFile(path, text, new PackedPlan(plan), firstSlot);
  }

  /** A file that is not measured, and why. */
  static unreadable(path: string, language: Language, reason: string): PlannedFile {
    return new PlannedFile(path, '', new PackedPlan(packPlan({ plan: emptyPlan, language, unreadable: reason })), 0);
  }

  get language(): Language {
    return this.#plan.language;
  }

  get functions(): LoadedFile['functions'] {
    return this.#plan.functions;
  }

  get skipped(): LoadedFile['skipped'] {
    return this.#plan.skipped;
  }

  get unreadable(): string | undefined {
    return this.#plan.unreadable;
  }

  get shifts(): Int32Array {
    return this.#shifts ?? this.#plan.shifts(this.firstSlot);
  }

  gates(): readonly ProbedFunction[] {
    return this.#plan.gates();
  }

  withoutText(): LoadedFile {
    return this.text === '' ? this : new PlannedFile(this.path, '', this.#plan, this.firstSlot, this.#shifts);
  }

  packed(): PackedFile {
    const { path, text, firstSlot } = this;
    return { path, text, firstSlot, plan: this.#plan.bytes.slice() };
  }
}
