/** The entry of the `runlens` command. */
import { oldNodeSentence } from './node-version.ts';

const tooOld = oldNodeSentence(process.versions.node);
if (tooOld === undefined) {
  // Loaded only now: what it needs does not exist in an old Node.
  const { runProcess } = await import('./process.ts');
  await runProcess();
} else {
  process.stderr.write(`runlens: ${tooOld}\n`);
  process.exitCode = 1;
}
