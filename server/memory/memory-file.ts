/** A memory as a Markdown file: front matter for programs, then the words for people. Pure. */
import { type Memory, memoryLimits, memorySchema } from '@runlens/agent/memory/memory';
import { parseDocument, stringify } from 'yaml';

/** Of the form of these files, for those who read them later. */
const format = 1;
const fence = '---\n';

/** `2026-11-22-keep-the-retry-m-0123456789.md`: sorted by date, and never the same on two branches. */
export function memoryFileName({ at, title, id }: Pick<Memory, 'at' | 'title' | 'id'>): string {
  const words = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '');
  return `${[at.slice(0, 10), words, id].filter((part) => part !== '').join('-')}.md`;
}

export function writeMemory(memory: Memory): string {
  const { title, text, ...front } = memory;
  const kept = Object.entries(front).filter(([, value]) => !Array.isArray(value) || value.length > 0);
  return `${fence}${stringify({ runlens: format, ...Object.fromEntries(kept) }, { lineWidth: 0 })}${fence}\n# ${title}\n\n${text}\n`;
}

export type MemoryFile =
  | { readonly kind: 'memory'; readonly memory: Memory }
  | { readonly kind: 'unread'; readonly reason: string };

export function readMemory(content: string): MemoryFile {
  const unread = (reason: string): MemoryFile => ({ kind: 'unread', reason });
  if (content.length > memoryLimits.bytes) return unread('it is too long');
  const text = content.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  if (/^(?:<{7}|>{7}) /m.test(text)) return unread('it has conflicts that are not resolved');
  const end = text.startsWith(fence) ? text.indexOf(`\n${fence}`, fence.length - 1) : -1;
  if (end === -1) return unread('it has no front matter between two lines of ---');
  const document = parseDocument(text.slice(fence.length, end + 1), { uniqueKeys: true, strict: true });
  if (document.errors[0]) return unread(document.errors[0].message.split('\n')[0] ?? 'its front matter is no YAML');
  let front: unknown;
  try {
    front = document.toJS({ maxAliasCount: 0 });
  } catch {
    return unread('its front matter has aliases');
  }
  if (typeof front !== 'object' || front === null) return unread('its front matter is empty');
  const body = text.slice(end + 1 + fence.length).trim();
  const heading = /^# (.*)(?:\n|$)/.exec(body);
  const parsed = memorySchema.safeParse({
    ...{ functions: [], services: [], events: [], evidence: [], open: [] },
    ...front,
    title: heading?.[1]?.trim() ?? '',
    text: (heading ? body.slice(heading[0].length) : body).trim(),
  });
  if (parsed.success) return { kind: 'memory', memory: parsed.data };
  const [issue] = parsed.error.issues;
  return unread(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not what was expected'}`);
}
