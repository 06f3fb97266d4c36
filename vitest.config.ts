import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowest-first.ts';

// Sources are TypeScript and import each other by package name: the condition resolves those to the source files.
const conditions = ['runlens-source'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};
/** For what never comes, on a machine that is slow and busy: nothing waits so long for what does come. */
const patience = { expect: { poll: { timeout: 60_000 } }, testTimeout: 300_000, hookTimeout: 600_000 };
const notTests = ['**/node_modules/**', '**/dist/**', '**/fixtures/**'];

/** Tests of processes that need a machine of their own: they say how long something took, or what share of a core it got. */
const alone = ['test/sensor/{conditions,self-limit}.test.ts', 'test/soak/**/*.test.ts'];

export default defineConfig({
  test: {
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        // Rules: functions of data to data, and small pieces of I/O.
        ...shared,
        test: {
          ...patience,
          name: 'unit',
          include: ['{protocol,sensor,agent,collector,server,client,media,cli,scripts}/**/*.test.ts'],
          exclude: notTests,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Real processes: services under the sensor, collectors that are killed, the command line. They mostly wait.
        ...shared,
        test: {
          ...patience,
          name: 'process',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...notTests, 'test/editor/**', ...alone],
          globalSetup: ['test/sensor/built-sensor.ts', 'test/built-programs.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          ...patience,
          name: 'process-alone',
          include: alone,
          exclude: notTests,
          globalSetup: 'test/sensor/built-sensor.ts',
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // The real editor. It needs both cores while it starts, and then mostly waits for what is drawn: two at a time.
        ...shared,
        test: {
          ...patience,
          name: 'editor',
          include: ['test/editor/**/*.editor-test.ts'],
          exclude: ['**/node_modules/**', '**/fixtures/**'],
          // Two editors at a time are five minutes shorter, and on two cores now and then too slow for what is waited for.
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
