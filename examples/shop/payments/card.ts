/** A card number as it may be kept: its last four digits. */
export const maskCard = (card: string): string => `•••• ${card.slice(-4)}`;

/** The check digit of a card number (ISO/IEC 7812-1, annex B). */
export function passesLuhn(card: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...card].reverse().entries()) {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
