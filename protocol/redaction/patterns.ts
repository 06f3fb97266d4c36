/**
 * What is secret by its form, wherever it stands in a text. Each pattern is linear in the text's length: none has a
 * repetition within a repetition. Formats are those of the vendors' own documentation of their secret scanning.
 */
import { isCardNumber, isIban, looksRandom } from './checks.ts';
import { once } from './once.ts';

export interface SecretPattern {
  readonly kind: string;
  /** With the flag `g`, always the same one. A group named `secret` is what is hidden; without one all that matches. */
  readonly pattern: () => RegExp;
  /** Each text that matches has one of these; looked for first, which is much cheaper. Absent: always tried. */
  readonly hints?: readonly string[];
  /** It has so many digits at least. */
  readonly digits?: number;
  /** It has so many characters of keys (`longestRun`) in a row at least. */
  readonly run?: number;
  readonly isSecret?: (match: string) => boolean;
}

const vendorTokens = [
  'gh[pousr]_[A-Za-z0-9]{20,255}',
  'github_pat_[A-Za-z0-9_]{20,255}',
  'glpat-[A-Za-z0-9_-]{16,64}',
  'gl(?:dt|rt|cbt|ptt|ft|soat)-[A-Za-z0-9_-]{16,64}',
  'xox[abeoprs]-[A-Za-z0-9-]{8,200}',
  'xapp-[A-Za-z0-9-]{8,200}',
  '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,200}',
  'whsec_[A-Za-z0-9+/=]{10,200}',
  'sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,250}',
  'AIza[A-Za-z0-9_-]{30,45}',
  'ya29\\.[A-Za-z0-9_-]{20,300}',
  'GOCSPX-[A-Za-z0-9_-]{20,40}',
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
  'npm_[A-Za-z0-9]{30,50}',
  'pypi-[A-Za-z0-9_-]{40,250}',
  'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}',
  'key-[a-f0-9]{32}',
  '(?:SK|AC)[a-f0-9]{32}',
  'dop_v1_[a-f0-9]{64}',
  'doo_v1_[a-f0-9]{64}',
  'hf_[A-Za-z0-9]{30,40}',
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  'sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}',
  'EAAA[A-Za-z0-9_-]{50,70}',
  'dapi[a-f0-9]{32}',
  'PMAK-[a-f0-9]{24}-[a-f0-9]{34}',
  'lin_api_[A-Za-z0-9]{30,50}',
  'sntr(?:ys|yu)_[A-Za-z0-9+/=_-]{30,200}',
  'glsa_[A-Za-z0-9_]{30,60}',
  'hv[sb]\\.[A-Za-z0-9_-]{20,250}',
  'figd_[A-Za-z0-9_-]{30,60}',
  'atlasv1-[A-Za-z0-9_-]{20,90}',
  'ATATT3[A-Za-z0-9_=-]{30,250}',
  'age-secret-key-1[a-z0-9]{50,60}',
  'AGE-SECRET-KEY-1[A-Z0-9]{50,60}',
  'nfp_[A-Za-z0-9]{30,50}',
  'rk_live_[A-Za-z0-9]{10,100}',
  'pscale_(?:tkn|pw)_[A-Za-z0-9_.-]{30,64}',
  'dckr_pat_[A-Za-z0-9_-]{20,40}',
];

