/** Tells each session of an agent what is new in production and concerns it, once. */
import { contextVersion } from '@runlens/agent/answer/context-version';
import { concernOf, type InterestSet, programEvents } from '@runlens/agent/interest/concern';
import { interestSetOf } from '@runlens/agent/interest/interest-set';
import { newsOf, standingOf, type Told } from '@runlens/agent/interest/news';
import { newsText, standingText } from '@runlens/agent/interest/news-text';
import type { Actor } from '@runlens/protocol';
import type { ContextResponse, contextRequestSchema, NewsItem } from '@runlens/protocol/api/context';
import type { z } from 'zod';
import type { ContextSession, GivenAnswer } from './context-session.ts';
import type { Candidate, Happenings } from './happenings.ts';
import type { Neighbours } from './neighbours.ts';
import type { Push } from './push-audit.ts';
import { SessionBook, type SessionName } from './session-book.ts';

/** Of one telling: the others are told as a number. */
const mostItems = 5;

export interface ContextDeskOptions {
  /** Something was told to a session. */
  readonly onTold: (push: Push) => void;
  readonly happenings: Happenings;
  readonly neighbours: Neighbours;
  readonly now: () => number;
}

type Request = z.output<typeof contextRequestSchema>;

export class ContextDesk {
  readonly #options: ContextDeskOptions;
  readonly #sessions = new SessionBook();

  constructor(options: ContextDeskOptions) {
    this.#options = options;
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  async ask(
    name: SessionName,
    actor: Actor,
    { via, interest, answer, maxTokens, mark, form }: Request,
  ): Promise<ContextResponse> {
    const { now, happenings } = this.#options;
    const session = this.#sessions.of(name, now());
    session.learn(interest);
    // All that waits is before here: of two that ask at once the first is told, and not both.
    const candidates = await happenings.candidates();
    const at = now();
    const held = against(candidates, this.#interestOf(session));
    const isStanding = form === 'standing';
    const news = isStanding ? standingOf(held, session.told, at) : newsOf(held, session.told, session.begunAt);
    const shown = news.items.slice(0, mostItems);
    const superseded = isStanding ? [] : supersededBy(news.items, session, answer);
    const more = news.items.length - shown.length;
    const telling = { items: shown, more, superseded };
    const standing = contextVersion(news.items.map(({ id, change, severity }) => [id, change, severity]));
    const { text, told } = isStanding
      ? standingText(telling, standing, maxTokens, at)
      : newsText(telling, maxTokens, at);
    const items = shown.slice(0, told);
    const since = session.toldAt;
    if (mark) {
      const fresh = items.filter(({ id }) => session.told.get(id)?.state !== news.told.get(id)?.state);
      // Where not even one fits nothing is told but that there is something.
      if (items.length > 0) session.tell(isStanding ? only(news.told, items) : summarised(news.told, items), at);
      const isNew = isStanding ? fresh.length > 0 : text !== '' && items.length > 0;
      if (isNew) this.#options.onTold({ actor, via, items: isStanding ? fresh : items, more });
      for (const { question } of superseded) session.answers.delete(question);
      if (answer !== undefined)
        session.answered({
          ...answer,
          ...{ files: interest.files ?? [], functions: interest.functions ?? [], service: interest.service },
        });
    }
    return {
      now: new Date(at).toISOString(),
      contextVersion: isStanding ? standing : `cv-${session.tellings.toString(16).padStart(8, '0')}`,
      since: since === undefined ? null : new Date(since).toISOString(),
      news: items,
      more: news.items.length - items.length,
      superseded: superseded.map(({ contextVersion, tool, about }) => ({
        ...{ contextVersion, tool },
        ...(about === undefined ? {} : { about }),
      })),
      text,
    };
  }

  /** Of a process of the session, or of the host's session. */
  end(name: Pick<SessionName, 'user' | 'session'>): void {
    this.#sessions.end(name);
  }

  #interestOf({ services, environments, files, changed, functions, subscriptions }: ContextSession): InterestSet {
    return interestSetOf(
      { services, environments, files: [...files, ...changed], functions: functions.values(), subscriptions },
      this.#options.neighbours,
    );
  }
}

const against = (candidates: readonly Candidate[], interest: InterestSet) =>
  candidates.map(({ event, happening }) => ({ event, concern: concernOf(happening, interest) }));

const only = (told: ReadonlyMap<string, Told>, items: readonly NewsItem[]): ReadonlyMap<string, Told> => {
  const named = new Set(items.map(({ id }) => id));
  return new Map([...told].filter(([id]) => named.has(id)));
};

/** With those that were told as a number only. */
function summarised(told: ReadonlyMap<string, Told>, items: readonly NewsItem[]): ReadonlyMap<string, Told> {
  const named = new Set(items.map(({ id }) => id));
  return new Map([...told].map(([id, each]) => [id, named.has(id) ? each : { ...each, summarised: true }]));
}

/** An earlier answer of another version to the same question, and those about what the news concern. */
function supersededBy(
  items: readonly NewsItem[],
  { answers }: ContextSession,
  answer: Pick<GivenAnswer, 'question' | 'contextVersion'> | undefined,
): readonly GivenAnswer[] {
  return [...answers.values()].filter((earlier) => {
    if (earlier.question === answer?.question) return earlier.contextVersion !== answer.contextVersion;
    return items.some(
      ({ functions, service, kind }) =>
        functions.some(
          ({ file, function: name }) =>
            earlier.files.includes(file) ||
            earlier.functions.some((each) => each.file === file && each.function === name),
        ) ||
        (functions.length === 0 && programEvents.has(kind) && service !== null && earlier.service === service),
    );
  });
}
