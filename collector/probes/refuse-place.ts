import type { ProbePlace } from '@runlens/protocol';
import { ProblemError } from '../http/problems.ts';

/**
 * The policy's rules are for paths as sensors tell them. Another spelling of the same file, such as `src/./vault/a.ts`, must
 * not come past a rule for `src/vault/**`. Leading `..` are of files beside the repository.
 */
export function refusePlace({ file }: ProbePlace): void {
  const parts = file.split('/');
  const isWritten = (part: string, at: number): boolean => {
    if (part === '..') return parts.slice(0, at).every((each) => each === '..');
    return part !== '.' && (part !== '' || (at === 0 && parts.length > 1));
  };
  if (!/[\\\n\t]/.test(file) && parts.every(isWritten)) return;
  throw new ProblemError(
    'bad-request',
    'The file is not written as a path in the repository: write it with "/", without ".", ".." or empty parts, such as src/pay.ts.',
  );
}
