/** The secrets of senders: from the environment, several of one sender with commas between them while they are changed. */
import { type EventSender, eventSenders } from '@runlens/protocol/api/events';
import { eventSecretVariable } from '@runlens/protocol/environment';

const leastCharacters = 16;

export type EventSecrets = ReadonlyMap<EventSender, readonly string[]>;

/** Throws on a secret that could be guessed; the message has its variable and nothing of it. */
export function readEventSecrets(environment: Readonly<Record<string, string | undefined>>): EventSecrets {
  const secrets = new Map<EventSender, readonly string[]>();
  for (const sender of eventSenders) {
    const name = eventSecretVariable(sender);
    const given = (environment[name] ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    if (given.some((each) => each.length < leastCharacters))
      throw new Error(`${name} is shorter than ${leastCharacters} characters: give a longer secret to both sides`);
    if (given.length > 0) secrets.set(sender, given);
  }
  return secrets;
}