export const secretPatterns: readonly SecretPattern[] = [
  {
    kind: 'private-key',
    pattern: once(
      () =>
        /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    ),
    hints: ['PRIVATE KEY'],
  },
  {
    // A JWT or any base64 of `{"…`; cut ones too.
    kind: 'jwt',
    pattern: once(() => /(?<![A-Za-z0-9])eyJ[A-Za-z0-9+/_=-]{10,}(?:\.[A-Za-z0-9+/_=-]*){0,4}/g),
    hints: ['eyJ'],
  },
  {
    kind: 'token',
    pattern: once(() => new RegExp(`(?<![A-Za-z0-9])(?:${vendorTokens.join('|')})`, 'g')),
    run: 14,
  },
  {
    kind: 'credentials',
    pattern: once(() => /[a-zA-Z][a-zA-Z0-9+.-]{0,30}:\/\/(?<secret>[^\s/?#"'<>]*:[^\s/?#"'<>]*)@/g),
    hints: ['://'],
  },
  {
    kind: 'credentials',
    pattern: once(() => /[a-zA-Z][a-zA-Z0-9+.-]{0,30}:\/\/(?<secret>[A-Za-z0-9_-]{16,})@/g),
    hints: ['://'],
  },
  {
    kind: 'authorization',
    pattern: once(
      () =>
        /\b(?:Bearer|Basic|Digest|Token|ApiKey|Negotiate|NTLM|Bot|GoogleLogin auth=)\s+(?<secret>[A-Za-z0-9+/=_.~:-]{6,})/gi,
    ),
    hints: [' ', '\t'],
    run: 6,
    isSecret: (match) => /\d/.test(match) || /[+/=_.~:]./.test(match) || /[a-z][A-Z]/.test(match) || match.length >= 24,
  },
  {
    kind: 'webhook',
    pattern: once(
      () =>
        /(?:hooks\.slack\.com\/(?:services|workflows)|discord(?:app)?\.com\/api\/webhooks|[a-z0-9-]+\.webhook\.office\.com)\/(?<secret>[A-Za-z0-9/_@-]{10,})/g,
    ),
    hints: ['hooks.slack.com', 'api/webhooks', 'webhook.office.com'],
  },
  {
    kind: 'connection',
    pattern: once(
      () => /(?:AccountKey|SharedAccessKey|SharedAccessSignature|Pwd|Password)\s*=\s*(?<secret>[^;"'\s]{3,})/gi,
    ),
    hints: ['='],
  },
  {
    kind: 'card',
    pattern: once(() => /(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d]|[.,]\d)/g),
    digits: 13,
    isSecret: isCardNumber,
  },
  {
    kind: 'iban',
    pattern: once(() => /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g),
    digits: 6,
    isSecret: isIban,
  },
  {
    kind: 'email',
    pattern: once(() => /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}])/gu),
    hints: ['@'],
    isSecret: (match) => !isNoEmail(match),
  },
  {
    kind: 'ssn',
    pattern: once(() => /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])/g),
    hints: ['-'],
    digits: 9,
  },
  {
    kind: 'key',
    pattern: once(() => /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{24,}/g),
    digits: 2,
    run: 24,
    isSecret: (match) => !/^sha\d{3}-/.test(match) && looksRandom(match),
  },
];

/** Packages with a version, pictures for dense screens, and the user of every Git server. */
function isNoEmail(match: string): boolean {
  const at = match.lastIndexOf('@');
  const domain = match.slice(at + 1);
  return match.slice(0, at) === 'git' || /^\d+\.\d+\.\d+/.test(domain) || /^\d+x\.\p{L}+$/u.test(domain);
}

/** `name=value` and `"name": "value"` in a text, also percent-encoded and in JSON within a string. */
export const namedValue = once(
  () =>
    /(?<name>[\p{L}_$#][\p{L}\d_.$-]{0,62})(?:\\{0,4}["'`]|%22)?\]?\s{0,4}(?:=>|=|:|%3D|%3A)\s{0,4}(?:(?<quote>\\{0,4}["'`]|%22)(?<quoted>[\s\S]*?)(?:\k<quote>|$)|(?<plain>[^\s"'`&,;<>}\])]{1,}))/gu,
);

/** In prose after a name, these are not its value: `password: required`. */
export const proseWords = once(
  () =>
    new Set(
      `a an and any are as be been boolean but by can cannot changed could count denied empty error expired expires failed
  field for found from has have i if in incorrect invalid is it its length like located many may mismatch missing must
  n never no none not null number object of on one only optional or please required rejected reset revoked she should
  since string that the they this to too true type undefined unknown updated used valid was wat we were when where which
  will with without wrong you your false`.split(/\s+/),
    ),
);
