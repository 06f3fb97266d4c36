/** The collector's stream of server-sent events, read until it ends or falls silent. */
import type { Readable } from 'node:stream';
import { type EventEvent, eventEventSchema } from '@runlens/protocol/api/events';
import { type FindingEvent, findingEventSchema } from '@runlens/protocol/api/findings';
import { type CaptureEvent, captureEventSchema, type ProbeEvent, probeEventSchema } from '@runlens/protocol/api/probes';
import { type ProfilesEvent, profilesEventSchema, streamHeartbeatMilliseconds } from '@runlens/protocol/api/stream';
import { createParser } from 'eventsource-parser';

/** Silence longer than this is a dead connection. */
export const silenceMilliseconds = streamHeartbeatMilliseconds * 2.5;
/** One event never is this long (UTF-16 units): the connection is then closed. */
const longestEvent = 4 * 1024 * 1024;

export interface StreamHandlers {
  readonly onProfiles: (event: ProfilesEvent) => void;
  readonly onProbe: (event: ProbeEvent) => void;
  readonly onCapture: (event: CaptureEvent) => void;
  readonly onFindings: (event: FindingEvent) => void;
  readonly onEvents: (event: EventEvent) => void;
  readonly onId: (id: string) => void;
}

/** Resolves when the stream has ended, for whatever reason. Events that are not of the schema are left out. */
export async function readEvents(
  stream: Readable,
  handlers: StreamHandlers,
  silence = silenceMilliseconds,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      if (id !== undefined) handlers.onId(id);
      take(handlers, event, data);
    },
    maxBufferSize: longestEvent,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') stream.destroy();
    },
  });
  stream.setEncoding('utf8');
  const watchdog = setTimeout(() => stream.destroy(), silence);
  try {
    for await (const chunk of stream) {
      watchdog.refresh();
      parser.feed(String(chunk));
    }
  } catch {
    // Torn, silent or closed by us: the caller connects again.
  } finally {
    clearTimeout(watchdog);
    stream.destroy();
  }
}

function take(handlers: StreamHandlers, event: string | undefined, data: string): void {
  switch (event) {
    case 'profiles': {
      const parsed = profilesEventSchema.safeParse(parseJson(data));
      if (parsed.success) handlers.onProfiles(parsed.data);
      return;
    }
    case 'probe': {
      const parsed = probeEventSchema.safeParse(parseJson(data));
      if (parsed.success) handlers.onProbe(parsed.data);
      return;
    }
    case 'capture': {
      const parsed = captureEventSchema.safeParse(parseJson(data));
      if (parsed.success) handlers.onCapture(parsed.data);
      return;
    }
    case 'finding': {
      const parsed = findingEventSchema.safeParse(parseJson(data));
      if (parsed.success) handlers.onFindings(parsed.data);
      return;
    }
    case 'event': {
      const parsed = eventEventSchema.safeParse(parseJson(data));
      if (parsed.success) handlers.onEvents(parsed.data);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
