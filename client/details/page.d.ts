/** The HTML of the details page: an empty frame that its script fills. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
  /** What the webview may load from. */
  readonly source: string;
  /** Unguessable, new for each page. */
  readonly nonce: string;
}
/** Nothing but the extension's own script and style may load; nothing may be sent anywhere. */
export declare function detailsPage({ script, style, source, nonce }: PageParts): string;
//# sourceMappingURL=page.d.ts.map
