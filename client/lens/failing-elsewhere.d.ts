import type { DocumentFunction } from '@runlens/protocol/lsp';
/** `staging 12 %, eu 3 %`; empty when it fails nowhere else. */
export declare function failingElsewhereText(one: Pick<DocumentFunction, 'failingElsewhere'>): string;
//# sourceMappingURL=failing-elsewhere.d.ts.map
