/** What sensors tell of themselves beside the numbers of functions, also those that hold no channel. */
import { type SensorLevel, sensorLevels } from '@runlens/protocol/control-names';
import { LRUCache } from 'lru-cache';
import { sensorLimits } from './limits.ts';

/** Of one request of one instance. */
export interface SensorReading {
  readonly service: string;
  readonly environment: string;
  /** `service.instance.id` */
  readonly instance: string;
  /** Undefined: not told. */
  readonly level: SensorLevel | undefined;
  /** Of the CPU time of its process; undefined: not told. */
  readonly cpuShare: number | undefined;
  readonly dropped: readonly DroppedPoints[];
  /** Absent: none was told of. */
  readonly breakers?: readonly BreakerReading[];
}

/** A circuit breaker of one instance. */
export interface BreakerReading {
  /** Empty: it has none. */
  readonly name: string;
  readonly isOpen: boolean;
  /** The function that asked by it first; empty: not known. */
  readonly file: string;
  readonly function: string;
  readonly line: number;
}

export interface OpenBreaker extends Omit<BreakerReading, 'isOpen'> {
  readonly instances: number;
}

export interface DroppedPoints {
  /** A sentence without an end. */
  readonly reason: string;
  readonly points: number;
}

/** Of the sensors of one environment. */
export interface MeasuredBy {
  /** How many do how much. */
  readonly levels: Readonly<Partial<Record<SensorLevel, number>>>;
  /** The highest; null: none has told. */
  readonly cpuShare: number | null;
  /** In the last hour, most first. */
  readonly dropped: readonly DroppedPoints[];
}

interface Told {
  readonly service: string;
  readonly environment: string;
  readonly level: SensorLevel;
  readonly cpuShare: number | undefined;
  readonly at: number;
}

interface Drops {
  readonly at: number;
  readonly byReason: Map<string, number>;
}

const otherReasons = 'other reasons';

/** In memory: a sensor that runs tells again within half a minute. */
export class SensorReadings {
  readonly #instances = new LRUCache<string, Told>({ max: sensorLimits.readings });
  /** By service and environment, oldest first. */
  readonly #dropped = new LRUCache<string, Drops[]>({ max: sensorLimits.readings });
  /** Of an instance, those that it told last. */
  readonly #breakers = new LRUCache<string, InstanceBreakers>({ max: sensorLimits.readings });

  /** `arrival`: milliseconds since 1970. */
  take(readings: readonly SensorReading[], arrival: number): void {
    for (const { service, environment, instance, level, cpuShare, dropped, breakers = [] } of readings) {
      const key = JSON.stringify([service, environment, instance]);
      const before = this.#instances.get(key);
      const now = level ?? before?.level;
      if (now !== undefined) {
        const share = level === undefined ? (cpuShare ?? before?.cpuShare) : cpuShare;
        this.#instances.set(key, { service, environment, level: now, cpuShare: share, at: arrival });
      }
      this.#drop(placeOf(service, environment), dropped, arrival);
      if (breakers.length > 0)
        this.#breakers.set(key, { service, environment, breakers: openOf(breakers), at: arrival });
    }
  }

  /** Of one instance, as it was told last; undefined: it has not told. */
  levelOf({ service, environment, instance }: Pick<SensorReading, 'service' | 'environment' | 'instance'>) {
    return this.#instances.get(JSON.stringify([service, environment, instance]))?.level;
  }

  /** Undefined: no sensor has told of itself lately. */
  of(service: string, environment: string, now: number): MeasuredBy | undefined {
    const levels: Partial<Record<SensorLevel, number>> = {};
    let cpuShare: number | null = null;
    for (const told of this.#instances.values()) {
      if (told.service !== service || told.environment !== environment) continue;
      if (now - told.at > sensorLimits.readingMilliseconds) continue;
      levels[told.level] = (levels[told.level] ?? 0) + 1;
      if (told.cpuShare !== undefined) cpuShare = Math.max(cpuShare ?? 0, told.cpuShare);
    }
    const dropped = this.#droppedSince(placeOf(service, environment), now - sensorLimits.droppedMilliseconds);
    return Object.keys(levels).length === 0 && dropped.length === 0 ? undefined : { levels, cpuShare, dropped };
  }

  /** False: each sensor that measures has stepped back so far that it tells calls and errors, and no queries, callers and messages. */
  tellsDetails(service: string, environment: string, now: number): boolean {
    const { levels = {} } = this.of(service, environment, now) ?? {};
    const all = (levels.full ?? 0) + (levels['fewer-samples'] ?? 0);
    const few = (levels['no-details'] ?? 0) + (levels['counts-only'] ?? 0) + (levels['files-off'] ?? 0);
    return all > 0 || few === 0;
  }

  /** Circuit breakers that are open, of all instances that have told so lately; those of more instances first. */
  openBreakers(service: string, environment: string, now: number): readonly OpenBreaker[] {
    const open = new Map<string, OpenBreaker>();
    for (const told of this.#breakers.values()) {
      if (told.service !== service || told.environment !== environment) continue;
      if (now - told.at > sensorLimits.readingMilliseconds) continue;
      for (const { name, file, function: of, line } of told.breakers) {
        const key = JSON.stringify([name, file, of]);
        open.set(key, { name, file, function: of, line, instances: (open.get(key)?.instances ?? 0) + 1 });
      }
    }
    return [...open.values()].sort((one, other) => other.instances - one.instances);
  }

  #drop(place: string, dropped: readonly DroppedPoints[], arrival: number): void {
    if (dropped.length === 0) return;
    const before = this.#dropped.get(place) ?? [];
    const all = before.filter(({ at }) => arrival - at <= sensorLimits.droppedMilliseconds);
    let last = all.at(-1);
    if (!last || arrival - last.at > sensorLimits.droppedStepMilliseconds) {
      last = { at: arrival, byReason: new Map() };
      all.push(last);
    }
    for (const { reason, points } of dropped) {
      const fits = last.byReason.has(reason) || last.byReason.size < sensorLimits.reasons;
      const told = fits ? reason : otherReasons;
      last.byReason.set(told, (last.byReason.get(told) ?? 0) + points);
    }
    this.#dropped.set(place, all);
  }

  #droppedSince(place: string, since: number): readonly DroppedPoints[] {
    const sum = new Map<string, number>();
    for (const { at, byReason } of this.#dropped.get(place) ?? []) {
      if (at < since) continue;
      for (const [reason, points] of byReason) sum.set(reason, (sum.get(reason) ?? 0) + points);
    }
    return [...sum]
      .map(([reason, points]) => ({ reason, points }))
      .sort((one, other) => other.points - one.points)
      .slice(0, sensorLimits.reasonsTold);
  }
}

interface InstanceBreakers {
  readonly service: string;
  readonly environment: string;
  readonly breakers: readonly BreakerReading[];
  readonly at: number;
}

/** Each once: of several of a name one that is open counts. */
function openOf(breakers: readonly BreakerReading[]): readonly BreakerReading[] {
  const open = breakers.filter(({ isOpen }) => isOpen);
  return [...new Map(open.map((each) => [JSON.stringify([each.name, each.file, each.function]), each])).values()].slice(
    0,
    sensorLimits.breakers,
  );
}

const placeOf = (service: string, environment: string): string => JSON.stringify([service, environment]);

/** Undefined: it is none that is known here. */
export const sensorLevelOf = (state: string): SensorLevel | undefined => sensorLevels.find((level) => level === state);
