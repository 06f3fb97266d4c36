/** The commands of `@runlens`: what each asks production before the model speaks, and what the model is asked to do. Pure. */

export const slashCommands = ['hot', 'slow', 'errors', 'incident', 'review', 'why', 'snapshot'] as const;
export type SlashCommand = (typeof slashCommands)[number];

/** What the chat is about, as the editor has it. */
export interface ChatScope {
  readonly service?: string;
  readonly environment?: string;
  readonly version?: string;
  /** Such as `15m`. */
  readonly window: string;
}

/** The function at the cursor or in an attached range; names as services know them. */
export interface FunctionAtHand {
  readonly file: string;
  readonly function: string;
}

export interface PlannedCall {
  readonly tool: string;
  readonly input: object;
}

export interface Plan {
  /** Asked before the model's first turn, so that it has the facts whatever it makes of them. */
  readonly first: readonly PlannedCall[];
  /** What the model is to do; the person's own words follow. */
  readonly task: string;
}

const scoped = ({ service, environment, version, window }: ChatScope): object => ({
  ...(service === undefined ? {} : { service }),
  ...(environment === undefined ? {} : { environment }),
  ...(version === undefined ? {} : { version }),
  since: window,
});

/** `words`: what the person wrote beside the command. */
export function planOf(
  command: SlashCommand | undefined,
  words: string,
  scope: ChatScope,
  atHand: FunctionAtHand | undefined,
): Plan {
  const input = scoped(scope);
  const named = functionIn(words) ?? (words === '' ? atHand : undefined);
  switch (command) {
    case 'hot':
      return {
        first: [{ tool: 'runlens_hot_functions', input: { ...input, by: 'time', limit: 10 } }],
        task: 'Say which functions cost most in production and why they matter, the dearest first, each with its figures. Then say which one you would look at, and why.',
      };
    case 'slow':
      return {
        first: [
          { tool: 'runlens_hot_functions', input: { ...input, by: 'p99', limit: 10 } },
          { tool: 'runlens_find_slow_queries', input: { ...input, limit: 10 } },
        ],
        task: 'Say what is slow in production, functions and queries, the worst for users first, each with its figures. Say where the time goes as far as the facts tell, and what would make it faster.',
      };
    case 'errors':
      return {
        first: [{ tool: 'runlens_errors', input: { ...input, limit: 10 } }],
        task: 'Say what fails in production, new failures first, each with how often, with what, where it is thrown and who catches it. Then say what you would fix first.',
      };
    case 'incident': {
      const { service, environment } = scope;
      const place = {
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
      };
      const id = /\be-[0-9a-z]{6,32}\b/.exec(words)?.[0];
      return {
        // Events and what changed are looked for further back than the editor's window: what caused it came before.
        first: [
          { tool: 'runlens_events', input: id === undefined ? { ...place, limit: 10 } : { id } },
          { tool: 'runlens_changes_since', input: { ...place, since: '1h' } },
        ],
        task: 'Say what is wrong in production now: what fires, since when, how grave, whom it concerns (routes) and which functions, each with its figures. Say what changed before it began: deployments, new errors, functions that are slower or called more. Keep what is known apart from what you suppose. Then say where you would look first in the code, and what would confirm it. Where nothing fires say so, and what ended lately.',
      };
    }
    case 'review': {
      // The change is compared with one version of production: all that run.
      const { version: _of, ...reviewed } = scope;
      return {
        first: [
          {
            tool: 'runlens_review_change',
            input: { ...scoped(reviewed), ...(words === '' ? {} : baseOf(words)) },
          },
        ],
        task: 'The person sees the verdict and the figures of this review already. Say in few sentences what deserves attention before this change is merged and what you would do about it; do not repeat the list.',
      };
    }
    case 'why':
      return {
        first: named ? [{ tool: 'runlens_function_profile', input: { ...input, ...named, maxTokens: 1_500 } }] : [],
        task: 'Explain why the function behaves in production as it does: where its time goes (runlens_callees, its queries), who calls it (runlens_callers), how it fails (runlens_errors), under which conditions it differs. Tell what the figures show from what you suppose. Where nothing is known of it, say why that is and what to do.',
      };
    case 'snapshot':
      return {
        first: [
          { tool: 'runlens_list_probes', input: scope.service === undefined ? {} : { service: scope.service } },
          ...(named ? [{ tool: 'runlens_function_profile', input: { ...input, ...named, maxTokens: 800 } }] : []),
        ],
        task: 'Place one snapshot with runlens_place_probe where it answers the question (default: the entry of the function at hand), with few hits and a condition where only some calls matter, and say why in its reason. The person is asked before it is placed; it may then still wait for an approval. Read what it saw with runlens_read_captures, and say what it tells. Never place a second one without being asked.',
      };
    default:
      return {
        first: [],
        task: 'Answer the question by what production knows; ask the tools that fit it.',
      };
  }
}

/** `/why pricing/price.ts:priceCart`, as the buttons ask. */
function functionIn(words: string): FunctionAtHand | undefined {
  const [, file = '', name = ''] = /^`?([^`\s:]{1,400}\.\w{1,10}):([^`\s\d][^`\s]{0,200})`?$/.exec(words) ?? [];
  return name === '' ? undefined : { file, function: name };
}

/** `/review origin/main`: a word that can be a revision; anything else is a question about the review. */
function baseOf(words: string): object {
  return /^[\w][\w./~^@{}-]{0,199}$/.test(words) ? { base: words } : {};
}

/** Of the words after `/review`. */
export function reviewBase(words: string): string | undefined {
  const base = baseOf(words.trim());
  return 'base' in base && typeof base.base === 'string' ? base.base : undefined;
}

export const isSlashCommand = (name: string | undefined): name is SlashCommand =>
  slashCommands.some((each) => each === name);
