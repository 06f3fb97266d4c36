import { PackedPlan, packPlan } from '../transform/packed-plan.ts';
import { emptyPlan } from '../transform/plan.ts';
import type { Language } from '../transform/transform.ts';
import type { ProbedFunction } from '../transform/twin-gates.ts';
import { KeptPlanning, type Planning } from './kept-planning.ts';
import type { HandedFile, LoadedFile, PackedFile } from './loaded-file.ts';

/** A loaded file by its plan; its functions are made when they are first asked for, mostly in another thread. */
export class PlannedFile implements LoadedFile {
  readonly path: string;
  readonly text: string;
  readonly firstSlot: number;
  readonly #planning: Planning;

  constructor(path: string, text: string, planning: Planning, firstSlot: number) {
    this.path = path;
    this.text = text;
    this.firstSlot = firstSlot;
    this.#planning = planning;
  }

  /** Of one that another thread has packed. */
  static from({ path, text, plan, firstSlot }: HandedFile): PlannedFile {
    const planning = plan instanceof Uint8Array ? { plan: new PackedPlan(plan) } : new KeptPlanning(plan);
    return new PlannedFile(path, text, planning, firstSlot);
  }

  /** A file that is not measured, and why. */
  static unreadable(path: string, language: Language, reason: string): PlannedFile {
    const plan = new PackedPlan(packPlan({ plan: emptyPlan, language, unreadable: reason }));
    return new PlannedFile(path, '', { plan }, 0);
  }

  get language(): Language {
    return this.#planning.plan.language;
  }

  get functions(): LoadedFile['functions'] {
    return this.#planning.plan.functions;
  }

  get skipped(): LoadedFile['skipped'] {
    return this.#planning.plan.skipped;
  }

  get unreadable(): string | undefined {
    return this.#planning.plan.unreadable;
  }

  get shifts(): Int32Array {
    return this.#planning.shifts ?? this.#planning.plan.shifts(this.firstSlot);
  }

  rows(): Int32Array {
    return this.#planning.plan.rows();
  }

  gates(): readonly ProbedFunction[] {
    return this.#planning.plan.gates();
  }

  withoutText(): LoadedFile {
    return this.text === '' ? this : new PlannedFile(this.path, '', this.#planning, this.firstSlot);
  }

  handed(): HandedFile {
    const { path, text, firstSlot } = this;
    const { kept } = this.#planning;
    return kept ? { path, text, firstSlot, plan: kept } : this.packed();
  }

  packed(): PackedFile {
    const { path, text, firstSlot } = this;
    return { path, text, firstSlot, plan: this.#planning.plan.bytes.slice() };
  }
}
