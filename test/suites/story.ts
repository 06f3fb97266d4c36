/** The suites' view of the story around them: who runs where, and how to make something happen. */
import { CollectorApi } from '../story/collector-api.ts';

export interface StoryFacts {
  readonly collectorUrl: string;
  readonly token: string;
  /** Where {@link direct} posts to. */
  readonly controlUrl: string;
  readonly shopFolder: string;
  readonly shopVersion: string;
  /** Where the suite runs with a second folder. */
  readonly billingFolder?: string;
}

/** The environment variable that carries {@link StoryFacts} as JSON into the extension host. */
export const storyVariable = 'RUNLENS_STORY';

const directTimeoutMilliseconds = 150_000;

export function storyFacts(): StoryFacts {
  const told = process.env[storyVariable];
  if (told === undefined) throw new Error(`${storyVariable} is not set: these suites run within a story`);
  // Written by the test that starts the editor, of this very type.
  return JSON.parse(told) as StoryFacts;
}

export function collector(): CollectorApi {
  const { collectorUrl, token } = storyFacts();
  return new CollectorApi({ url: collectorUrl, token });
}

/** Makes something happen in the story, and resolves when it has. */
export async function direct(
  action: '/load/start' | '/load/stop' | '/collector/start' | '/collector/kill' | `/carts?count=${number}`,
): Promise<void> {
  const response = await fetch(`${storyFacts().controlUrl}${action}`, {
    method: 'POST',
    signal: AbortSignal.timeout(directTimeoutMilliseconds),
  });
  if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
}
