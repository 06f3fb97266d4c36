import { type Actor, type ProbeRequest, probeRequestSchema } from '@runlens/protocol';
import { describe, expect, it } from 'vitest';
import { decide, resolveLimits } from './decide.ts';
import { PolicyError, parsePolicy, readPolicy } from './read-policy.ts';

const person: Actor = { name: 'ada', kind: 'person', role: 'prober' };
const agent: Actor = { name: 'copilot', kind: 'agent', role: 'agent', session: 's1' };
const request = (changes: Partial<ProbeRequest> = {}): ProbeRequest =>
  probeRequestSchema.parse({
    kind: 'snapshot',
    place: { file: 'src/payments/charge.ts', line: 12, function: 'charge' },
    target: { service: 'shop', environment: 'production' },
    ...changes,
  });

const policy = parsePolicy(`
probes:
  rules:
    - name: no secrets
      paths: ["src/payments/vault/**"]
      decision: refuse
    - name: agents look in staging
      environments: ["staging", "dev*"]
      actors: [agent]
      kinds: [snapshot, counter]
      decision: allow
    - functions: ["Vault.*"]
      decision: refuse
  limits:
    hits: 50
    capture: { depth: 6 }
    life: 600
redaction:
  names: [loyaltyNumber]
`);

describe('a policy decides', () => {
  it.each<[string, Actor, Partial<ProbeRequest>, string, string]>([
    ['people may where no rule speaks', person, {}, 'allow', 'No rule'],
    ['agents need a yes where no rule speaks', agent, {}, 'approval', 'person’s yes'],
    ['a viewer never may', { ...person, role: 'viewer' }, {}, 'refuse', 'prober'],
    [
      'closed files are closed to people',
      person,
      { place: { file: 'src/payments/vault/keys.ts', line: 1, at: 'line', function: 'x' } },
      'refuse',
      'no secrets',
    ],
    [
      'an agent may where a rule allows',
      agent,
      { target: { service: 'shop', environment: 'staging' } },
      'allow',
      'agents look',
    ],
    ['a pattern of environments', agent, { target: { service: 'shop', environment: 'dev-7' } }, 'allow', 'agents look'],
    [
      'another kind is not allowed by it',
      agent,
      { kind: 'log', message: 'x', target: { service: 'shop', environment: 'staging' } },
      'approval',
      'yes',
    ],
    [
      'a closed function',
      person,
      { place: { file: 'a.ts', line: 1, at: 'line', function: 'Vault.open' } },
      'refuse',
      'rule',
    ],
    [
      'a place without a name may be the closed function',
      person,
      { place: { file: 'a.ts', line: 1, at: 'line' } },
      'refuse',
      'rule',
    ],
  ])('%s', (_, actor, changes, decision, reason) => {
    const decided = decide(policy, actor, request(changes));
    expect(decided.decision).toBe(decision);
    expect(decided.reason).toContain(reason);
  });
});

describe('limits', () => {
  it('are the defaults', () => {
    expect(resolveLimits({}, request())).toMatchObject({
      hits: 10,
      rate: 1,
      life: 3600,
      capture: { depth: 3, milliseconds: 1 },
    });
  });

  it.each<[string, Partial<ProbeRequest>, string]>([
    ['depth', { capture: { depth: 6 } }, 'capture.depth is 6'],
    ['time', { capture: { milliseconds: 5 } }, 'capture.milliseconds'],
    ['hits', { hits: 100_000 }, 'hits'],
    ['rate', { rate: 1000 }, 'rate'],
  ])('of %s cannot be raised by a probe', (_, changes, told) => {
    expect(resolveLimits({}, request(changes))).toContain(told);
  });

  it('are raised and lowered by the policy', () => {
    expect(resolveLimits(policy, request({ capture: { depth: 6 } }))).toMatchObject({ capture: { depth: 6 } });
    expect(resolveLimits(policy, request({ hits: 51 }))).toContain('at most 50');
    expect(resolveLimits(policy, request({ life: 601 }))).toContain('at most 600');
    expect(resolveLimits(policy, request())).toMatchObject({ life: 600 });
  });
});

describe('a policy that cannot be followed', () => {
  it.each([
    ['probes: [', 'line 1'],
    ['probes:\n  rules:\n    - decision: maybe', 'probes.rules.0.decision'],
    ['probes:\n  rule: []', 'probes'],
    ['redaction:\n  names: 5', 'redaction.names'],
    ['a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b]', 'aliases'],
    ['x'.repeat(1_100_000), '1 MB'],
  ])('%#', (text, told) => {
    expect(() => parsePolicy(text)).toThrow(PolicyError);
    expect(() => parsePolicy(text)).toThrow(told);
  });

  it('is none where there is no file', () => {
    expect(readPolicy('/nonexistent/runlens.yml')).toEqual({});
  });
});
