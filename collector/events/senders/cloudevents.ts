/**
 * CloudEvents 1.0 over HTTP (github.com/cloudevents/spec: http-protocol-binding, json-format): structured, batched and binary. The data may be
 * of the generic form; of CDEvents (cdevents.dev) the events of services are read.
 */
import { z } from 'zod';
import type { ReadMessage } from '../message.ts';
import { standardSignature } from '../signatures.ts';
import { genericMessage } from './generic.ts';
import { instantOf, labelsOf, loose, parsed, type Sender, UnreadableEventError, type WordTable } from './sender.ts';

const mostAtOnce = 1_000;

const eventSchema = z.looseObject({
  specversion: z.string().regex(/^1\./, 'only CloudEvents 1.x are read'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: loose,
  time: loose,
  data: z.unknown(),
});
type CloudEvent = z.infer<typeof eventSchema>;

const cdEventSchema = z.looseObject({
  subject: z.looseObject({
    id: z.string(),
    content: z
      .looseObject({
        environment: z.looseObject({ id: loose }).nullish(),
        artifactId: loose,
        description: loose,
        severity: loose,
        service: z.looseObject({ id: loose }).nullish(),
      })
      .nullish(),
  }),
});

export const cloudevents: Sender = {
  name: 'cloudevents',
  signature: standardSignature,
  read({ body, header, now }): ReadMessage[] {
    const version = header('ce-specversion');
    if (version !== undefined) {
      const names = ['id', 'source', 'type', 'subject', 'time'] as const;
      const attributes = Object.fromEntries(names.map((name) => [name, header(`ce-${name}`)]));
      return read({ ...attributes, specversion: version, data: body }, now);
    }
    if (!Array.isArray(body)) return read(body, now);
    if (body.length > mostAtOnce)
      throw new UnreadableEventError('A batch has at most 1,000 events: send smaller ones.');
    return body.flatMap((each) => read(each, now));
  },
};

function read(body: unknown, now: number): ReadMessage[] {
  const event = parsed(eventSchema, body, 'a CloudEvent');
  return [cdEvent(event, now) ?? generic(event, now)];
}

const cdKinds: WordTable<'deployment' | 'rollback'> = new Map([
  ['deployed', 'deployment'],
  ['upgraded', 'deployment'],
  ['published', 'deployment'],
  ['rolledback', 'rollback'],
]);

/** `dev.cdevents.service.deployed.0.2.0`, `dev.cdevents.incident.detected.0.3.0` */
function cdEvent(event: CloudEvent, now: number): ReadMessage | undefined {
  const [, of, did = ''] = /^dev\.cdevents\.(service|incident)\.(\w+)\./.exec(event.type) ?? [];
  if (of === undefined) return undefined;
  const { subject } = parsed(cdEventSchema, event.data, 'a CDEvent of a service or an incident');
  const at = instantOf(event.time, now);
  const { content } = subject;
  const common = {
    at,
    startedAt: at,
    labels: labelsOf({ cloudevent_source: event.source, cloudevent_type: event.type }),
    environment: content?.environment?.id,
  };
  const kind = cdKinds.get(did);
  if (of === 'service' && kind !== undefined) {
    const artifact = content?.artifactId;
    return {
      message: {
        ...common,
        ...{ key: `${event.source} ${event.id}`, kind, state: 'resolved', severity: 'info' },
        title: `${subject.id} ${did}${artifact === undefined ? '' : `: ${artifact}`}`,
        service: subject.id,
        version: artifact === undefined ? undefined : /[@:]([\w.+-]+)$/.exec(artifact)?.[1],
      },
      evidence: event,
    };
  }
  if (of === 'incident') {
    return {
      message: {
        ...common,
        ...{ key: `incident ${subject.id}`, kind: 'incident', severity: 'critical' },
        state: did === 'resolved' ? 'resolved' : 'firing',
        title: content?.description ?? `Incident ${subject.id}`,
        service: content?.service?.id,
      },
      evidence: event,
    };
  }
  throw new UnreadableEventError(`Of CDEvents ${event.type.slice(0, 100)} is not read.`);
}

function generic(event: CloudEvent, now: number): ReadMessage {
  const data = typeof event.data === 'object' && event.data !== null && !Array.isArray(event.data) ? event.data : {};
  const { message } = genericMessage(
    { title: event.subject === undefined ? event.type : `${event.type}: ${event.subject}`, at: event.time, ...data },
    now,
  );
  const hasKey = 'key' in data;
  return {
    message: {
      ...message,
      // Its source and id name it, unless the data says to what it belongs.
      key: hasKey ? `${event.source} ${message.key}` : `${event.source} ${event.subject ?? event.id}`,
      labels: { ...message.labels, cloudevent_source: event.source, cloudevent_type: event.type },
    },
    evidence: event,
  };
}
