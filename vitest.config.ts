import { defineConfig } from 'vitest/config';

// Sources are TypeScript and import each other by package name: the condition resolves those to the source files.
const conditions = ['runlens-source'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

export default defineConfig({
  test: {
    projects: [
      {
        // Rules: functions of data to data, and small pieces of I/O.
        ...shared,
        test: {
          name: 'unit',
          include: ['{protocol,sensor,agent,collector,server,client,media,cli,scripts}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**'],
          testTimeout: 30_000,
        },
      },
      {
        // Real processes: services under the sensor, collectors that are killed, the command line.
        ...shared,
        test: {
          name: 'process',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**', 'test/editor/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The real editor, one at a time: it needs both cores.
        ...shared,
        test: {
          name: 'editor',
          include: ['test/editor/**/*.editor-test.ts'],
          exclude: ['**/node_modules/**', '**/fixtures/**'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
