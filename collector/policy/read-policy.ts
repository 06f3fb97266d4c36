import { readFileSync } from 'node:fs';
import { type Policy, policyFileName, policySchema } from '@runlens/protocol/policy';
import { LineCounter, parseDocument } from 'yaml';

/** The file says something that cannot be followed. Nothing is probed until it is mended: a rule half read is no rule. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

const largestFile = 1_048_576;

/** The policy in that file; an empty one where there is none. Throws a {@link PolicyError}. */
export function readPolicy(path: string): Policy {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new PolicyError(
      `${path} cannot be read (${error instanceof Error ? error.message : 'unknown reason'}): mend it, or remove it.`,
    );
  }
  return parsePolicy(text, path);
}

export function parsePolicy(text: string, path: string = policyFileName): Policy {
  if (text.length > largestFile) throw new PolicyError(`${path} is larger than 1 MB: shorten it.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const [wrong] = document.errors;
  if (wrong) {
    const { line } = lines.linePos(wrong.pos[0]);
    throw new PolicyError(`${path}, line ${line}: ${wrong.message.split('\n')[0]}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 20 });
  } catch {
    throw new PolicyError(`${path} has too many aliases: write what they stand for.`);
  }
  const parsed = policySchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PolicyError(
    `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'is not what was expected'}.`,
  );
}
