import type { Policy } from '@runlens/protocol/policy';
import { Redactor } from '@runlens/protocol/redaction/redactor';
import type { PolicyFile } from './policy-file.ts';

/** Hides what is secret by the policy as it is now. */
export function policyRedactor(file: Pick<PolicyFile, 'lastGood'>): () => Redactor {
  let made: { readonly policy: Policy; readonly redactor: Redactor } | undefined;
  return () => {
    const policy = file.lastGood();
    if (made?.policy !== policy) made = { policy, redactor: new Redactor({ names: policy.redaction?.names ?? [] }) };
    return made.redactor;
  };
}
