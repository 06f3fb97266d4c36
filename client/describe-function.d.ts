/** What is known of a function, as sentences to be read aloud. */
import type { DocumentFunction } from '@runlens/protocol/lsp';
/** `now` in milliseconds. */
export declare function describeFunction(one: DocumentFunction, now: number): string;
//# sourceMappingURL=describe-function.d.ts.map
