/** The words of a Markdown text, for places that show none: marks, escapes and link targets are taken out. */
export declare function plainText(markdown: string): string;
/** The text in lines of at most `width` characters, broken between words where there is a space. */
export declare function wrapped(text: string, width: number): readonly string[];
//# sourceMappingURL=plain-text.d.ts.map
