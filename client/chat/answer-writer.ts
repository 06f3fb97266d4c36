/**
 * A model's words on their way to the chat: names of functions and `file:line` in backquotes become links to the code, and
 * what would act on a click or load from an address is made plain text. A model may repeat what production told, so what
 * it writes is hostile, too; VS Code trusts no command link in it either.
 */

export type Written<Place> =
  | { readonly kind: 'markdown'; readonly text: string }
  | { readonly kind: 'anchor'; readonly place: Place; readonly title: string };

/** A text without a blank is given out after this, UTF-16 units. */
const longestHeld = 600;
const fence = /^\s*(?:```|~~~)/;

export class AnswerWriter<Place> {
  readonly #find: (code: string) => Place | undefined;
  readonly #write: (part: Written<Place>) => void;
  #held = '';
  /** Of the line under way that was given out already. */
  #atLineStart = true;
  #inFence = false;

  /** `find`: the place that a piece of code names. */
  constructor(find: (code: string) => Place | undefined, write: (part: Written<Place>) => void) {
    this.#find = find;
    this.#write = write;
  }

  add(text: string): void {
    this.#held += text;
    for (;;) {
      const end = this.#held.indexOf('\n');
      if (end === -1) break;
      this.#giveOut(this.#held.slice(0, end + 1), true);
      this.#held = this.#held.slice(end + 1);
    }
    // A fence is known by the start of its line.
    if (this.#inFence || (this.#atLineStart && /^\s*[`~]{0,3}$/.test(this.#held))) return;
    const cut = safeCut(this.#held);
    if (cut === 0) return;
    this.#giveOut(this.#held.slice(0, cut), false);
    this.#held = this.#held.slice(cut);
  }

  /** What is held back still. */
  end(): void {
    if (this.#held !== '') this.#giveOut(this.#held, true);
    this.#held = '';
  }

  #giveOut(text: string, endsLine: boolean): void {
    if (this.#atLineStart && fence.test(text)) {
      this.#inFence = !this.#inFence;
      this.#markdown(text);
    } else if (this.#inFence) this.#markdown(text);
    else this.#inline(text);
    this.#atLineStart = endsLine;
  }

  #inline(text: string): void {
    let from = 0;
    for (const match of text.matchAll(/(`+)([^`\n]+)\1(?!`)/g)) {
      const [whole, , code = ''] = match;
      const place = this.#find(code.trim());
      this.#markdown(harmless(text.slice(from, match.index)));
      if (place === undefined) this.#markdown(whole);
      else this.#write({ kind: 'anchor', place, title: code.trim() });
      from = match.index + whole.length;
    }
    this.#markdown(harmless(text.slice(from)));
  }

  #markdown(text: string): void {
    if (text !== '') this.#write({ kind: 'markdown', text });
  }
}

/** Up to a blank before which no backquote, bracket or picture is open. */
function safeCut(text: string): number {
  for (let at = text.lastIndexOf(' '); at > 0; at = text.lastIndexOf(' ', at - 1)) {
    const head = text.slice(0, at + 1);
    const ticks = head.split('`').length - 1;
    if (ticks % 2 === 0 && !/\[[^\]]*$|\]\([^)]*$|<[^>]*$/.test(head)) return at + 1;
  }
  return text.length > longestHeld ? text.length : 0;
}

/** No picture, which would be fetched, no address that runs something here, no tag. */
function harmless(text: string): string {
  return text
    .replace(/!\[/g, '!\\[')
    .replace(/\b(command|vscode[\w-]*|javascript|data|file)(:|&#0*58;|&#x0*3a;|&colon;)(?=\S)/gi, '$1\u2060$2')
    .replace(/<(?=[a-z/!])/gi, '&lt;');
}
