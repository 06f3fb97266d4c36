/** Whether a request is its sender's: signatures over the body as it came, compared in constant time. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  /** As it came. */
  readonly body: Buffer;
  readonly header: (name: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Undefined: it is its sender's. Else why not, as a sentence that says nothing of the secret. */
export type Refusal = string | undefined;

export interface Signature {
  /** By which header it is known that a request is signed. */
  readonly header: string;
  /** Where it is not, the plain secret may be sent instead. */
  readonly isOptional: boolean;
  verify(request: SignedRequest, secrets: readonly string[]): Refusal;
}

/** A signed instant may be as far from now, as GitHub's, Slack's and the Standard Webhooks' documentation have it. */
const windowMilliseconds = 5 * 60_000;

const wrong = 'The signature does not fit the body and the secret: check that both sides have the same secret.';
const stale =
  'The signed instant is more than five minutes away: it was sent before, or the clock of one of the machines is wrong.';

/** HMAC-SHA256 in hexadecimal, alone or behind a prefix, one of a list where the sender rotates its secrets. */
export const hexSignature = (header: string, prefix = ''): Signature => ({
  header,
  isOptional: false,
  verify: ({ body, header: read }, secrets) => {
    const given = (read(header) ?? '').split(',').map((each) => each.trim());
    const digests = given.flatMap((each) => (each.startsWith(prefix) ? [each.slice(prefix.length)] : []));
    return isOneOf(digests, secrets, (secret) => hmac(secret, [body]), 'hex') ? undefined : wrong;
  },
});

/** The same, of a body with an instant before it where the sender is told to send one: `<seconds>:<body>`. */
export const grafanaSignature: Signature = {
  header: 'x-grafana-alerting-signature',
  isOptional: true,
  verify: ({ body, header, now }, secrets) => {
    const given = [header('x-grafana-alerting-signature') ?? ''];
    const instant = header('x-grafana-alerting-signature-timestamp');
    if (instant !== undefined && !isFresh(instant, now)) return stale;
    const parts = instant === undefined ? [body] : [Buffer.from(`${instant}:`), body];
    return isOneOf(given, secrets, (secret) => hmac(secret, parts), 'hex') ? undefined : wrong;
  },
};

/** Sentry signs the body alone; the instant beside it is looked at all the same. */
export const sentrySignature: Signature = {
  ...hexSignature('sentry-hook-signature'),
  verify: (request, secrets) => {
    const instant = request.header('sentry-hook-timestamp');
    if (instant !== undefined && !isFresh(instant, request.now)) return stale;
    return hexSignature('sentry-hook-signature').verify(request, secrets);
  },
};

/** standardwebhooks.com: base64 of HMAC-SHA256 of `<id>.<seconds>.<body>`, several with blanks between them. */
export const standardSignature: Signature = {
  header: 'webhook-signature',
  isOptional: true,
  verify: ({ body, header, now }, secrets) => {
    const id = header('webhook-id') ?? '';
    const instant = header('webhook-timestamp') ?? '';
    if (!isFresh(instant, now)) return stale;
    const given = (header('webhook-signature') ?? '')
      .split(' ')
      .flatMap((each) => (each.startsWith('v1,') ? [each.slice(3)] : []));
    const parts = [Buffer.from(`${id}.${instant}.`), body];
    return isOneOf(given, secrets, (secret) => hmac(standardKey(secret), parts), 'base64') ? undefined : wrong;
  },
};

/** `Authorization: Bearer`, the password of `Authorization: Basic`, or `X-Runlens-Secret`. */
export function plainSecret({ header }: SignedRequest, secrets: readonly string[]): Refusal {
  const authorization = header('authorization') ?? '';
  const basic = /^Basic +(\S+)$/i.exec(authorization)?.[1];
  const given =
    header('x-runlens-secret') ??
    /^Bearer +(\S+)$/i.exec(authorization)?.[1] ??
    (basic === undefined
      ? undefined
      : Buffer.from(basic, 'base64')
          .toString('utf8')
          .replace(/^[^:]*:/, ''));
  if (given === undefined)
    return 'This source has a secret: send it as "Authorization: Bearer …", as the password of basic authentication, or as the header X-Runlens-Secret.';
  const digest = sha256(given);
  // All are compared, so that the time tells nothing of which one came close.
  const fits = secrets.map((secret) => timingSafeEqual(digest, sha256(secret)));
  return fits.includes(true) ? undefined : 'The secret of this source is another one.';
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

function hmac(key: string | Buffer, parts: readonly Buffer[]): Buffer {
  const made = createHmac('sha256', key);
  for (const part of parts) made.update(part);
  return made.digest();
}

const standardKey = (secret: string): string | Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;

const mostSignatures = 10;

function isOneOf(
  given: readonly string[],
  secrets: readonly string[],
  digestOf: (secret: string) => Buffer,
  encoding: 'hex' | 'base64',
): boolean {
  const digests = given.slice(0, mostSignatures).map((each) => Buffer.from(each, encoding));
  return secrets
    .map(digestOf)
    .flatMap((expected) => digests.map((each) => each.length === expected.length && timingSafeEqual(each, expected)))
    .includes(true);
}

function isFresh(instant: string, now: number): boolean {
  if (!/^\d{10,13}$/.test(instant)) return false;
  const milliseconds = instant.length > 11 ? Number(instant) : Number(instant) * 1_000;
  return Math.abs(now - milliseconds) <= windowMilliseconds;
}
