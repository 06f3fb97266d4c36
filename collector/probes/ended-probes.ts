/** Probes that have ended: written as such, shown for a while with their captures, then forgotten. */
import type { LiveProbe } from './live-probe.ts';
import type { ProbeFile } from './probe-file.ts';

/** Ended probes are kept, with their captures, for so long. */
const endedMilliseconds = 24 * 3_600_000;
const mostEnded = 500;

export class EndedProbes {
  readonly #file: ProbeFile;
  readonly #probes: Map<string, LiveProbe>;
  /** Of which the file does not know yet that they have ended. */
  readonly #unwritten = new Set<LiveProbe>();

  /** `probes`: all that there are; those that are forgotten are taken out of it. */
  constructor(file: ProbeFile, probes: Map<string, LiveProbe>) {
    this.#file = file;
    this.#probes = probes;
  }

  /** It ended just now. Never throws: where it cannot be written, it is with {@link write}. */
  add(entry: LiveProbe): void {
    this.#unwritten.add(entry);
    this.write();
  }

  write(): void {
    for (const entry of this.#unwritten) {
      try {
        this.#file.put(entry.kept);
        this.#unwritten.delete(entry);
      } catch {
        // Told by the file's `problems()`.
        return;
      }
    }
  }

  /** Throws where it cannot be removed; then it is still there. */
  forget(entry: LiveProbe): void {
    this.#file.remove(entry.kept.probe.id);
    this.#probes.delete(entry.kept.probe.id);
    this.#unwritten.delete(entry);
  }

  /** Those of long ago, and the oldest beyond a number. Never throws: what cannot be removed now is at the next time. */
  forgetOld(now: number): void {
    const ended = [...this.#probes.values()].flatMap((entry) =>
      entry.kept.end ? [{ entry, at: Date.parse(entry.kept.end.at) }] : [],
    );
    const old = ended.filter(({ at }) => at < now - endedMilliseconds);
    const beyond =
      ended.length > mostEnded ? ended.toSorted((one, other) => one.at - other.at).slice(0, -mostEnded) : [];
    try {
      for (const entry of new Set([...old, ...beyond].map((each) => each.entry))) this.forget(entry);
    } catch {
      // Told by the file's `problems()`.
    }
  }
}
