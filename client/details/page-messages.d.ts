import type { FromDetailsPage } from '@runlens/protocol/details';
/** The message that the details page sent; undefined when it is none: what a page sends is not trusted. */
export declare function parseFromDetailsPage(message: unknown): FromDetailsPage | undefined;
//# sourceMappingURL=page-messages.d.ts.map
