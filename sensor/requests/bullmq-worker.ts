import { types } from 'node:util';
import { routeShape } from '../operations/route-shape.ts';
import { field } from './field.ts';

/** A job of a queue, and how it is run. */
export interface QueueJob {
  readonly system: string;
  readonly queue: string;
  /** What it is called, without what tells one job from another. */
  readonly name: string;
}

type ProcessJob = (this: unknown, ...args: unknown[]) => unknown;
type RunJob = (job: QueueJob, work: () => unknown) => unknown;
const wrapped = new WeakSet<object>();

/** BullMQ: `callProcessJob` of a worker is where each job meets the program's function, from version 3 on. */
export function hookBullmqWorker(exports: unknown, run: RunJob): void {
  const prototype = field(field(exports, 'Worker'), 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'callProcessJob');
  const original: unknown = descriptor?.value;
  if (!descriptor || typeof original !== 'function' || wrapped.has(original)) return;
  const callProcessJob: ProcessJob = function callProcessJob(this: unknown, ...args) {
    const work = (): unknown => Reflect.apply(original, this, args);
    const [job] = args;
    const queue = field(job, 'queueName');
    const name = field(job, 'name');
    if (typeof queue !== 'string' || types.isProxy(job)) return work();
    return run({ system: 'bullmq', queue: shapeOf(queue), name: shapeOf(typeof name === 'string' ? name : '') }, work);
  };
  wrapped.add(callProcessJob);
  Object.defineProperty(prototype, 'callProcessJob', { ...descriptor, value: callProcessJob });
}

/** As of a path: a job may be called by what it is about. */
const shapeOf = (name: string): string => routeShape(name.slice(0, 200).replace(/[:\s]+/g, '/')).slice(1);
