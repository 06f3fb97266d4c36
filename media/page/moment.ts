/** Times of the day, as the reader's own clock has them. */

const dayMilliseconds = 86_400_000;
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  ...{ month: 'short', day: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
});
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** `14:05`; with the day where the window, milliseconds, is longer than one, and only the day where steps are days. */
export function momentText(at: number, windowMilliseconds: number, stepMilliseconds: number): string {
  if (stepMilliseconds >= dayMilliseconds) return day.format(at);
  return windowMilliseconds > dayMilliseconds ? dayAndTime.format(at) : time.format(at);
}
