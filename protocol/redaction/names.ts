/**
 * Which names say that their value is secret. A name is cut into words (`dbPassword`, `X-Api-Key`, `STRIPE_SECRET_KEY`,
 * `#pin`), so that `secretary`, `pinned` and `tokenCount` are not taken for what they only contain.
 */
import { once } from './once.ts';

/** What is told of a value beside its name: a flag holds no secret, and a number only some kinds. */
export type ValueType = 'text' | 'number' | 'flag' | 'object';

/** Secret wherever they stand in a name, unless its last word says that it is something about the secret. */
const secretWords = once(
  () =>
    new Set(
      `accesstoken apikey apisecret apitoken authkey authorization authtoken bearer bearertoken clientsecret connectionstring
  connstring cookie cookies cred creds credential credentials creditcard csrf csrftoken cvc cvv cvv2 dsn encryptionkey
  idtoken jsessionid jwt jwts mnemonic otp passcode passphrase passwd password passwords passwordhash pgpassword phpsessid
  pincode privatekey privkey pwd refreshtoken sasl seedphrase secret secretkey secrets sessionid sessiontoken setcookie
  sharedsecret signingkey signature ssn totp token tokens xapikey xauthtoken xcsrftoken xsrf xsrftoken`.split(/\s+/),
    ),
);

/** Secret as a name's last word only: elsewhere they are ordinary. */
const secretHeads = once(() => new Set(`auth pass pin pan sid salt hmac iban ssn otp nonce`.split(' ')));

/** Two words that are secret together. */
const secretPairs = once(
  () =>
    new Set(
      `access key,account key,account number,api key,app key,application key,auth code,auth key,authorization code,backup code,
  backup codes,bank account,card code,card no,card number,card pan,cc number,cipher key,client key,connection string,
  consumer key,credit card,customer key,date of birth,debit card,deploy key,drivers license,driving license,encryption key,
  hash salt,host key,iban number,id token,license key,login code,master key,mfa code,passport no,passport number,
  personal number,pin code,pre shared,private key,recovery code,recovery codes,recovery phrase,reset code,routing number,
  seed phrase,secret key,security answer,security code,session id,session key,set cookie,shared key,sign key,signing key,
  social security,ssh key,storage key,tax id,verification code,webhook key,wallet seed,x auth`.split(/,\s*/),
    ),
);

/** Found also within names that have no boundaries between their words: `userpassword`, `stripeapikey`. */
const secretParts = [
  'password',
  'passwd',
  'passphrase',
  'apikey',
  'accesstoken',
  'authtoken',
  'privatekey',
  'clientsecret',
];

/** As its last word, these make of a secret something about it. */
const aboutWords = once(
  () =>
    new Set(
      `algorithm at attempts audience banner budget category class config consent cost count counter counts created days
  deleted description disabled domain enabled endpoint error errors expiration expires expiry field fields form format
  generator handler header heading hint icon ids index input invalid issuer kind label lang language len length lifetime
  limit limits manager max maximum message middleware min minimum minutes missing mode module name names notice options
  page parser path placeholder policies policy position preference preferences price prompt provider rate regex regexp
  required requirements reset rotation route rule rules samesite schema scope scopes score screen seconds secure service
  size state status storage store strategy strength summary template test timeout title total ttl type types updated
  uri url usage used valid validation validator validators version view visible`.split(/\s+/),
    ),
);

/** Of numbers only these are secret: `tokens: 512` is a count. */
const secretNumbers = once(
  () =>
    new Set(
      `pin pincode passcode otp totp cvc cvv cvv2 ssn password passwd pwd pan secret card account code number license taxid`.split(
        ' ',
      ),
    ),
);

/** All that a secret name can hold, written together. Most names have none, and are not cut into words. */
const anyOfSecrets = once(
  () =>
    new RegExp(
      [
        ...new Set([
          ...secretWords(),
          ...secretHeads(),
          ...secretParts,
          ...[...secretPairs()].map((pair) => pair.replaceAll(' ', '')),
        ]),
      ].join('|'),
    ),
);

/** The words of a name, in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 200)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** A name as users' lists are compared: lower case, letters and digits only. */
export const normaliseName = (name: string): string => wordsOf(name).join('');

/** Whether a value of that name and type must not be seen. `added`: normalised names of the user's own list. */
export function isSecretName(name: string, type: ValueType, added: ReadonlySet<string> = new Set()): boolean {
  if (added.size === 0 && (type === 'flag' || !mayBeSecret(name))) return false;
  const words = wordsOf(name);
  const head = words.at(-1);
  if (head === undefined) return false;
  const whole = words.join('');
  if (added.has(whole)) return true;
  if (type === 'flag') return false;
  if (!namesSecret(words, whole, head)) return false;
  return type !== 'number' || secretNumbers().has(whole) || words.some((word) => secretNumbers().has(word));
}

const mayBeSecret = (name: string): boolean => anyOfSecrets().test(name.replace(/[^\p{L}\d]+/gu, '').toLowerCase());

function namesSecret(words: readonly string[], whole: string, head: string): boolean {
  if (secretWords().has(whole)) return true;
  if (words.length > 1 && aboutWords().has(head)) return false;
  if (secretHeads().has(head)) return true;
  for (const [index, word] of words.entries()) {
    if (secretWords().has(word)) return true;
    const next = words[index + 1];
    if (next !== undefined && (secretPairs().has(`${word} ${next}`) || secretWords().has(word + next))) return true;
    const third = words[index + 2];
    if (third !== undefined && secretPairs().has(`${word} ${next} ${third}`)) return true;
    if (secretParts.some((part) => word.length > part.length && word.includes(part))) return true;
  }
  return false;
}
