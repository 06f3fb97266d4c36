/** The HTML of the pages: an empty frame that a script fills. */

export interface PageParts {
  readonly script: string;
  readonly style: string;
  /** What the webview may load from. */
  readonly source: string;
  /** Unguessable, new for each page. */
  readonly nonce: string;
}

/** Nothing but the extension's own script and style may load; nothing may be sent anywhere. */
export function webviewPage({ script, style, source, nonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `style-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${source}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Runlens</title>
</head>
<body>
<main id="page" aria-busy="true"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
