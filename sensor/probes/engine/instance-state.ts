import type { InstanceState } from '@runlens/protocol/probes/state';
import type { RunningState, Tally } from './messages.ts';

type Told = Omit<InstanceState, 'instance'>;

/** Where a probe stands, for a person. */
export interface Standing {
  readonly line: number;
  readonly functionName: string;
  readonly detail: string | undefined;
  readonly engine: 'gate' | 'inspector';
}

const partial = 'Its gates are closed between hits, since its place is reached often: what was between is not counted.';

const told: Readonly<Record<RunningState, Pick<Told, 'state' | 'cause' | 'detail'>>> = {
  armed: { state: 'armed' },
  'over-rate': {
    state: 'limited',
    cause: 'rate-limit',
    detail: 'There are more hits than its rate allows: a condition would choose among them.',
  },
  'over-budget': {
    state: 'paused',
    cause: 'over-budget',
    detail:
      'It took more than its share of the CPU, so it rests and is armed again by itself: choose a place that is reached less often.',
  },
  paused: { state: 'paused' },
  'hits-told': { state: 'done', cause: 'hit-limit', detail: 'It has had its hits.' },
  expired: { state: 'expired', cause: 'expired', detail: 'Its time is over.' },
  closed: {
    state: 'refused',
    cause: 'sensor-failed',
    detail:
      'The probes of this sensor have failed and were withdrawn; the service goes on. RUNLENS_LOG=debug tells why.',
  },
};

const longestDetail = 1000;
const longestFailure = 500;
const longestFunction = 512;

/** How it stands by what the service's thread has told. */
export function instanceState(tally: Tally, { line, functionName, detail, engine }: Standing, at: string): Told {
  const { state, cause, detail: why } = told[tally.state];
  if (tally.problem !== undefined) {
    return { ...absentState('refused', 'not-instrumented', tally.problem, at), engine };
  }
  const isNowhere = tally.state === 'armed' && tally.copies === 0;
  const details = [
    detail,
    isNowhere ? 'Its function is not measured at the moment.' : why,
    tally.isPartial && tally.numbers === undefined && tally.state !== 'over-budget' ? partial : undefined,
  ];
  const text = details.filter((each) => each !== undefined).join(' ');
  return {
    state: isNowhere ? 'waiting' : state,
    ...(isNowhere ? { cause: 'not-instrumented' as const } : cause === undefined ? {} : { cause }),
    ...(text === '' ? {} : { detail: text.slice(0, longestDetail) }),
    engine,
    line,
    function: functionName.slice(0, longestFunction),
    copies: tally.copies,
    reached: tally.reached,
    hits: tally.hits,
    skipped: tally.skipped,
    failures: tally.failures,
    ...(tally.failure === undefined ? {} : { failure: tally.failure.slice(0, longestFailure) }),
    cost: tally.cost,
    at,
  };
}

/** Of a probe that is not in the service's thread. */
export function absentState(
  state: InstanceState['state'],
  cause: NonNullable<InstanceState['cause']>,
  detail: string,
  at: string,
): Told {
  return {
    state,
    cause,
    detail: detail.slice(0, longestDetail),
    reached: 0,
    hits: 0,
    skipped: 0,
    failures: 0,
    cost: 0,
    at,
  };
}
