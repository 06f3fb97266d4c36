/**
 * What agents and people remember of a code base between sessions: decisions and their reasons, tied to functions, services
 * and events. Kept in the repository, so that git is its history; handed in, as the agent tools know neither files nor git.
 */
import { z } from 'zod';

/** `task`: what was done, and what it left open. */
export const memoryKinds = ['decision', 'observation', 'task'] as const;

export const memoryLimits = {
  title: 120,
  text: 4_000,
  functions: 10,
  services: 5,
  events: 10,
  open: 10,
  openText: 200,
  evidence: 20,
  /** Of one memory's file. */
  bytes: 32_768,
  /** In a repository; more are not read, and none is added. */
  memories: 1_000,
} as const;

const instant = z.iso.datetime();
const name = z.string().min(1).max(1_000);
const hex = z.string().regex(/^[0-9a-f]{7,64}$/);

export const memoryIdSchema = z.string().regex(/^m-[0-9a-z]{10}$/, {
  message: 'give the id of a memory, as runlens_recall tells it, such as m-0123456789',
});

/** A path that stays in the repository. */
export const memoryPathSchema = z
  .string()
  .min(1)
  .max(1_000)
  .refine((path) => !/^[\\/]|^[A-Za-z]:|\p{Cc}/u.test(path) && !path.split(/[\\/]/).includes('..'), {
    message: 'give a path relative to the root of the repository',
  });

export const rememberedFunctionSchema = z.object({
  file: memoryPathSchema,
  function: name,
  /** 1-based, at that time. */
  line: z.int().positive(),
  /** SHA-256 of its tokens without its name, spaces and comments, 16 hexadecimal digits. */
  body: hex,
  /** Git's id of the file's text at that time. */
  blob: hex,
});
export type RememberedFunction = z.infer<typeof rememberedFunctionSchema>;

/** What production told of a function at that time. */
export const evidenceSchema = z.object({
  service: name,
  environment: name,
  file: memoryPathSchema,
  function: name,
  versions: z.array(name).max(20),
  since: instant,
  until: instant,
  calls: z.number().nonnegative(),
  callsPerMinute: z.number().nonnegative(),
  /** Of all calls; null: there was none. */
  errorRate: z.number().min(0).nullable(),
  /** Seconds; null: none was timed. */
  p50: z.number().nonnegative().nullable(),
  p99: z.number().nonnegative().nullable(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

export const memorySchema = z.object({
  id: memoryIdSchema,
  kind: z.enum(memoryKinds),
  title: z.string().min(1).max(memoryLimits.title),
  text: z.string().min(1).max(memoryLimits.text),
  /** What wrote it: an agent as it calls itself, or `command line`. */
  agent: z.string().min(1).max(200),
  /** The person in whose working copy it was written, as git knows them. */
  author: z.string().max(200).optional(),
  session: z.string().min(1).max(200),
  at: instant,
  /** The commit that the working copy was at. */
  revision: hex.optional(),
  functions: z.array(rememberedFunctionSchema).max(memoryLimits.functions),
  services: z.array(name).max(memoryLimits.services),
  events: z.array(z.string().min(1).max(200)).max(memoryLimits.events),
  evidence: z.array(evidenceSchema).max(memoryLimits.evidence),
  open: z.array(z.string().min(1).max(memoryLimits.openText)).max(memoryLimits.open),
});
export type Memory = z.infer<typeof memorySchema>;

export interface FunctionName {
  readonly file: string;
  readonly function: string;
  /** Tells twins apart; 1-based. */
  readonly line?: number | undefined;
}

/** What is to be remembered; who, when and where are known to the keeper. */
export type NewMemory = Pick<Memory, 'kind' | 'title' | 'text' | 'services' | 'events' | 'evidence' | 'open'> & {
  readonly functions: readonly FunctionName[];
  /** Id of a memory that this one stands for from now on. */
  readonly replaces?: string | undefined;
};

const placed = { file: z.string(), function: z.string(), line: z.number() };

/** How a function of a memory stands in the working copy. `moved`: the same tokens under another name or in another file. */
export const functionStandingSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['same', 'moved']), ...placed }),
  z.object({ kind: z.literal('changed'), ...placed, what: z.string() }),
  /** `unknown`: it cannot be told. */
  z.object({ kind: z.enum(['gone', 'unknown']), what: z.string() }),
]);
export type FunctionStanding = z.infer<typeof functionStandingSchema>;

export type Failed = { readonly kind: 'failed'; readonly message: string };

export interface Shelf {
  readonly kind: 'shelf';
  /** Newest first. */
  readonly memories: readonly Memory[];
  /** Files that could not be read as memories, with the reason. */
  readonly unread: readonly { readonly file: string; readonly reason: string }[];
}

/** The memories of one repository, for one asker. */
export interface MemoryKeeper {
  /** As whom memories are written. */
  readonly asker: { readonly agent: string; readonly session: string };
  read(signal?: AbortSignal): Promise<Shelf | Failed>;
  /** `hidden`: places that looked like secrets and were not written. */
  add(
    memory: NewMemory,
    signal?: AbortSignal,
  ): Promise<
    { readonly kind: 'added'; readonly memory: Memory; readonly file: string; readonly hidden: number } | Failed
  >;
  remove(id: string): Promise<{ readonly kind: 'removed'; readonly memory: Memory; readonly file: string } | Failed>;
  /** One for each of its functions, in order. */
  standing(memory: Memory, signal?: AbortSignal): Promise<readonly FunctionStanding[]>;
  /** Files that differ from the last commit. */
  touched(signal?: AbortSignal): Promise<readonly string[]>;
}
