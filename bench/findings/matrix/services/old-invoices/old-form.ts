/** Invoices as they were. */
export function writeOldInvoice(number: number): string {
  return `INVOICE NO. ${number}`;
}
