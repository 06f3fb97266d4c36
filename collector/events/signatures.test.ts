/** Who may be believed: signatures over the body as it came, and their age. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmacHex, secret } from './senders/testing.ts';
import { grafanaSignature, hexSignature, plainSecret, sentrySignature, standardSignature } from './signatures.ts';

const now = Date.parse('2026-01-02T12:00:00.000Z');
const seconds = String(now / 1_000);
const body = '{"title":"ä  b"}';
const others = ['another-secret-of-before'];
type Verify = (request: Parameters<typeof plainSecret>[0], secrets: readonly string[]) => string | undefined;

const refused = (verify: Verify, headers: Record<string, string>, text = body, secrets = [...others, secret]) =>
  verify({ body: Buffer.from(text), header: (name) => headers[name], now }, secrets) !== undefined;

const github = hexSignature('x-hub-signature-256', 'sha256=');
const pagerduty = hexSignature('x-pagerduty-signature', 'v1=');

describe('a signature', () => {
  it('of GitHub is that of its documentation', () => {
    // docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries, "Testing the webhook payload validation"
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    expect(refused(github.verify, headers, 'Hello, World!', ["It's a Secret to Everybody"])).toBe(false);
  });

  it.each<[string, Verify, string, string, string]>([
    ['GitHub', github.verify, 'x-hub-signature-256', 'sha256=', ''],
    ['PagerDuty', pagerduty.verify, 'x-pagerduty-signature', `v1=${'0'.repeat(64)},v1=`, ''],
    ['Sentry', sentrySignature.verify, 'sentry-hook-signature', '', ''],
    ['Grafana', grafanaSignature.verify, 'x-grafana-alerting-signature', '', ''],
  ])('of %s is believed only over this body with a known secret', (_, verify, header, prefix) => {
    const headers = { [header]: prefix + hmacHex(body) };
    expect(refused(verify, headers)).toBe(false);
    // The same JSON, written otherwise, is another body.
    expect(refused(verify, headers, JSON.stringify(JSON.parse(body)).replace(':', ': '))).toBe(true);
    expect(refused(verify, headers, body, others)).toBe(true);
    expect(refused(verify, headers, body, [])).toBe(true);
    for (const wrong of ['', prefix, `${prefix}00`, `${prefix}zz`, 'sha1=1', `${prefix}${hmacHex(body).slice(0, -2)}`])
      expect(refused(verify, { [header]: wrong })).toBe(true);
    expect(refused(verify, {})).toBe(true);
  });

  it('of Grafana and of Standard Webhooks holds for five minutes', () => {
    const grafana = (at: number) => ({
      'x-grafana-alerting-signature': hmacHex(`${at}:${body}`),
      'x-grafana-alerting-signature-timestamp': String(at),
    });
    const standard = (at: number, key: string | Buffer = secret) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(at),
      'webhook-signature': `v1a,AAAA v1,${createHmac('sha256', key).update(`msg_1.${at}.${body}`).digest('base64')}`,
    });
    for (const [verify, sign] of [
      [grafanaSignature.verify, grafana],
      [standardSignature.verify, standard],
    ] as const) {
      expect(refused(verify, sign(now / 1_000 - 299))).toBe(false);
      expect(refused(verify, sign(now / 1_000 - 301))).toBe(true);
      expect(refused(verify, sign(now / 1_000 + 301))).toBe(true);
    }
    // Without its instant a body that was signed with it is none.
    expect(refused(grafanaSignature.verify, { 'x-grafana-alerting-signature': hmacHex(`${seconds}:${body}`) })).toBe(
      true,
    );
    const key = Buffer.from('a key of twenty-four byte');
    const secrets = [`whsec_${key.toString('base64')}`];
    expect(refused(standardSignature.verify, standard(now / 1_000, key), body, secrets)).toBe(false);
    const stale = { 'sentry-hook-signature': hmacHex(body), 'sentry-hook-timestamp': String(now / 1_000 - 400) };
    expect(refused(sentrySignature.verify, stale)).toBe(true);
  });
});

describe('a secret as it is', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['as a bearer token', { authorization: `Bearer ${secret}` }, false],
    ['as a password', { authorization: `Basic ${Buffer.from(`runlens:${secret}`).toString('base64')}` }, false],
    ['as a header', { 'x-runlens-secret': secret }, false],
    ['that is another', { 'x-runlens-secret': `${secret}.` }, true],
    ['that is missing', {}, true],
  ])('%s', (_, headers, is) => expect(refused(plainSecret, headers)).toBe(is));

  it('is not told where it is refused', () => {
    const header = (name: string) => ({ 'x-runlens-secret': 'guessed' })[name];
    expect(plainSecret({ body: Buffer.alloc(0), header, now }, [secret])).not.toMatch(/guessed|it-is-a-secret/);
  });
});
