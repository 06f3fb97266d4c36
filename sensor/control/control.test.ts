import { expect, it } from 'vitest';
import { Control, type ControlState, type Doing, type SlotRange } from './control.ts';

function controlled() {
  let time = 1_000;
  const applied: { doing: Doing; left: readonly SlotRange[]; taken: readonly SlotRange[] }[] = [];
  const states: ControlState[] = [];
  const control = new Control({
    apply: (doing, left, taken) => applied.push({ doing, left, taken }),
    changed: (state) => states.push(state),
    now: () => (time += 1),
  });
  return { control, applied, states };
}

it('it is off as long as one of those who switched it off has not switched it on', () => {
  const { control } = controlled();
  control.switch('signal', false);
  control.switch('collector', false);
  control.switch('collector', true);
  expect(control.state).toMatchObject({ level: 'off', offBy: ['signal'] });
  control.switch('signal', true);
  expect(control.state).toMatchObject({ level: 'full', offBy: [] });
});

it('switching on what is on does nothing', () => {
  const { control, applied, states } = controlled();
  control.switch('collector', true);
  control.limit('full', []);
  expect({ applied, states }).toEqual({ applied: [], states: [] });
});

it('a limit that comes while it is off holds when it is on again', () => {
  const { control } = controlled();
  control.switch('signal', false);
  control.limit('counts-only', []);
  expect(control.state.level).toBe('off');
  control.switch('signal', true);
  expect(control.state.level).toBe('counts-only');
  expect(control.doing.measuring).toBe('counted');
});

it('files are left out once, taken in again once, and again after an off', () => {
  const { control, applied } = controlled();
  const one = { first: 0, count: 3 };
  const two = { first: 7, count: 1 };
  control.limit('files-off', [one]);
  control.limit('files-off', [one, two]);
  control.switch('signal', false);
  control.switch('signal', true);
  control.limit('counts-only', []);
  expect(applied.map(({ left, taken }) => [left, taken])).toEqual([
    [[one], []],
    [[two], []],
    [[], [one, two]],
    [[one, two], []],
    [[], [one, two]],
  ]);
});

it('since is when the level changed, not when another joined in', () => {
  const { control, states } = controlled();
  control.switch('signal', false);
  control.switch('collector', false);
  expect(states).toHaveLength(2);
  expect(states[1]?.since).toBe(states[0]?.since);
});
