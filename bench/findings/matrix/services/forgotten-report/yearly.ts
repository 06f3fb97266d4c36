/** The report of a year. */
export function yearly(number: number): string {
  return `yearly report ${number}`;
}
