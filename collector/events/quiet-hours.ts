/** Whether an event begins when nobody is to be disturbed: by `runlens.yml`, on the clock of its time zone. */
import { type QuietHours, weekdays } from '@runlens/protocol/policy';
import { fitsPattern } from '../policy/pattern.ts';

const day = 24 * 60;

/** `at`: milliseconds since 1970. */
export function isQuiet(
  rules: readonly QuietHours[],
  { service, environment }: { readonly service: string | null; readonly environment: string | null },
  at: number,
): boolean {
  return rules.some((rule) => {
    if (rule.services !== undefined && !fitsPattern(rule.services, service ?? '')) return false;
    if (rule.environments !== undefined && !fitsPattern(rule.environments, environment ?? '')) return false;
    return isWithin(rule, at);
  });
}

function isWithin({ days, from, to, timeZone = 'UTC' }: QuietHours, at: number): boolean {
  const { weekday, minutes } = clock(at, timeZone);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const isOn = (index: number): boolean => {
    const name = weekdays[(index + 7) % 7];
    return days === undefined || (name !== undefined && days.includes(name));
  };
  if (begin < end) return isOn(weekday) && minutes >= begin && minutes < end;
  // Over midnight, or the whole day: what is left of the evening before belongs to its day.
  return (minutes >= begin && isOn(weekday)) || (minutes < end && isOn(weekday - 1));
}

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};

function clock(at: number, timeZone: string): { readonly weekday: number; readonly minutes: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  const weekday = (weekdays as readonly string[]).indexOf(part('weekday').toLowerCase()); // any text may be looked for
  return { weekday, minutes: (Number(part('hour')) * 60 + Number(part('minute'))) % day };
}
