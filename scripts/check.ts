/** `npm run check`: everything that can be known without running the code. */
import { exec } from './exec.ts';
import { writeLanguageModelTools } from './language-model-tools.ts';

export async function check(): Promise<void> {
  const steps: readonly (readonly [string, string, readonly string[]])[] = [
    ['types', 'tsc', ['-b', '--pretty']],
    ['lint, import rules and formatting', 'biome', ['check', '--error-on-warnings', '.']],
    ['unused code', 'knip', ['--no-progress']],
  ];
  const failed: string[] = [];
  for (const [name, command, args] of steps) {
    console.log(`check: ${name}`);
    // All steps run, so that one round shows all that is to mend.
    await exec(command, args).catch((error: Error) => {
      failed.push(name);
      console.error(error.message);
    });
  }
  if (failed.length > 0) throw new Error(`not clean: ${failed.join('; ')}`);
  console.log('check: clean');
}

export async function format(): Promise<void> {
  await writeLanguageModelTools();
  await exec('biome', ['check', '--write', '.']);
}
