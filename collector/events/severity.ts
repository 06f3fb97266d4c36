/** How bad it is, by the many words that senders have for it. */
import type { EventSeverity } from '@runlens/protocol/api/events';

const words: Readonly<Record<EventSeverity, RegExp>> = {
  critical: /^(?:critical|crit|fatal|emergency|emerg|page|alert|disaster|high|p1|p2|sev-?[01]|1|2)$/i,
  warning: /^(?:warning|warn|error|err|medium|moderate|minor|major|p3|sev-?2|3)$/i,
  info: /^(?:info|information|informational|notice|none|low|ok|debug|p4|p5|sev-?[345]|4|5)$/i,
};

/** `otherwise` where none of the words is known. */
export function severityOf(told: string | undefined, otherwise: EventSeverity): EventSeverity {
  const word = told?.trim() ?? '';
  if (words.critical.test(word)) return 'critical';
  if (words.warning.test(word)) return 'warning';
  return words.info.test(word) ? 'info' : otherwise;
}
