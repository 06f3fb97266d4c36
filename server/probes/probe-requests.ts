/** Answers the custom requests of probes, and tells the client what changed. */
import type { Capture, ProbeRequest } from '@runlens/protocol';
import { probePlaceSchema, probeRequestSchema } from '@runlens/protocol';
import { probesLsp } from '@runlens/protocol/lsp-probes';
import type { Connection } from 'vscode-languageserver/node';
import { z } from 'zod';
import type { ProbeList } from './probe-list.ts';
import type { ProbePlaces } from './probe-places.ts';

/** A counter is hit all the time: the client is told at most so often. */
const tellMilliseconds = 200;

const row = z.number().int().min(0);
const placeParams = z.object({
  uri: z.string(),
  line: row,
  at: probePlaceSchema.shape.at,
  untilLine: row.optional(),
});
const uriParams = z.object({ uri: z.string() });
const idParams = z.object({ id: z.string() });
const requestParams = z.object({ request: probeRequestSchema });
const actParams = idParams.extend({
  action: z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['pause', 'resume', 'remove']) }),
    z.object({ kind: z.literal('renew'), life: z.number().int().positive() }),
    z.object({ kind: z.literal('approve'), hash: z.string() }),
  ]),
});
const locateParams = z.object({ file: z.string(), line: z.number().int().positive(), blob: z.string().optional() });

/** What is no request of a probe is refused with what is wrong. */
function withRequest<T>(
  params: unknown,
  act: (request: ProbeRequest) => T,
): T | { readonly kind: 'refused'; readonly message: string } {
  const parsed = requestParams.safeParse(params);
  if (parsed.success) return act(parsed.data.request);
  const [issue] = parsed.error.issues;
  return {
    kind: 'refused',
    message: `${issue?.path.slice(1).join('.') ?? ''}: ${issue?.message ?? 'not a probe'}`,
  };
}

export interface ProbeSession {
  readonly probes: ProbeList;
  readonly places: ProbePlaces;
}

export function serveProbes(connection: Connection, session: () => ProbeSession | undefined): void {
  const needed = (): ProbeSession => {
    const found = session();
    if (!found) throw new Error('The server has not been initialized.');
    return found;
  };
  const answers: Readonly<Record<string, (params: unknown) => object | Promise<object | null>>> = {
    [probesLsp.view.method]: () => needed().probes.view,
    [probesLsp.ofDocument.method]: (params) => {
      const { probes, places } = needed();
      return places.ofDocument(uriParams.parse(params).uri, probes.probes);
    },
    [probesLsp.placeAt.method]: (params) => needed().places.placeAt(placeParams.parse(params)),
    [probesLsp.place.method]: (params) => withRequest(params, (request) => needed().probes.place(request)),
    [probesLsp.preview.method]: (params) => withRequest(params, (request) => needed().probes.preview(request)),
    [probesLsp.act.method]: (params) => {
      const { id, action } = actParams.parse(params);
      return needed().probes.act(id, action);
    },
    [probesLsp.disarmAll.method]: () => needed().probes.disarmAll(),
    [probesLsp.captures.method]: (params) => needed().probes.captures(idParams.parse(params).id),
    [probesLsp.locate.method]: (params) => {
      const { file, line, blob } = locateParams.parse(params);
      return needed().places.locate(file, line, blob);
    },
  };
  for (const [method, answer] of Object.entries(answers)) {
    connection.onRequest(method, async (params: unknown): Promise<object | null> => answer(params));
  }
}

/** Tells the client of changes, together where they come together. */
export class ProbeNotices {
  readonly #connection: Connection;
  readonly #probes: () => ProbeList;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, probes: () => ProbeList) {
    this.#connection = connection;
    this.#probes = probes;
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#connection.sendNotification(probesLsp.changed.method, this.#probes().view);
    }, tellMilliseconds);
  }

  captured(captures: readonly Capture[]): void {
    void this.#connection.sendNotification(probesLsp.captured.method, { captures });
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
