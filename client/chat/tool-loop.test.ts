import { expect, test } from 'vitest';
import {
  type LoopPorts,
  longestAnswer,
  type Message,
  type ModelPart,
  mostCallsInRound,
  mostRounds,
  runToolLoop,
  type ToolCall,
  withoutCalls,
} from './tool-loop.ts';

const opening: readonly Message[] = [{ role: 'user', text: 'why?' }];
const call = (id: string, name = 'runlens_hot_functions'): ModelPart => ({ kind: 'call', id, name, input: {} });
const text = (words: string): ModelPart => ({ kind: 'text', text: words });

interface Told {
  readonly said: string[];
  readonly asked: { messages: readonly Message[]; withTools: boolean }[];
  readonly called: ToolCall[];
  cancelled: boolean;
}

/** A model that says what `rounds` says, and the last of it again and again. */
function portsOf(rounds: readonly (readonly ModelPart[])[], answer = 'facts'): { ports: LoopPorts; told: Told } {
  const told: Told = { said: [], asked: [], called: [], cancelled: false };
  const ports: LoopPorts = {
    async *ask(messages, withTools) {
      told.asked.push({ messages: [...messages], withTools });
      yield* rounds[Math.min(told.asked.length, rounds.length) - 1] ?? [];
    },
    call: async (wanted) => {
      told.called.push(wanted);
      return answer;
    },
    say: (words) => told.said.push(words),
    isCancelled: () => told.cancelled,
  };
  return { ports, told };
}

test('what a tool answers is before the model in the next round, after its own call', async () => {
  const { ports, told } = portsOf([[text('Looking.'), call('1')], [text('It is priceCart.')]]);
  expect(await runToolLoop(opening, ports)).toEqual({ kind: 'answered', rounds: 2, calls: 1 });
  expect(told.asked[1]?.messages.slice(1)).toEqual([
    { role: 'assistant', parts: [text('Looking.'), call('1')] },
    { role: 'tools', results: [{ id: '1', text: 'facts' }] },
  ]);
  expect(told.said.join('')).toBe('Looking.\n\nIt is priceCart.');
});

test('a model that only ever calls is ended: the last round has no tools', async () => {
  const { ports, told } = portsOf([[call('1')]]);
  expect(await runToolLoop(opening, ports)).toEqual({ kind: 'silent', rounds: mostRounds + 1, calls: mostRounds });
  expect(told.asked.map(({ withTools }) => withTools)).toEqual([...Array(mostRounds).fill(true), false]);
});

test('of too many calls in a round each has a result, and the rest is not asked', async () => {
  const many = Array.from({ length: 50 }, (_, n) => call(String(n)));
  const { ports, told } = portsOf([many, [text('done')]]);
  await runToolLoop(opening, ports);
  expect(told.called).toHaveLength(mostCallsInRound);
  const last = told.asked[1]?.messages.at(-1);
  expect(last?.role === 'tools' && last.results.map(({ id }) => id)).toEqual(many.map((_, n) => String(n)));
});

test('an endless answer is ended', async () => {
  const { ports, told } = portsOf([Array.from({ length: 1_000 }, () => text('x'.repeat(1_000)))]);
  expect((await runToolLoop(opening, ports)).kind).toBe('answered');
  expect(told.said.join('').length).toBeLessThanOrEqual(longestAnswer + 1_000);
});

test('after a cancellation nothing is asked, called or said', async () => {
  const { ports, told } = portsOf([[text('a'), call('1'), call('2')]]);
  const stopping: LoopPorts = {
    ...ports,
    call: async (wanted) => {
      told.cancelled = true;
      return ports.call(wanted);
    },
  };
  expect(await runToolLoop(opening, stopping)).toMatchObject({ kind: 'cancelled' });
  expect(told.called).toHaveLength(1);
  expect(told.asked).toHaveLength(1);
});

test('a model that says nothing is told apart from one that answers', async () => {
  expect((await runToolLoop(opening, portsOf([[]]).ports)).kind).toBe('silent');
});

test('without tools the talk holds no call, and still what was answered', () => {
  const messages: readonly Message[] = [
    ...opening,
    { role: 'assistant', parts: [call('1')] },
    { role: 'tools', results: [{ id: '1', text: 'facts' }] },
    { role: 'assistant', parts: [text('so'), call('2')] },
  ];
  expect(withoutCalls(messages)).toEqual([
    ...opening,
    { role: 'user', text: 'facts' },
    { role: 'assistant', parts: [text('so')] },
  ]);
});
